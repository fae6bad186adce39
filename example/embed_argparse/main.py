"""A program of its own, on the command line, with a page to follow its work.

python example/embed_argparse/main.py [--steps 100] [--port 8080]
"""

import argparse
import time

from quick_htag import Response, create_server

PAGE = """<!doctype html><meta charset="utf-8"><title>work</title>
<progress></progress> <output></output>
<script>
const source = new EventSource("progress");
source.onmessage = ({data}) => {
  const {done, steps} = JSON.parse(data);
  document.querySelector("progress").value = done / steps;
  document.querySelector("output").value = `${done} of ${steps}`;
};
source.onerror = () => {
  source.close();
  document.querySelector("output").value += ", and it has ended";
};
</script>"""


def add_routes(server, state):
    @server.text_get("/", 0)
    def page(req, args):
        return Response(PAGE, ctype="text/html; charset=utf-8")

    @server.sse("/progress")
    def progress(req, args):
        yield state
        while not args["gone"].wait(0.1):
            yield state


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Does something for a while.")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--port", type=int, default=8080, help="of the page, 0 for any free one")
    given = parser.parse_args(arguments)
    state = {"done": 0, "steps": given.steps}
    with create_server(("", given.port)) as server:
        add_routes(server, state)
        print("follow it at", server.url, flush=True)  # from here on it serves, beside the work
        while state["done"] < given.steps:
            time.sleep(0.1)
            state["done"] += 1
    print("done")  # the server has ended with its block


if __name__ == "__main__":
    main()
