"""A websocket without a socket."""

import threading

import pytest

from quick_htag.testing import PageClosed, TestSocket


class Echo:
    """Sends back what it gets."""

    def opened(self, channel):
        self.channel = channel

    def received(self, message):
        self.channel.send(message * 2)

    def closed(self, code, reason):
        self.gone = (code, reason)


@pytest.fixture
def echo():
    """The other side."""
    return Echo()


@pytest.fixture
def socket(echo):
    """A connection to it."""
    return TestSocket(echo)


def test_messages_arrive_in_order(socket):
    """All of them, whenever they are asked for."""
    for text in ("a", "ä"):
        socket.send(text)
    assert [socket.receive(), socket.receive()] == ["aa", "ää"]


def test_waiting_for_a_message(socket, echo):
    """One that comes from another thread is received when it comes."""
    threading.Thread(target=echo.channel.send, args=("later",)).start()
    assert socket.receive() == "later"


def test_nothing_comes(socket):
    """The wait ends."""
    with pytest.raises(TimeoutError, match=r"in 0\.01 s"):
        socket.receive(0.01)


def test_the_other_side_closes(socket, echo):
    """After what was sent before; told to both sides."""
    echo.channel.send("last")
    echo.channel.close(4001, "enough")
    assert socket.receive() == "last"
    with pytest.raises(PageClosed, match="4001 'enough'"):
        socket.receive()
    assert echo.gone == (4001, "enough")
    with pytest.raises(PageClosed):
        socket.send("x")


def test_this_side_leaves(socket, echo):
    """Closing is told with its code, a lost connection as 1006; only the first counts."""
    socket.drop()
    socket.close()
    assert echo.gone == (1006, "")
