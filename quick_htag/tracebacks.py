"""What an exception says to the person who wrote the code: where, what, and what to do.

Rules of this file: nothing of what variables hold is ever read, only files, lines and the text of
the exception; and from that text what a visitor has typed can be taken out, see ``hide``.
"""

from __future__ import annotations

import inspect
import linecache
import os
import re
import site
import sysconfig
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import Any

from .log_text import escape

MOST_FRAMES = 60  # of a traceback; a recursion has a thousand, all alike
MOST_CAUSES = 4
TEXT_LENGTH = 2000  # characters of the text of an exception

HIDDEN = "[hidden]"  # in place of what a visitor has sent

_ABOUT = "quick_htag_about"  # of an exception: file, line and name of a function
_SHORTEST = 4  # characters of a value that is looked for anywhere, and not in quotes only
_PACKAGE = str(Path(__file__).absolute().parent)
_MISSING_MODULE = re.compile(r"No module named '([\w.]+)'")
_ADVICE: tuple[tuple[type[BaseException], str, str], ...] = (
    (RecursionError, "", "A function calls itself without an end: look at the frames that repeat."),
    (
        TypeError,
        r"\(\) (missing \d|takes \d|takes from|got an unexpected|got multiple)",
        "Compare the parameters of the function with how it is bound or called.",
    ),
    (TypeError, "NoneType", "Something is None there: look where it should have got its value."),
    (
        AttributeError,
        "NoneType",
        "Something is None there: look where it should have got its value.",
    ),
    (AttributeError, "", "Check the name, and that it is set before this line runs."),
    (UnboundLocalError, "", "Give it a value on every way there, or declare it global."),
    (NameError, "", "Check the name, or import it."),
    (KeyError, "", "Check the key, or use .get() with a value for when it is missing."),
    (IndexError, "", "Check the length before that place is read."),
    (ZeroDivisionError, "", "Check the divisor first."),
    (ValueError, "^(invalid literal|could not convert)", "Check a text before it is converted."),
    (FileNotFoundError, "", "Check the path; one that is relative begins in the current folder."),
    (PermissionError, "", "Check who owns it, and who runs the program."),
    (SyntaxError, "", "Look for a bracket, quote or colon in that line or the one before it."),
)


@dataclass(frozen=True)
class Frame:
    """One place on the way to an exception.

    Attributes:
        file: path, relative to the current folder when it is below.
        line: number of the line.
        function: where it is.
        code: text of the line; empty: it cannot be read.
        library: name of the library it belongs to; empty: it is the user's own.

    """

    file: str
    line: int
    function: str
    code: str
    library: str

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}"

    def lines(self) -> list[str]:
        """As Python shows it."""
        head = f'  File "{self.file}", line {self.line}, in {self.function}'
        return [head, f"    {self.code}"] if self.code else [head]


