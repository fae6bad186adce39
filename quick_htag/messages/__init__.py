"""HTTP messages as values: nothing here knows a socket, a thread or a folder."""
