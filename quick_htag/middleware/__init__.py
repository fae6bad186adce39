"""One concern per file, each wrapped around a handler."""
