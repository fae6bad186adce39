"""Helpers for apps of either htag. It can be imported without htag, which its use needs."""

from ..engines.downloads import download
from .tags import element, text

__all__ = ["download", "element", "text"]
