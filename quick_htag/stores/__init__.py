"""Tables shared by threads: each one is a class with one lock and an injected clock."""