@dataclass(frozen=True)
class Failure:
    """An exception in a form short enough to read.

    Attributes:
        kind: name of its class.
        text: its last lines, as Python shows them: class and message, and its notes.
        frames: the way to it.
        advice: what to do; empty: it says so itself.
        hides: something was taken out of the texts.
        earlier: the failures it came from, the first one first, each with how it led to the next.
        about: the function whose call or value it is about, see ``note_function``.

    """

    kind: str
    text: str
    frames: list[Frame]
    advice: str = ""
    hides: bool = False
    earlier: list[tuple[Failure, str]] = field(default_factory=list)
    about: Frame | None = None

    @property
    def where(self) -> Frame | None:
        """The last place in code of the user's own; without any, the last place."""
        own = [frame for frame in self.frames if not frame.library]
        if not own and self.about is not None:
            return self.about
        return next(reversed(own or self.frames), None)

    def lines(self) -> list[str]:
        """A traceback whose frames of libraries are folded, for a log."""
        found: list[str] = []
        for failure, link in self.earlier:
            found += [*failure.lines(), "", link, ""]
        if self.frames:
            found.append("Traceback (most recent call last):")
        for folded, frames in self.groups():
            if folded:
                found.append(f"  ... {summary(frames)}")
            else:
                found += [line for frame in frames for line in frame.lines()]
        return [*found, *self.text.split("\n")]

    def short(self) -> list[str]:
        """Where it happened, what led there, what it is, and what to do, for a log."""
        where = self.where
        place = [] if where is None else [f"  at {where.place}, in {where.function}"]
        return [*place, *self.lines(), *([f"  {self.advice}"] if self.advice else [])]

    def parts(self) -> list[tuple[str, list[str]]]:
        """The traceback for a page: lines, and those to be folded with what is to be shown then."""
        found: list[tuple[str, list[str]]] = []
        for failure, link in self.earlier:
            found += [*failure.parts(), ("", [link])]
        for folded, frames in self.groups():
            lines = [line for frame in frames for line in frame.lines()]
            found.append((summary(frames) if folded else "", lines))
        return [*found, ("", self.text.split("\n"))]

    def groups(self) -> list[tuple[bool, list[Frame]]]:
        """The frames in order, those of libraries together: whether they are folded, and which.

        Where it was raised is shown, and so is everything when nothing is the user's own.
        """
        shown = {len(self.frames) - 1}
        if self.about is None and all(frame.library for frame in self.frames):
            shown = set(range(len(self.frames)))
        marked = [
            (bool(frame.library) and number not in shown, frame)
            for number, frame in enumerate(self.frames)
        ]
        parts = groupby(marked, key=lambda one: one[0])
        return [(folded, [frame for _, frame in part]) for folded, part in parts]


def summary(frames: list[Frame]) -> str:
    """What is folded, in one line."""
    names = list(dict.fromkeys(frame.library for frame in frames))
    plural = "" if len(frames) == 1 else "s"
    return f"{len(frames)} frame{plural} of {', '.join(names)}"


def failure_of(error: BaseException, hide: Iterable[str] = ()) -> Failure:
    """An exception with what led to it.

    Args:
        error: the exception.
        hide: values that must not be told; taken out of the texts of exceptions.

    """
    values = [value for value in hide if value]
    chain: list[tuple[BaseException, str]] = []
    seen = {id(error)}
    current, link = _before(error)
    while current is not None and id(current) not in seen and len(chain) < MOST_CAUSES:
        seen.add(id(current))
        chain.append((current, link))
        current, link = _before(current)
    earlier = [(_single(one, values), how) for one, how in reversed(chain)]
    failure = _single(error, values)
    hides = failure.hides or any(one.hides for one, _ in earlier)
    return replace(failure, hides=hides, earlier=earlier)


def note_function(error: BaseException, fun: Callable[..., Any]) -> None:
    """Tell what an exception is about, should none of the user's own code be on the way to it.

    What a function has returned fails after it, and its parameters do before it.

    Args:
        error: gets the place as texts and a number, so that it can still be pickled.
        fun: the function, perhaps wrapped.

    """
    try:
        found: Any = inspect.unwrap(fun)
        while isinstance(found, partial):
            found = found.func
        code = getattr(found, "__code__", None) or type(found).__call__.__code__
        setattr(error, _ABOUT, (code.co_filename, code.co_firstlineno, code.co_name))
    except (AttributeError, ValueError):  # it is written in C, or wraps itself
        return


def _noted(error: BaseException) -> Frame | None:
    """The place of ``note_function``, where it is the user's own."""
    noted = getattr(error, _ABOUT, None)
    if noted is None:
        return None
    path, line, function = noted
    code = linecache.getline(path, line).strip()
    return None if library_of(path) else Frame(_near(path), line, function, code, "")


def _before(error: BaseException) -> tuple[BaseException | None, str]:
    if error.__cause__ is not None:
        return error.__cause__, "The above exception was the cause of the following one:"
    if error.__context__ is not None and not error.__suppress_context__:
        return error.__context__, "While the above exception was handled, another one occurred:"
    return None, ""


