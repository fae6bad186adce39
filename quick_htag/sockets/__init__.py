"""Websockets and event streams of the user's own, each with a handler that runs while it is open.

A connection belongs to the sidecar; its handler runs on a thread of its own, or on one loop with
all other ``async`` handlers of the server. Between the two there is a ``Line``.
"""
