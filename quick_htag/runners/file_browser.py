"""The apps in the Python files of a folder, for a developer to look at.

Opening one runs its file. So nobody may do that who does not know the token of this start of the
server, and only files of the folder are ever imported, never other modules.
"""

from __future__ import annotations

import html
import importlib
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote

from ..errors import HTTPError
from .values import HTMLResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from .request import RouteRequest

ADMITTED = "quick_htag.file_browser"  # in the session: the token it came with

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:1rem/1.6 system-ui,sans-serif;margin:3rem auto;max-width:40rem;padding:0 1rem}}
ul{{list-style:none;padding:0}}a{{text-decoration:none}}</style></head>
<body><h1>{title}</h1>
<ul>
{entries}</ul>
</body></html>
"""


class Entry(NamedTuple):
    """A line of a listing."""

    name: str
    link: str


class FileBrowser:
    """Lists the folders and Python files of a folder, and finds the apps in them.

    Args:
        root: the folder.

    Attributes:
        token: whoever knows it is let in.

    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.token = secrets.token_urlsafe(16)

    # -- who may look ------------------------------------------------------------------------------

    def admit(self, request: RouteRequest) -> Response | None:
        """What a visitor is answered who is not let in yet; None: go on.

        Raises:
            HTTPError: 403, the token is missing.

        """
        given = request.query_params.get("token")
        if given is not None and secrets.compare_digest(given.encode(), self.token.encode()):
            request.session[ADMITTED] = self.token
            return RedirectResponse(request.base_url, 303)
        if request.session.get(ADMITTED) != self.token:
            raise HTTPError(403, "Open the address that the server has printed, with its token.")
        return None

    # -- listings ----------------------------------------------------------------------------------

    def listing(self, request: RouteRequest) -> Response:
        """The page of the folder that the query names.

        Raises:
            HTTPError: 403, not let in; 404, there is no such folder.

        """
        answer = self.admit(request)
        if answer is not None:
            return answer
        relative = unquote(request.native.query_string)
        folder = self._folder(relative)
        lines = [
            f'<li><a href="{one.link}">{html.escape(one.name)}</a>\n' for one in self._up(relative)
        ]
        lines += [
            f'<li><a href="{one.link}">{html.escape(one.name)}</a>\n'
            for one in self.entries(folder)
        ]
        title = html.escape(f"{self.root.name}/{relative}".rstrip("/"))
        return HTMLResponse(_PAGE.format(title=title, entries="".join(lines)))

    def _folder(self, relative: str) -> Path:
        """The folder at a relative path.

        Raises:
            HTTPError: 404, there is none, or it is hidden.

        """
        parts = [part for part in relative.split("/") if part]
        folder = self.root.joinpath(*parts)
        hidden = any(part[0] in "._" or "\\" in part or ":" in part for part in parts)
        if relative.startswith("/") or hidden or not self._has(folder, Path.is_dir):
            raise HTTPError(404, "There is no such folder.")
        return folder

    def _has(self, path: Path, is_kind: Callable[[Path], bool]) -> bool:
        """Whether there is such a thing in the folder; its name is what a client has sent."""
        try:
            return path.resolve().is_relative_to(self.root) and is_kind(path)
        except (OSError, ValueError):  # too long, has a NUL, or may not be looked at
            return False

    def _up(self, relative: str) -> Iterator[Entry]:
        if relative:
            parent = relative.rstrip("/").rpartition("/")[0]
            yield Entry("..", f"./?{quote(parent)}" if parent else "./")

    def entries(self, folder: Path) -> list[Entry]:
        """Folders first, then the Python files; hidden ones are left out."""
        visible = [path for path in folder.iterdir() if path.name[0] not in "._"]
        folders = sorted(path for path in visible if path.is_dir())
        files = sorted(path for path in visible if path.suffix == ".py" and path.is_file())
        return [
            *(Entry(f"{path.name}/", f"./?{quote(self._relative(path))}") for path in folders),
            *(
                Entry(path.name, "./" + quote(self._relative(path)[:-3].replace("/", ".")))
                for path in files
                if all(part.isidentifier() for part in self._relative(path)[:-3].split("/"))
            ),
        ]

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    # -- apps --------------------------------------------------------------------------------------

    def find(self, name: str) -> Any:
        """The module or class of a dotted name, if a file of the folder has it.

        Raises:
            HTTPError: 404, none has.

        """
        parts = name.replace(":", ".").split(".")
        if not all(part.isidentifier() and part[0] != "_" for part in parts):
            raise HTTPError(404, "There is no such app.")
        for count in (len(parts), len(parts) - 1):
            path = self.root.joinpath(*parts[:count]).with_suffix(".py") if count else self.root
            if self._has(path, Path.is_file):
                found: Any = self._module(".".join(parts[:count]), path)
                for part in parts[count:]:
                    found = vars(found).get(part)
                return found
        raise HTTPError(404, "There is no such app.")

    def _module(self, name: str, path: Path) -> Any:
        """The module of a file, even if another one of that name is imported already.

        Raises:
            HTTPError: 404, another module has its name.

        """
        if str(self.root) not in sys.path:
            sys.path.insert(0, str(self.root))
        importlib.invalidate_caches()
        module = importlib.import_module(name)
        if Path(getattr(module, "__file__", None) or "").resolve() != path.resolve():
            raise HTTPError(404, f"The name {name} belongs to another module.")
        return module
