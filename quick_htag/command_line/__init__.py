"""What the command line understands, and what it starts."""
