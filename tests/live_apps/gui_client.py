"""A page of an htag app without a browser: speaks the protocol over a real websocket."""

import contextlib
import json
import re
import ssl
import time

import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from quick_htag.cipher import TO_SERVER, Cipher


class Page:
    """One page load of the app at ``url``; ``visitor`` is a requests.Session with its cookies."""

    def __init__(self, url, visitor=None, context=None):
        self.url = url
        self.context = context  # TLS, for an address with https
        if context is not None:
            # This client reads on one thread while another one writes, and Python's ssl may lose
            # what is written when the tickets of TLS 1.3 come in at that moment.
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.visitor = requests.Session() if visitor is None else visitor
        answer = self.visitor.get(url, timeout=60)
        answer.raise_for_status()
        self.html = answer.text
        self.config = json.loads(re.search(r"quick_htag_page=(\{.*?\})</script>", self.html)[1])
        self.seen = self.config["seen"]
        self.cipher = None
        if "password" in self.config:
            self.cipher = Cipher(self.config["password"], self.config["page"], TO_SERVER)
        self.sent = 0
        self.socket = None
        self._stack = contextlib.ExitStack()

    def open(self):
        """Connect and wait for the greeting."""
        origin = re.match(r"https?://[^/]+", self.url)[0]
        cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.visitor.cookies)
        url = self.url.replace("http", "ws", 1)
        connection = connect(
            f"{url}ws?page={self.config['page']}&seen={self.seen}",
            origin=origin,
            open_timeout=60,
            additional_headers={"Cookie": cookie},
            ssl=self.context,
        )
        self.socket = self._stack.enter_context(connection)
        assert "hello" in self.receive()
        return self

    def receive(self, timeout=30):
        text = self.socket.recv(timeout)
        message = json.loads(self.cipher.open(text) if self.cipher else text)
        self.seen = message.get("n", self.seen)
        return message

    def end(self):
        """Receive until the server closes; its close code."""
        try:
            while True:
                self.receive()
        except ConnectionClosed as closed:
            return closed.rcvd.code

    def send(self, payload):
        self.sent += 1
        text = json.dumps({"n": self.sent, "p": payload})
        self.socket.send(self.cipher.seal(text) if self.cipher else text)

    def click(self, css_class):
        """Click what has this class; returns the seconds until it was handled."""
        started = time.perf_counter()
        self.send(self.event_of(css_class))
        while self.receive().get("done") != self.sent:
            pass
        return time.perf_counter() - started

    def event_of(self, css_class):
        """The payload a click on the element with this class sends."""
        tag = re.search(rf'<\w+ [^>]*class="{css_class}"[^>]*>', self.html)[0]
        htag2 = re.search(r"htag_event\('([^']+)', '(\w+)'", tag)
        if htag2:
            return {"id": htag2[1], "event": htag2[2], "data": {"callback_id": "c"}}
        return json.loads(re.search(r"interact\( ({.*?}) \)", _unescape(tag))[1])

    def close(self):
        self._stack.close()


def _unescape(text):
    import html

    return html.unescape(text).replace("jevent(event)", "{}")
