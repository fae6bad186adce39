"""What a blocking handler of the live apps waits for."""

import threading


class Gate:
    """Holds whoever waits until it is opened, or for 30 seconds."""

    def __init__(self):
        self._opened = threading.Event()
        self.entered = threading.Event()

    def wait(self):
        self.entered.set()
        self._opened.wait(30)

    def open(self):
        self._opened.set()

    def reset(self):
        self.entered.clear()
        self._opened.clear()


GATE = Gate()
