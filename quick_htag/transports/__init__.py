"""The rim: bytes on one side, values on the other."""
