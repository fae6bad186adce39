"""Files: a folder that is listed, and a single-page app whose paths exist in its script only.

python example/files/main.py [PORT]
"""

from __future__ import annotations

import os
import sys

from quick_htag import create_server, msg

HERE = os.path.dirname(os.path.abspath(__file__))


def page_of(path: str) -> str | None:
    """The file for a path that names none: the app shows it, unless it looks like a lost file."""
    is_file = "." in path.rpartition("/")[2]
    return None if is_file or path.startswith("/shared/") else "page/index.html"


def add_files(server):
    server.base_path = HERE  # what the paths below are relative to
    server.bind_path("/", "page")
    server.bind_path("/shared/", "shared")
    server.directory_listing = True  # of folders without an index.html
    server.add_default_white_list()  # types that pages are made of, no programs
    server.add_file_patterns(["*draft*"], blacklist=True)  # this outweighs the white list
    server.set_file_fallback_hook(page_of)
    server.link_empty_favicon_fallback()
    server.gzip = True  # for those who take it
    server.max_age = 60  # seconds in which a browser need not ask again


def main() -> None:
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        add_files(server)
        msg("open {0} and {0}shared/", server.url)
        server.serve_forever()


if __name__ == "__main__":
    main()
