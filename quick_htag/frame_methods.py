"""Pages of a server inside of other pages, such as a notebook's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from .errors import ConfigurationError

_LOCAL = ("localhost", "127.0.0.1")

# Cookies of the page in the frame are sent only if it is of the same site as the page around it,
# and a site is a scheme and a host name without the port: so both go by the same name. The frame is
# a lazy one until then: it would else begin with the page at the other name, an app of its own that
# nobody sees. Where scripts are not run it stays lazy, and loads when it is scrolled to.
_SAME_NAME = """<script>(() => {{
  const frame = document.getElementById({id}), url = new URL(frame.src), names = {names};
  if (names.includes(location.hostname) && names.includes(url.hostname)) {{
    url.hostname = location.hostname;
  }}
  if (url.href !== frame.src) frame.src = url.href;
  frame.loading = "eager";
}})()</script>"""


class Frame:
    """A page as a part of another one; a notebook shows it as that.

    Args:
        url: of the page.
        height: in pixels, or as CSS has it.
        width: the same.

    """

    def __init__(self, url: str, height: int | str = 400, width: int | str = "100%") -> None:
        self.url = url
        self.height = height
        self.width = width

    def __repr__(self) -> str:
        return f"<Frame {self.url}>"

    def _repr_html_(self) -> str:
        """HTML for a notebook; the protocol of IPython."""
        import html
        import json
        import secrets

        name = f"quick_htag_{secrets.token_hex(8)}"
        style = f"border: 0; width: {_length(self.width)}; height: {_length(self.height)}"
        local = urlsplit(self.url).hostname in _LOCAL
        lazy = 'loading="lazy" ' if local else ""
        frame = (
            f'<iframe id="{name}" {lazy}src="{html.escape(self.url)}" '
            f'style="{html.escape(style)}" '
            f'allow="clipboard-read; clipboard-write; fullscreen"></iframe>'
        )
        if not local:
            return frame
        return frame + _SAME_NAME.format(id=json.dumps(name), names=json.dumps(_LOCAL))


def _length(value: int | str) -> str:
    return value if isinstance(value, str) else f"{value}px"


class FrameMethods:
    """Base of ``QuickServer``; see there for the attributes."""

    if TYPE_CHECKING:

        @property
        def url(self) -> str: ...  # of ``EmbeddingMethods``

        def start(self) -> None: ...  # of ``LifeMethods``

    _ancestors: tuple[str, ...] | None = None  # replaced as a whole
    # the header field, and of what it was made: another thread may set others meanwhile
    _frame: tuple[tuple[str, ...] | None, tuple[str, str]] | None = None

    @property
    def frame_ancestors(self) -> tuple[str, ...] | None:
        """Origins whose pages may show pages of apps in a frame; None: this one only.

        Such as ``["https://example.org", "http://localhost:*"]``; "*" is every page there is, and
        ``[]`` none, not even this server's. A page in a frame can be covered up, so that its user
        clicks what he does not see: name those you trust.

        Raises:
            ConfigurationError: set to something that is no origin.

        """
        return self._ancestors

    @frame_ancestors.setter
    def frame_ancestors(self, ancestors: Iterable[str] | str | None) -> None:
        from .messages.framing import checked_ancestors

        self._ancestors = checked_ancestors(ancestors)

    def _frame_field(self) -> tuple[str, str]:
        ancestors, kept = self._ancestors, self._frame
        if kept is None or kept[0] is not ancestors:  # to import is 1 us for each page
            from .messages.framing import frame_field

            kept = self._frame = ancestors, frame_field(ancestors)
        return kept[1]

    def show(self, path: str = "/", height: int | str = 400, width: int | str = "100%") -> Frame:
        """A page of this server as the result of a notebook's cell; it serves from now on.

        Pages of this machine at other ports, as the notebook is, may frame apps from now on, unless
        ``frame_ancestors`` says who may.

        Args:
            path: of the page, with a query if it needs one.
            height: in pixels, or as CSS has it: "60vh".
            width: the same.

        Raises:
            ConfigurationError: the path does not start with "/".

        """
        from .messages.framing import LOOPBACK

        if not path.startswith("/"):
            raise ConfigurationError(f"the path of a page starts with '/', not {path!r}")
        if self._ancestors is None:
            self._ancestors = LOOPBACK
        self.start()
        return Frame(urljoin(self.url, f".{path}"), height, width)
