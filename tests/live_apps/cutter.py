"""A TCP relay that can cut its connections, as a bad network does."""

import contextlib
import socket
import threading


class Cutter:
    """Relays to a port of this machine.

    Attributes:
        port: where it listens.
        record: a bytearray gets everything that goes through; None: nothing is kept.

    """

    def __init__(self, target):
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.record = None
        self._lock = threading.Lock()  # guards the two below
        self._sockets = set()
        self._open = True
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut(self):
        """Cut every connection, and accept none until ``mend``."""
        with self._lock:
            self._open = False
            sockets, self._sockets = self._sockets, set()
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def mend(self):
        """Accept connections again."""
        with self._lock:
            self._open = True

    def close(self):
        self.cut()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if not self._open:
                    client.close()
                    continue
                try:
                    server = socket.create_connection(("127.0.0.1", self._target), timeout=5)
                except OSError:  # nobody listens any more
                    client.close()
                    continue
                server.settimeout(None)
                self._sockets |= {client, server}
                pair = ((client, server), (server, client))
                threads = [threading.Thread(target=self._relay, args=ends) for ends in pair]
                self._threads += threads
            for thread in threads:
                thread.start()

    def _relay(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self.record is not None:
                    self.record += data
                sink.sendall(data)
        for sock in (source, sink):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._sockets -= {source}
        source.close()
