"""For tests: requests and pages of apps, in this process and without a socket."""

from __future__ import annotations

from .client import TestClient, TestResponse
from .dom import Document, Element
from .helpers import Notice, Question
from .page import GuiPage, open_app
from .socket import PageClosed, TestSocket

__all__ = [
    "Document",
    "Element",
    "GuiPage",
    "Notice",
    "PageClosed",
    "Question",
    "TestClient",
    "TestResponse",
    "TestSocket",
    "open_app",
]
