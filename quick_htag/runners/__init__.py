"""The runners that scripts for htag and htagweb know, on the server of this package."""

from .htag2 import ChromeApp, WebApp
from .htag_server import HtagServer
from .htagweb import AppServer, SimpleServer
from .runner import Runner
from .values import (
    HTMLResponse,
    HTTPResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from .web_server import WebServer, WebServerWS

__all__ = [
    "AppServer",
    "ChromeApp",
    "HTMLResponse",
    "HTTPResponse",
    "HtagServer",
    "JSONResponse",
    "PlainTextResponse",
    "RedirectResponse",
    "Response",
    "Runner",
    "SimpleServer",
    "WebApp",
    "WebServer",
    "WebServerWS",
]