def _single(error: BaseException, hide: list[str]) -> Failure:
    entries = list(traceback.walk_tb(error.__traceback__))
    if len(entries) > MOST_FRAMES:
        entries = [*entries[: MOST_FRAMES // 2], *entries[-MOST_FRAMES // 2 :]]
    frames = [_frame(frame, line) for frame, line in entries]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append(_syntax_frame(error))
    text = text_of(error)
    shown = hidden(text, hide)
    kind, hides = type(error).__name__, shown != text
    return Failure(kind, shown, frames, advice(error), hides, about=_noted(error))


def text_of(error: BaseException) -> str:
    """Class and message of an exception, as Python shows them.

    Further lines are indented: a client may have written them, and in a log, where each line has a
    head, they would pass as lines of the server.
    """
    try:
        lines = traceback.format_exception_only(type(error), error)
    except Exception as broken:  # noqa: BLE001 its __str__ is the user's
        lines = [f"{type(error).__name__}: (no text: {type(broken).__name__})"]
    text = "".join(lines).rstrip("\n")
    cut = text if len(text) <= TEXT_LENGTH else f"{text[:TEXT_LENGTH]} ..."
    if isinstance(error, SyntaxError):  # several lines by itself, the first of them indented
        return escape(cut)
    return escape(cut).replace("\n", "\n    ")


def hidden(text: str, values: Iterable[str]) -> str:
    """``text`` without some values; short ones only where they stand in quotes."""
    for value in sorted(values, key=len, reverse=True):
        quoted = repr(value)
        inner = quoted[1:-1]
        text = text.replace(quoted, f"'{HIDDEN}'").replace(f'"{inner}"', f"'{HIDDEN}'")
        if len(value) >= _SHORTEST:
            for form in (value, inner):
                text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", HIDDEN, text)
    return text


def holds(text: str, values: Iterable[str]) -> bool:
    """Whether ``hidden`` has something to take out."""
    values = [value for value in values if value]
    return bool(values) and hidden(text, values) != text


def _frame(frame: Any, line: int) -> Frame:
    path = frame.f_code.co_filename
    code = linecache.getline(path, line, frame.f_globals).strip()
    return Frame(_near(path), line, frame.f_code.co_name, code, library_of(path))


def _syntax_frame(error: SyntaxError) -> Frame:
    path = str(error.filename)
    code = (error.text or "").strip()
    return Frame(_near(path), error.lineno or 0, "<module>", code, library_of(path))


def _near(path: str) -> str:
    """Relative to the current folder when it is below it."""
    try:
        near = os.path.relpath(path)
    except (OSError, ValueError):  # the folder is gone; on Windows, another drive
        return path
    return path if near.startswith("..") or path.startswith("<") else near


def library_of(path: str) -> str:
    """The library a source file belongs to; empty: it is the user's own."""
    full = path if path.startswith("<") else str(Path(path).absolute())
    if full.startswith("<frozen "):
        return "Python"
    if full.startswith(_PACKAGE + os.sep):
        return "quick_htag"
    for root, name in _roots():
        if full.startswith(root):
            return name or full[len(root) :].partition(os.sep)[0].partition(".")[0]
    return ""


@cache
def _roots() -> list[tuple[str, str]]:
    """Folders of libraries, the more special ones first; without a name, each entry is one."""
    sites = [*_site_packages(), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    python = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    found = [(f"{path}{os.sep}", "") for path in dict.fromkeys(filter(None, sites))]
    return [
        *found,
        *((f"{path}{os.sep}", "Python") for path in dict.fromkeys(filter(None, python))),
    ]


def _site_packages() -> list[str]:
    try:
        return [*site.getsitepackages(), site.getusersitepackages()]
    except AttributeError:  # some environments leave them out
        return []


def advice(error: BaseException) -> str:
    """What to do about an exception, where more can be said than it says itself."""
    if isinstance(error, ModuleNotFoundError):
        found = _MISSING_MODULE.search(str(error))
        name = found[1].partition(".")[0] if found else "it"
        return f"Install it, with `pip install {name}` say, or put {name}.py beside the program."
    text = _safe_text(error)
    for kinds, pattern, told in _ADVICE:
        if isinstance(error, kinds) and re.search(pattern, text):
            return told
    return ""


def _safe_text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 its __str__ is the user's
        return ""
