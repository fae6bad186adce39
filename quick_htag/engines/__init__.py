"""What differs between the two generations of htag, and nothing else."""
