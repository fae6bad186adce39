"""What a server knows of itself: counters, values, and their text forms; no socket, no thread."""
