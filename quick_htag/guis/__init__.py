"""Live htag apps: who has which, their pages, and how long they live.

host -> document, receiver -> instance -> pages, services
"""

from .host import GuiHost, SessionInfo
from .instance import GuiInstance
from .options import GuiOptions
from .pages import PAGE_LIMIT
from .services import Mount

__all__ = ["PAGE_LIMIT", "GuiHost", "GuiInstance", "GuiOptions", "Mount", "SessionInfo"]
