"""A websocket: everybody in a room hears what one of them says.

python example/websocket/main.py [PORT]
"""

import contextlib
import sys

from quick_htag import ConnectionClosed, Response, SendTimeout, create_server, msg

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A room</title>
<form><input name="said" autofocus><button>say</button></form><ul></ul>
<script>
  const socket = new WebSocket(new URL("room" + location.search, location.href)); // ?name=ann
  socket.onmessage = ({data}) => {
    document.querySelector("ul").append(document.createElement("li"));
    document.querySelector("li:last-child").textContent = data;
  };
  document.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    socket.send(event.target.said.value);
    event.target.reset();
  };
</script></html>"""

ROOM = set()  # the open websockets


def tell(text):
    for ws in ROOM.copy():  # copying a set is one step, whatever other threads do
        with contextlib.suppress(ConnectionClosed, SendTimeout):  # has left, or does not listen
            ws.send(text, timeout=0)


def stay(ws):
    name = ws.args["query"].get("name", "somebody")
    ROOM.add(ws)
    try:
        for message in ws:  # until it is closed
            tell(f"{name}: {message}")
    finally:
        ROOM.remove(ws)


def add_routes(server):
    server.text_get("/", 0)(lambda req, args: Response(PAGE, ctype="text/html"))
    server.websocket("/room", 0, max_message=1000)(stay)


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        add_routes(server)
        msg("open {0}?name=ann and {0}?name=bob", server.url)
        server.serve_forever()
