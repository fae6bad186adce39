"""Uploads: a page with progress bars, files of up to 2 GiB that are never held in memory.

python example/upload/main.py [PORT]
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile

from quick_htag import create_server, msg

HERE = os.path.dirname(os.path.abspath(__file__))


def add_upload(server, folder: str) -> None:
    server.bind_path("/", os.path.join(HERE, "page"))
    server.link_empty_favicon_fallback()
    server.bind_upload_progress("/api/progress")
    server.max_file_size = 2 * 1024**3  # bytes; a larger file is answered with 413

    @server.json_post("/api/files", 0)
    def receive(req, args):
        received = []
        for file in args["files"].values():
            # the name was made safe, but two files may have the same one
            name = f"{secrets.token_hex(4)}-{file.filename or 'unnamed'}"
            with open(os.path.join(folder, name), "xb") as kept:
                shutil.copyfileobj(file, kept, 1024 * 1024)
            msg("received {0}, {1}", file.filename, req.log_size_string(file.size))
            received.append({"name": file.filename, "size": file.size, "type": file.content_type})
        return received

    @server.json_get("/api/files", 0)
    def files(req, args):
        with os.scandir(folder) as found:
            return sorted([one.name.partition("-")[2], one.stat().st_size] for one in found)


def main() -> None:
    port = int([*sys.argv, 8080][1])
    # the folder is gone when the server ends
    with tempfile.TemporaryDirectory() as folder, create_server(("", port)) as server:
        add_upload(server, folder)
        msg("open {0}", server.url)
        server.serve_forever()


if __name__ == "__main__":
    main()
