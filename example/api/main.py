"""An API: JSON in and out, segments of the path, a query, an upload, a form of several parts.

python example/api/main.py [PORT]
"""

from __future__ import annotations

import hashlib
import sys

from quick_htag import MultipartResponse, PreventDefaultResponse, Response, create_server, msg

NOTES: dict[str, list[str]] = {}


def add_api(server):
    @server.json_get("/api/notes", 0)
    def users(req, args):
        return sorted(NOTES)

    @server.json_get("/api/notes/:user", 0)
    def notes(req, args):
        found = NOTES.get(args["segments"]["user"])  # None is answered with 404
        words = args["query"].get_all("word")  # /api/notes/ann?word=milk&word=bread
        return found and [note for note in found if all(word in note for word in words)]

    @server.json_post("/api/notes/:user", 0)
    def add_note(req, args):
        post = args["post"]
        if not isinstance(post, dict) or not isinstance(post.get("note"), str):
            raise PreventDefaultResponse(400, 'send {"note": "text"}')
        notes = NOTES.setdefault(args["segments"]["user"], [])
        notes.append(post["note"])
        return Response({"count": len(notes)}, 201)

    @server.json_delete("/api/notes/:user", 0)
    def forget(req, args):
        return {"forgotten": NOTES.pop(args["segments"]["user"], [])}

    @server.json_put("/api/checksum", 0)
    def checksum(req, args):  # curl -X PUT -F "file=@main.py" http://localhost:8080/api/checksum
        return {
            name: hashlib.sha256(file.read()).hexdigest() for name, file in args["files"].items()
        }

    @server.text_get("/api/export", 0)
    def export(req, args):
        return MultipartResponse({"notes": NOTES, "read me": "one part for each thing"})


def main() -> None:
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        add_api(server)
        msg("try {0}api/notes", server.url)
        server.serve_forever()


if __name__ == "__main__":
    main()
