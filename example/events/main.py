"""Events: a page follows a count, and misses nothing when its connection breaks.

python example/events/main.py [PORT]
"""

import sys
import time

from quick_htag import Response, ServerSentEvent, create_server, msg

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A count</title>
<p>This program has counted to <b>0</b>, <i>connecting</i>.</p>
<script>
  const source = new EventSource("count"); // connects again by itself
  const show = (tag, text) => { document.querySelector(tag).textContent = text; };
  source.onopen = () => show("i", "connected");
  source.onerror = () => show("i", "waiting for the server");
  source.onmessage = ({data}) => show("b", JSON.parse(data).number);
</script></html>"""

STARTED = time.monotonic()


def count(req, args):
    """Every number since the start, or since the last one that the page has got."""
    number = int(args["last_event_id"] or 0)
    while True:
        number += 1
        due = STARTED + number / 5
        if args["gone"].wait(max(0.0, due - time.monotonic())):
            return  # nobody listens any more
        yield ServerSentEvent({"number": number}, id=str(number), retry=1.0)


def add_routes(server):
    server.text_get("/", 0)(lambda req, args: Response(PAGE, ctype="text/html"))
    server.sse("/count", 0)(count)


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        add_routes(server)
        msg("open {0}", server.url)
        server.serve_forever()
