"""What the apps of all GUI peers have in common."""

PUSHES = 500  # of one burst
LAST = "the last push"
