"""The Python client of worker endpoints; needs the package ``requests``."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from typing import Any, Final

from .deadline import Deadline
from .errors import ConfigurationError, WorkerError

Progress = Callable[[float | None, str], object]

_CALL_TIMEOUT: Final = 10.0  # seconds for the answer to one request
_STOP_TIMEOUT: Final = 3.0  # and to the one that stops a job nobody waits for any more
_PAUSE: Final = 0.05  # seconds before the first question ...
_PAUSE_FACTOR: Final = 1.1  # ... and how they grow: a result waits a tenth of its time at most
_PAUSE_MOST: Final = 10.0
_PAUSE_PROGRESS: Final = 0.5  # at most, for who wants to see progress


def worker_request(
    url: str,
    payload: Any,
    progress: Progress | None = None,
    timeout: float | None = None,
    *,
    session: Any = None,
) -> Any:
    """Run a job of a server and wait for its result.

    The job is stopped when the wait ends otherwise: by CTRL-C, by ``timeout``, by an exception of
    ``progress``.

    Args:
        url: of the worker endpoint.
        payload: what its function gets; JSON.
        progress: called with ``(fraction, text)`` when the job tells something new.
        timeout: seconds the whole may take; None: as long as it takes.
        session: a ``requests.Session`` to ask with, for its cookies and certificates; None: a new
            one.

    Returns:
        what the function has returned.

    Raises:
        WorkerError: the server answered with an error; a ``ValueError``.
        ValueError: the server does not know the job any more.
        TimeoutError: it took longer than ``timeout``.
        OSError: the server cannot be reached.
        RuntimeError: ``requests`` is not installed.

    """
    requests = _requests()
    if session is not None:
        return _Call(session, url, progress, timeout).run(payload)
    with requests.Session() as made:
        return _Call(made, url, progress, timeout).run(payload)


def _requests() -> Any:
    try:
        import requests
    except ImportError:
        raise RuntimeError(
            "worker_request needs the package requests: pip install 'quick_htag[client]'"
        ) from None
    return requests


def _reason(answer: Any) -> str:
    """What the server said: the text below its status line, or the phrase of the status."""
    first, _, rest = answer.text.strip().partition("\n")
    told = rest if first.startswith(f"{answer.status_code} ") else answer.text
    return str(told.strip() or answer.reason)


class _Call:
    """One job, followed until its end."""

    def __init__(
        self, session: Any, url: str, progress: Progress | None, timeout: float | None
    ) -> None:
        if timeout is not None and timeout < 0.0:
            raise ConfigurationError(f"timeout is in seconds, or None, not {timeout!r}")
        self._session = session
        self._url = url
        self._progress = progress
        self._deadline = Deadline(timeout)
        self._timeout = timeout
        self._told: Any = None
        self._sleep = threading.Event().wait  # a wait that CTRL-C ends

    def run(self, payload: Any) -> Any:
        """Start it, wait, and give its result."""
        stop = {"action": "stop", "token": "", "id": secrets.token_hex(16)}
        try:
            answer = self._ask({"action": "start", "payload": payload, "id": stop["id"]})
            stop = {"action": "stop", "token": answer["token"]}
            answer = self._followed(answer)
            result = answer["result"]
            if answer["continue"]:
                result = "".join(self._piece(name) for name in result)
            return json.loads(result)
        except WorkerError:
            raise  # the server has forgotten the job
        except BaseException:
            self._stop(stop)
            raise

    def _followed(self, answer: Any) -> Any:
        """The last answer of a job."""
        most = _PAUSE_MOST if self._progress is None else _PAUSE_PROGRESS
        pause = _PAUSE
        while not answer["done"]:
            if not answer["continue"]:
                raise ValueError("request has timed out")
            self._report(answer)
            self._sleep(self._within(pause))
            if self._deadline.expired():
                raise TimeoutError(f"the job took longer than {self._timeout:g} s")
            answer = self._ask({"action": "get", "token": answer["token"]})
            pause = min(pause * _PAUSE_FACTOR, most)
        self._report(answer)
        return answer

    def _within(self, seconds: float) -> float:
        remaining = self._deadline.remaining()
        return seconds if remaining is None else min(seconds, remaining)

    def _report(self, answer: Any) -> None:
        told = answer.get("progress")
        if self._progress is not None and told is not None and told != self._told:
            self._told = told
            self._progress(told.get("fraction"), told.get("text", ""))

    def _piece(self, name: Any) -> str:
        answer = self._ask({"action": "cargo", "token": name})
        if str(answer["token"]) != str(name):
            raise ValueError(f"asked for the piece {name}, got {answer['token']}")
        return str(answer["result"])

    def _ask(self, post: dict[str, Any]) -> Any:
        """One request.

        Raises:
            WorkerError: it was answered with an error.
            TimeoutError: no answer in time.

        """
        requests = _requests()
        limit = max(self._within(_CALL_TIMEOUT), 0.001)
        try:
            answer = self._session.post(self._url, json=post, timeout=limit)
        except requests.Timeout as error:
            raise TimeoutError(f"{self._url} did not answer within {limit:g} s") from error
        if answer.status_code != 200:
            raise WorkerError(_reason(answer), answer.status_code)
        return answer.json()

    def _stop(self, post: dict[str, Any]) -> None:
        """Nobody waits for the job any more; what goes wrong here would hide the reason."""
        requests = _requests()
        try:
            self._session.post(self._url, json=post, timeout=_STOP_TIMEOUT)
        except requests.RequestException:
            return
