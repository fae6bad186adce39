"""The hosted site for ASGI servers that want to find it in a module."""

from hosted_site import make

app = make().asgi
