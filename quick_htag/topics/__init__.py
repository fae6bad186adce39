"""Messages by topic: whoever publishes does not know who listens, nor in which process."""
