"""What a visitor whose app could not be opened is told, and what the log is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import HTTPError
from ..guis.problems import new_reference
from ..logs import ERR_SOURCE_GUI
from ..messages.problem_html import problem_page

if TYPE_CHECKING:
    from ..errors import AppFailed
    from ..interfaces import Log
    from ..messages.request import Request

_FAILED = "The app could not be opened"
_SHORTEST_COOKIE = 8  # characters; shorter ones are words like "dark"


def failed_page(
    request: Request, name: str, error: AppFailed, log: Log, *, debug: bool, stream: str
) -> str:
    """Report that an app could not be opened; a page for who develops it.

    Args:
        request: for its page.
        name: of the app.
        error: with the exception of the app as its cause.
        log: is told, with the same reference as the visitor.
        debug: tell the visitor why.
        stream: address that lasts as long as the problem, see ``problem_page``; empty: none.

    Raises:
        HTTPError: 500, for everybody else, with the reference, and for programs with the traceback.

    """
    hide = [value for value in request.cookies.values() if len(value) >= _SHORTEST_COOKIE]
    cause = error.__cause__ or error  # without the way through this package
    reference = new_reference()
    from ..tracebacks import failure_of, hidden  # nothing has failed before

    what = f"{name} could not be opened (reference {reference}): {hidden(str(error), hide)}"
    log.error(ERR_SOURCE_GUI, what, cause, *([hide] if hide else []))
    failure = failure_of(cause, hide)
    if not debug:
        told = f"{_FAILED}. The log of the server has it as {reference}."
        raise HTTPError(500, told) from error
    text = "" if error.__cause__ else hidden(error.trace or str(error), hide)
    if "text/html" not in request.headers.get("accept", ""):
        raise HTTPError(500, text or "\n".join(failure.short())) from error
    return problem_page(_FAILED, text, failure=None if text else failure, stream=stream)
