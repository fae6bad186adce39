"""Requests of the worker protocol; see ``jobs.base_worker``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..errors import HTTPError, MethodNotAllowed
from ..interfaces import Receiver
from ..messages.event_stream import event_stream
from ..messages.forms import FormLimits, parse_body
from ..messages.json_text import json_dumps
from ..messages.request import Request
from ..messages.response import JSON, HTTPResponse

_MAX_DIGITS = 15
_HEADERS = (("Content-Type", JSON), ("Cache-Control", "no-store"))


class Worker(Protocol):
    """What answers the requests of one endpoint."""

    def compute_worker(self, req: Any, post: dict[str, Any]) -> Any:
        """The answer as JSON-able value."""


class WorkerEndpoint:
    """The handler of POST for the mask of a worker.

    Args:
        worker: answers.
        limits: gives what is too much in a body.
        check_site: raises when a page of another site asks that must not.

    """

    def __init__(
        self,
        worker: Worker,
        limits: Callable[[], FormLimits],
        check_site: Callable[[Request], object] = id,
    ) -> None:
        self._worker = worker
        self._limits = limits
        self._check_site = check_site

    def __call__(self, request: Request) -> HTTPResponse:
        """The answer to one request of a client.

        Raises:
            HTTPError: 400, it is no request of the protocol; 403, a page of another site has sent
                it; others, the job has failed.

        """
        self._check_site(request)
        kind = request.headers.get("content-type", "")
        post, _ = parse_body(kind, request.body, self._limits())
        if not isinstance(post, dict):
            raise HTTPError(400, "the body is a JSON object with an action")
        if request.segments and post.get("action") == "start":
            payload = post.get("payload", {})
            if not isinstance(payload, dict):
                raise HTTPError(400, "the payload of this path is an object")
            post = {**post, "payload": {**payload, **request.segments}}
        answer = self._worker.compute_worker(request, post)
        return HTTPResponse(200, _HEADERS, json_dumps(answer).encode("ascii"))


class Follower(Protocol):
    """What knows how to follow jobs."""

    def follow(self, req: Any, token: str, seen: int) -> Receiver | None:
        """Gets the events of a job; None: there is none of theirs with this token."""


class JobStream:
    """The handler of GET for the mask of a worker: events of one job.

    Args:
        follower: knows the jobs.

    """

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    def __call__(self, request: Request) -> HTTPResponse:
        """A stream that ends with the job.

        Raises:
            HTTPError: 404, there is no such job; 405, no job was asked for.

        """
        query = request.query_params
        if "token" not in query:
            raise MethodNotAllowed(["POST", "OPTIONS"])
        seen = request.headers.get("last-event-id") or query.get("seen", "0")
        if not seen.isdecimal() or len(seen) > _MAX_DIGITS:
            raise HTTPError(400, "seen is the number of items that are there already")
        receiver = self._follower.follow(request, query["token"], int(seen))
        if receiver is None:
            raise HTTPError(404, "there is no such job")
        return event_stream(request, receiver)
