"""Every exception of the package.

QuickHtagError
 +-- HTTPError                   answered with its status
 |    +-- MethodNotAllowed       405, carries the methods that would do
 |    +-- BodyRefused            413, or another 4xx; the body was not read
 +-- PreventDefaultResponse      quick_server's way to answer early
 +-- ProtocolError               what arrived is not HTTP; carries the status to answer with
 +-- GuiError
 |    +-- AppNotFound            bind_htag was given something that is no htag app
 |    +-- AppFailed              an app raised while it was built or rendered
 |    +-- NoCapacity             the limit on sessions or instances is reached
 |    +-- SealBroken             an encrypted message that cannot be trusted
 +-- ConnectionClosed            a websocket is closed; carries code and reason
 +-- SendTimeout                 a client takes too long to take what is sent; a TimeoutError
 +-- EngineMissing               htag is not installed, or not a version we know
 +-- StoreError
 |    +-- NotStorable            a key or value that no store takes
 |    +-- StoreBusy              somebody else kept a key for too long; answered 503
 |    +-- StoreUnavailable       the store is closed or cannot be reached; answered 503
 +-- JobFailed                   a job raised in another process; the text is its traceback
 +-- WorkerError                 a job did not succeed, told to the Python client
 +-- ConfigurationError          a setting or a bind that cannot work

WorkerDeath                     ends a job from inside; no ``Exception``, so no handler swallows it
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus


@lru_cache(maxsize=64)
def reason_phrase(status: int) -> str:
    """The standard phrase of a status code (RFC 9110 section 15), or "Unknown"."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class QuickHtagError(Exception):
    """Base of all exceptions raised by this package."""


class HTTPError(QuickHtagError):
    """Ends a request with an error status.

    Args:
        status: the HTTP status code, 400 to 599.
        detail: text for the client; None takes the standard phrase.
        headers: header fields to add to the answer.

    """

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.status = status
        self.detail = reason_phrase(status) if detail is None else detail
        self.headers = tuple(headers)
        super().__init__(f"{status} {self.detail}")


class MethodNotAllowed(HTTPError):
    """405: the target exists, but not for this method.

    Args:
        allowed: the methods that would be answered, sent as ``Allow`` (RFC 9110 section 10.2.1).

    """

    def __init__(self, allowed: Sequence[str]) -> None:
        self.allowed = tuple(allowed)
        super().__init__(405, headers=[("Allow", ", ".join(self.allowed))])


class BodyRefused(HTTPError):
    """The request body is not taken; raised when a handler asks for it."""


class PreventDefaultResponse(QuickHtagError):
    """Answers a request from anywhere inside a handler, as in quick_server.

    Args:
        code: the HTTP status; None: the handler has already answered, nothing more is sent.
        message: text of the answer; ``msg=`` is accepted as the same (quick_server 0.7).

    """

    def __init__(
        self, code: int | None = None, message: str | None = None, *, msg: str | None = None
    ) -> None:
        self.code = code
        self.msg = message if message is not None else msg
        super().__init__(f"{code} {self.msg}")


class ProtocolError(QuickHtagError):
    """The bytes of a request break RFC 9112; the connection ends after the answer.

    Args:
        status: the status to answer with.
        detail: what was wrong, safe to send.

    """

    def __init__(self, status: int, detail: str) -> None:
        self.status = status
        self.detail = detail
        super().__init__(f"{status} {detail}")


class GuiError(QuickHtagError):
    """Base of what can go wrong while hosting an htag app."""


class AppNotFound(GuiError):
    """What was bound is not an htag app of the installed htag generation."""


class AppFailed(GuiError):
    """The app raised while it was built or rendered; the cause is chained.

    Args:
        detail: what happened, for the log.
        trace: the formatted traceback, shown to a client only in debug mode.

    """

    def __init__(self, detail: str, trace: str = "") -> None:
        self.trace = trace
        super().__init__(detail)


class NoCapacity(GuiError):
    """A limit on sessions, instances or connections is reached.

    Args:
        detail: which limit.
        retry_after: seconds after which a client may try again.

    """

    def __init__(self, detail: str, retry_after: int = 10) -> None:
        self.retry_after = retry_after
        super().__init__(detail)


class SealBroken(GuiError):
    """An encrypted message was changed, repeated, or is not for this page."""


class EngineMissing(GuiError):
    """No usable htag can be imported."""


class ConnectionClosed(QuickHtagError):
    """A websocket is closed: nothing can be sent, and nothing will come.

    Args:
        code: the close code (RFC 6455 section 7.4); 1006: the connection broke.
        reason: text of whoever closed it.
        line: which connection.

    """

    def __init__(self, code: int, reason: str = "", *, line: object = None) -> None:
        self.code = code
        self.reason = reason
        self.line = line
        super().__init__(f"closed with {code}{f': {reason}' if reason else ''}")


class SendTimeout(QuickHtagError, TimeoutError):
    """A client takes too long to take what is sent to it."""


class ConfigurationError(QuickHtagError, ValueError):
    """A setting, route or binding that cannot work; the message says what to change."""


class StoreError(QuickHtagError):
    """Base of what can go wrong with a store."""


class NotStorable(StoreError, ValueError):
    """A key or value that no store takes.

    Args:
        path: the place of the fault, such as ``value['users'][2]``.
        fault: what is wrong there.

    """

    def __init__(self, path: str, fault: str) -> None:
        self.path = path
        super().__init__(f"{path} {fault}")


class StoreBusy(StoreError):
    """Somebody else kept the lock of a key for too long.

    Args:
        key: which.
        waited: seconds.

    """

    retry_after = 1  # seconds

    def __init__(self, key: str, waited: float) -> None:
        self.key = key
        super().__init__(f"{key[:80]!r} was kept by somebody else for {waited:g} s")


class StoreUnavailable(StoreError):
    """The store is closed, cannot be reached, or cannot write; the cause is chained."""

    retry_after = 5  # seconds


class WorkerDeath(BaseException):
    """Raised inside of a job that was stopped, by ``check()`` and ``progress()``.

    It is no ``Exception``: ``except Exception`` in a job must not keep it running.
    """


class JobFailed(QuickHtagError):
    """A job failed in another process; the text is the traceback there."""


class WorkerError(QuickHtagError, ValueError):
    """A job did not succeed; raised by ``worker_request``.

    Args:
        message: what the server said.
        status: the HTTP status.

    """

    def __init__(self, message: str, status: int) -> None:
        self.status = status
        super().__init__(message)

    def get_status_code(self) -> int:
        """The HTTP status the server answered with."""
        return self.status
