"""What ``workers_bench`` measures: ``workers_site.py WORKERS``; 0: one process, no supervisor."""

import os
import sys
import time

from gui_apps import App

from quick_htag import create_server


def work(seconds):
    """Keep a processor busy in Python for so much processor time."""
    end, number = time.thread_time() + seconds, 0
    while time.thread_time() < end:
        for _ in range(100):
            number += 1
    return number


if __name__ == "__main__":
    count = int(sys.argv[1])
    with create_server(("", 0), workers=count or None) as server:
        server.log_level, server.no_command_loop = "errors", True
        server.bind_htag("/", App, isolation="process")

        @server.json_get("/hello", 0)
        def hello(req, args):
            """Next to nothing."""
            return {"hello": "world"}

        @server.json_get("/work", 0)
        def busy(req, args):
            """5 ms of Python."""
            work(0.005)
            return {"pid": os.getpid()}

        print(server.server_port, flush=True)
        server.serve_forever()
