"""Apps in processes of their own, one for each visitor.

In the server: host -> seats -> launch, spares -> link -> hub -> frames, greeting.
In a process: child -> child_host -> the same link, and what ``guis`` has.
"""
