"""For tests: requests and pages of apps, in this process and without a socket."""

from __future__ import annotations

from .client import TestClient, TestResponse
from .dom import Document, Element
from .page import GuiPage, open_app
from .socket import PageClosed, TestSocket

__all__ = [
    "Document",
    "Element",
    "GuiPage",
    "PageClosed",
    "TestClient",
    "TestResponse",
    "TestSocket",
    "open_app",
]
