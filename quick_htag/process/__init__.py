"""The program around the server: prompt, restart, signals."""
