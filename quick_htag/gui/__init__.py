"""Helpers for apps of either htag. It can be imported without htag, which its use needs."""

from ..engines.downloads import download
from .dialogs import Answer, alert, confirm, prompt
from .job_bars import JobBar
from .notices import notify
from .tags import element, text
from .topics import publish, subscribe
from .uploads import UploadField

__all__ = [
    "Answer",
    "JobBar",
    "UploadField",
    "alert",
    "confirm",
    "download",
    "element",
    "notify",
    "prompt",
    "publish",
    "subscribe",
    "text",
]
