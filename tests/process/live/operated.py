"""A server with a prompt, a session for each visit, and jobs that take as long as they are let."""

import threading

from quick_htag import check, create_server, msg

with create_server(("", 0)) as server:
    server.history_file = ""
    server.suppress_noise = True

    @server.json_get("/visit/:name", 0)
    def visit(req, args):
        """Begin a session."""
        req.session["name"] = args["segments"]["name"]
        return len(req.server.list_sessions())

    @server.json_get("/visits", 0)
    def visits(req, args):
        """Name the sessions."""
        return [row.session for row in req.server.list_sessions()]

    @server.json_worker("/job")
    def job(payload):
        """Run until it is stopped."""
        while True:
            check()
            threading.Event().wait(0.01)

    @server.on_reload
    def greeting():
        """Say what was done."""
        return "read from greeting.txt"

    server.start()
    msg(f"serves {server.server_address[1]} ")
    server.serve_forever()
