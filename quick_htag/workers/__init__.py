"""Several web processes behind one port, and their supervisor; see ``docs/workers.rst``."""
