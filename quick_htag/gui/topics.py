"""Messages by topic, for apps: sent by any app, endpoint or server, shown by those who listen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import GuiError
from .home import own_desk

if TYPE_CHECKING:
    from ..guis.desk import Desk
    from ..topics.table import Topics


def subscribe(topic: str, fun: Callable[[Any], Any]) -> Callable[[], None]:
    """Have a function of the app called with the data of each message, until the app ends.

    It is called as an event handler: it may block, change tags, be a generator or ``async``, and
    the pages follow. Messages come in order; beyond ``settings.max_topic_backlog`` that wait, the
    oldest are given up. Called by code of the app, in ``init`` say.

    Args:
        topic: text of 1 to 2048 characters.
        fun: called with the data, a copy of its own.

    Returns:
        what undoes it.

    Raises:
        ConfigurationError: ``fun`` is no function.
        GuiError: the caller is code of no app.
        NotStorable: the topic cannot be one.

    """
    desk = own_desk("subscribe")
    undo = _topics_of(desk).subscribe_with(topic, fun, lambda take: desk.run(take, None))
    forget = desk.at_end(undo)

    def end() -> None:
        undo()
        forget()

    return end


def publish(topic: str, data: Any) -> None:
    """``server.publish`` for code of an app; other code has the server.

    Raises:
        GuiError: the caller is code of no app.
        NotStorable: the topic or the data cannot be.
        StoreUnavailable: Redis, or the supervisor of the workers, cannot be reached, or does
            not take it; nobody has it.

    """
    _topics_of(own_desk("publish")).publish(topic, data)


def _topics_of(desk: Desk) -> Topics:
    topics: Topics | None = desk.topics()
    if topics is None:
        raise GuiError("this app is served by nothing that has topics")
    return topics
