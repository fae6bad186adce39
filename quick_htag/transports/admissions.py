"""Bodies that are read only when the application wants them: it is asked, and then obeyed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ..errors import ProtocolError, reason_phrase
from .sending import GONE, NEXT, Then

if TYPE_CHECKING:
    from ..interfaces import Application
    from ..messages.request import Request
    from .connection import Connection
    from .request_reader import RequestReader


class Admissions:
    """Asks the application. Shared by all threads of a crew.

    Args:
        application: is asked.
        reader: told of the outcome.
        refuse: answers when it cannot say.
        settled: see ``Answers``.

    """

    def __init__(
        self,
        application: Application,
        reader: RequestReader,
        refuse: Callable[[Connection, ProtocolError], object],
        settled: Callable[[Connection, int | None, Callable[[], Then]], Then],
    ) -> None:
        self._application = application
        self._reader = reader
        self._refuse = refuse
        self._settled = settled

    def ask(self, request: Request) -> bool | ProtocolError:
        """Whether the application wants the body of a request; an error: it cannot say."""
        admission = getattr(self._application, "admission", None)
        try:
            return admission is None or bool(admission(request))
        except BaseException as error:  # noqa: BLE001 SystemExit too would end a shared thread
            failed = ProtocolError(500, reason_phrase(500))
            failed.__cause__ = error  # which is logged
            return failed

    def follow(
        self,
        connection: Connection,
        request: Request,
        wanted: bool | ProtocolError,
        term: int | None,
    ) -> Then:
        """Read the body next, or what is small enough to be read away, or none of it."""
        return self._settled(connection, term, partial(self._follow, connection, request, wanted))

    def _follow(
        self, connection: Connection, request: Request, wanted: bool | ProtocolError
    ) -> Then:
        if isinstance(wanted, ProtocolError):
            self._refuse(connection, wanted)
            return GONE
        assert connection.head is not None
        self._reader.expect_body(connection, connection.head, request, wanted=wanted)
        return NEXT
