"""After the restart serves at another address, and a second server that nobody stops."""

import threading

from quick_htag import create_server, has_been_restarted, msg

begun = threading.Event()
go_on = threading.Event()
host = "localhost" if has_been_restarted() else "127.0.0.1"
with create_server((host, 0)) as server:
    other = create_server(("", 0))

    @other.text_get("/slow", 0)
    def slow(req, args):
        """Is under way when the program ends."""
        begun.set()
        go_on.wait(5.0)
        return "done"

    other.start()
    if has_been_restarted():
        other.server_close()

    @server.text_post("/restart", 0)
    def restart(req, args):
        """Start again, while the other one is busy."""
        begun.wait(20.0)
        server.restart()
        threading.Timer(0.5, go_on.set).start()
        return "soon"

    msg(f"serves {server.server_port} and {other.server_port} .")
    server.serve_forever()
