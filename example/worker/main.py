"""Worker jobs: finds identical files, which takes a while, and tells the page how far it is.

python example/worker/main.py [PORT [FOLDER]]
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from quick_htag import PreventDefaultResponse, create_server, msg, progress


def files_below(folder: Path) -> dict[Path, int]:
    found = {}
    for path in folder.rglob("*"):
        progress(None, f"{len(found)} files found")  # a job that was cancelled ends here
        if path.is_file() and not path.is_symlink() and os.access(path, os.R_OK):
            found[path] = path.stat().st_size
    return found


def add_worker(server, root: Path) -> None:
    server.bind_path("/", str(Path(__file__).resolve().parent / "page"))
    server.link_worker_js("/worker.js")
    server.link_empty_favicon_fallback()
    names = sorted(path.name for path in root.iterdir() if path.is_dir())
    server.json_get("/api/folders", 0)(lambda req, args: names)

    @server.json_worker("/api/identical")
    def identical(payload):
        if payload["folder"] not in names:
            raise PreventDefaultResponse(404, f"There is no folder {payload['folder']!r} here")
        files = files_below(root / payload["folder"])
        total, done, same = sum(files.values()), 0, {}
        for path in files:
            name, digest = str(path.relative_to(root)), hashlib.sha256()
            with path.open("rb") as file:
                while chunk := file.read(1024 * 1024):
                    digest.update(chunk)
                    done += len(chunk)
                    progress(done / total, name)  # and here
            same.setdefault(digest.digest(), []).append(name)
        groups = sorted(sorted(group) for group in same.values() if len(group) > 1)
        return {"files": len(files), "bytes": done, "identical": groups}


def main() -> None:
    port, folder = [*sys.argv[1:], "", ""][:2]
    with create_server(("", int(port or 8080))) as server:
        add_worker(server, Path(folder or sys.base_prefix))
        msg("open {0}", server.url)
        server.serve_forever()


if __name__ == "__main__":
    main()
