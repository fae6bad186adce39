"""A client connection with TLS: the same interface, the handshake in steps that never block.

The socket is plain until the client has sent its first byte, so who connects and is silent costs
no more than on a plain server, and who speaks HTTP there can be answered.

No decrypted byte stays behind in the library while the poller waits: ``receive`` takes all of them.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final

from ..errors import ProtocolError
from ..messages.request import Request
from ..messages.response import FileBody
from ..settings import Settings
from .connection import Connection, HandshakeError
from .poller import READ, WRITE
from .request_parser import Head, HeadParser

_HANDSHAKE_RECORD: Final = 0x16  # RFC 8446 section 5.1
_RECEIVE: Final = 64 * 1024  # bytes taken at once; a record has at most 16 KiB
_PIECE: Final = 64 * 1024  # bytes given to the library at once
_NOT_TLS: Final = "this port speaks HTTPS, use an address that begins with https://"


class TlsConnection(Connection):
    """A connected socket, non-blocking. Owned by one thread at a time.

    Args:
        sock: accepted, plain; replaced by an ``ssl.SSLSocket`` when the handshake begins.
        address: host and port of the peer.
        settings: limits and timeouts.
        wrap: puts TLS around a plain socket.

    """

    __slots__ = ("_secured", "_wrap", "to_receive", "to_send")

    def __init__(
        self,
        sock: socket.socket,
        address: tuple[str, int],
        settings: Settings,
        wrap: Callable[[socket.socket], ssl.SSLSocket],
    ) -> None:
        super().__init__(sock, address, settings)
        self.parser = HeadParser(settings, secure=True)
        self._wrap = wrap
        self._secured = False  # the handshake is done
        self.to_receive, self.to_send = READ, WRITE

    def secure(self) -> bool:
        sock = self.sock
        if not isinstance(sock, ssl.SSLSocket):
            try:
                first = sock.recv(1, socket.MSG_PEEK)
            except (BlockingIOError, InterruptedError):
                return False
            if not first:
                raise ConnectionResetError("the client has left")
            if first[0] != _HANDSHAKE_RECORD:
                raise ProtocolError(400, _NOT_TLS)
            self.sock = sock = self._wrap(sock)
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            self.to_receive = READ
            return False
        except ssl.SSLWantWriteError:
            self.to_receive = WRITE
            return False
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise ConnectionResetError("the client has left") from error
        except ssl.SSLError as error:
            raise HandshakeError(error.reason or str(error)) from error
        self.to_receive = READ
        self._secured = True
        return True

    def receive(self) -> bytes | None:
        sock = self.sock
        if not isinstance(sock, ssl.SSLSocket):
            return super().receive()
        data: list[bytes] = []
        size = 0
        while size < _RECEIVE or sock.pending():
            try:
                piece = sock.recv(_RECEIVE)
            except (ssl.SSLWantReadError, BlockingIOError):  # plain again once our output has ended
                self.to_receive = READ
                break
            except ssl.SSLWantWriteError:
                self.to_receive = WRITE
                break
            if not piece:
                return b"".join(data)  # the end is found again when these are used up
            data.append(piece)
            size += len(piece)
        else:
            self.to_receive = READ
        return b"".join(data) if data else None

    def send_bytes(self, data: bytes) -> bool:
        return self.send(data)

    def _send_piece(self, piece: memoryview, most: int, *, more: bool) -> int:
        # A piece that had to wait is given again as it was: the library has taken a part of it. So
        # it does not depend on ``most``.
        try:
            sent = self.sock.send(piece[:_PIECE])
        except ssl.SSLWantWriteError:
            self.to_send = WRITE
            raise BlockingIOError from None
        except ssl.SSLWantReadError:
            self.to_send = READ
            raise BlockingIOError from None
        return sent

    def _send_file(self, part: FileBody) -> tuple[int, bool]:
        # The system's sendfile would bypass the encryption.
        part.file.seek(part.offset)
        piece = part.file.read(min(part.length, _PIECE))
        if not piece:
            raise ConnectionAbortedError("the file became shorter while it was sent")
        sent = self._send_piece(memoryview(piece), len(piece), more=False)
        part.offset += sent
        part.length -= sent
        return sent, part.length == 0

    def begin_request(self, head: Head, server: Any) -> Request:
        request = super().begin_request(head, server)
        request.scheme = "https"
        return request

    def end_output(self) -> None:
        self._say_goodbye()
        super().end_output()

    def cut_off(self) -> None:
        # Not the method of the TLS socket, which would make it a plain one for its other thread.
        socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        self._say_goodbye()
        super().close()

    def _say_goodbye(self) -> None:
        """Send the TLS end of the stream if it can be sent now; the answer is not waited for."""
        if self._secured and isinstance(self.sock, ssl.SSLSocket):
            self._secured = False
            with contextlib.suppress(OSError, ValueError):  # the client is gone, or cannot take it
                self.sock.unwrap()
