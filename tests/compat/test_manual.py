"""The scripts in the manual of quick_server 0.4.9, run as they stand there but for their import.

Jobs are looked at elsewhere.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import msg
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 20.0  # seconds


FILE_SERVER = """
import sys
from quick_htag import create_server, msg, setup_restart

setup_restart() # sets up restart functionality (if not called the `restart` command of the server needs external help to work)
# should be the first real executed command in the script
# some services, like heroku, don't play well with this command and it should not be called if in such an environment

addr = '' # empty address is equivalent to 'localhost'
port = 8080
server = create_server((addr, port), parallel=True) # parallel is recommended unless your code is not thread-safe
server.bind_path('/', 'www') # binds the 'www' directory to the server's root
server.add_default_white_list() # adds typical file types to the list of files that will be served; you can use server.add_file_patterns to add more file types
server.favicon_fallback = 'favicon.ico' # sets the default favicon file to the given file on disk (you'll need a file called 'favicon.ico')
# you can also use server.link_empty_favicon_fallback()

server.suppress_noise = True # don't report successful requests (turn off if you want to measure performance)
server.report_slow_requests = True # reports requests that take longer than 5s

msg("{0}", " ".join(sys.argv)) # prints how the script was started
msg("starting server at {0}:{1}", addr if addr else 'localhost', port)
try:
    server.serve_forever() # starts the server -- only returns when the server stops (e.g., by typing `quit`, `restart`, or `CTRL-C`)
finally:
    msg("shutting down..")
    msg("{0}", " ".join(sys.argv)) # print how the script was called before exit -- this way you don't have to scroll up to remember when the server was running for a while
    server.server_close() # make sure to clean up all resources
"""  # noqa: E501 as it was published

REQUESTS = """
@server.json_post('/json_request', 0) # creates a request at http://localhost:8080/json_request -- 0 additional path segments are allowed
def json_request(req, args):
    return {
        "post": args["post"],
    }

@server.text_get('/text_request') # creates a request at http://localhost:8080/text_request -- additional path segments are allowed
def text_request(req, args):
    return "plain text"
"""  # noqa: E501 as it was published

TOKENS = """
server.create_token() # creates a new token -- send this to the client

@server.json_post('/json_request', 0)
def json_request(req, args):
    # assuming the token-id was sent via post
    # expire can be the expiration time in seconds of a token,
    # None for no expiration, or be omitted for the default expiration (1h)
    obj = server.get_token_obj(args['post']['token'], expire=None)
    # do stuff with obj
    # ...
    obj["count"] = obj.get("count", 0) + 1
    return obj
"""

COMMANDS = """
@server.cmd()
def name(args): # creates the command name
    if not args:
        msg("hello")
    else:
        msg("hi {0}", " ".join(args)) # words typed after name are printed here

def complete_cache_clear(args, text): # args contains already completed arguments; text the currently started one
    if args: # we only allow up to one argument
        return []
    return [ section for section in cache.list_sections() if section.startswith(text) ] # cache is the quick_cache object

@server.cmd(complete=complete_cache_clear)
def cache_clear(args):
    if len(args) > 1: # we only allow up to one argument
      msg("too many extra arguments! expected one got {0}", ' '.join(args))
      return
    msg("clear {0}cache{1}{2}", "" if args else "all ", " " if args else "s", args[0] if args else "")
    cache.clean_cache(args[0] if args else None)
"""  # noqa: E501 as it was published

NO_COMMANDS = """
server.no_command_loop = True
"""

BUILD = """
server.bind_path('/', 'build/')
"""

CORS = """
server.cross_origin = True
"""

PROXY = """
server.bind_proxy('/foo/', 'http://localhost:12345')
"""

# "ssl.wrap_socket(server.socket, certfile=..., server_side=True)" is not in Python 3.12 any more
HTTPS = """
import ssl

addr = '' # empty address is equivalent to 'localhost'
port = 443 # the HTTPS default port 443 might require root privileges
server = create_server((addr, port), parallel=True)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('path/to/localhost.pem')
server.socket = context.wrap_socket(server.socket, server_side=True)

# setup your server

try:
    server.serve_forever()
finally:
    server.server_close()
"""


def run_block(source: str, server: QuickServer, **names: Any) -> None:
    """Run a script as if it stood below those that made the server."""
    exec(source, {"server": server, "msg": msg, **names})


class Cache:
    """What the script asks of a cache."""

    def __init__(self) -> None:
        self.cleaned: list[str | None] = []

    def list_sections(self) -> list[str]:
        """Two."""
        return ["www", "data"]

    def clean_cache(self, section: str | None) -> None:
        """Note it."""
        self.cleaned.append(section)


@pytest.mark.parametrize("stdin", ["quit\n", None])
def test_file_server(tmp_path: Path, stdin: str | None) -> None:
    """It serves its folder and its icon; it ends with ``quit`` and outlives the end of input."""
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.html").write_text("index")
    (tmp_path / "www" / "secret.py").write_text("no")
    (tmp_path / "favicon.ico").write_bytes(b"icon")
    port = free_port()
    (tmp_path / "script.py").write_text(FILE_SERVER.replace("8080", str(port)))
    process = subprocess.Popen(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        assert process.stderr is not None
        said = ""
        while "starting server" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        url = f"http://localhost:{port}"
        assert requests.get(f"{url}/", timeout=TIMEOUT).text == "index"
        assert requests.get(f"{url}/deep/favicon.ico", timeout=TIMEOUT).content == b"icon"
        assert requests.get(f"{url}/secret.py", timeout=TIMEOUT).status_code == 404
        if stdin is None:
            process.terminate()
        said += process.communicate(stdin, timeout=TIMEOUT)[1]
    finally:
        process.kill()
        process.wait()
        watchdog.cancel()
        watchdog.join()
    assert re.search(rf"^script\.py \(\d+\): starting server at localhost:{port}$", said, re.M)
    assert re.search(r"^script\.py \(\d+\): shutting down\.\.\n.*script\.py\n\Z", said, re.M)
    assert process.returncode == 0


def test_dynamic_requests(start_server: Callable[..., QuickServer]) -> None:
    """Both endpoints answer."""
    server = start_server(lambda server: run_block(REQUESTS, server))
    answer = requests.post(f"{server.url}json_request", json={"a": 1}, timeout=TIMEOUT)
    assert answer.json() == {"post": {"a": 1}}
    assert requests.get(f"{server.url}text_request/a/b", timeout=TIMEOUT).text == "plain text"


def test_tokens(start_server: Callable[..., QuickServer]) -> None:
    """What is done with the object stays."""
    server = start_server(lambda server: run_block(TOKENS, server))
    token = {"token": server.create_token()}
    answers = [
        requests.post(f"{server.url}json_request", json=token, timeout=TIMEOUT).json()
        for _ in range(2)
    ]
    assert answers == [{"count": 1}, {"count": 2}]


def test_commands(server: QuickServer, capsys: pytest.CaptureFixture[str]) -> None:
    """They are run, told of their words, and completed."""
    cache = Cache()
    run_block(COMMANDS, server, cache=cache)
    for line in ("name", "name a b", "cache clear", "cache clear www", "cache clear a b"):
        server.handle_cmd(line)
    said = [line.partition("): ")[2] for line in capsys.readouterr().err.splitlines()]
    assert said[:4] == ["hello", "hi a b", "clear all caches", "clear cache www"]
    assert said[4] == "too many extra arguments! expected one got a b"
    assert cache.cleaned == [None, "www"]
    assert server.commands.complete("cache clear w") == ["www"]


def test_no_command_loop(server: QuickServer) -> None:
    """It may be switched off."""
    run_block(NO_COMMANDS, server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.done = True
    thread.join(TIMEOUT)
    assert not thread.is_alive()


def test_folder_of_a_build(start_server: Callable[..., QuickServer], tmp_path: Path) -> None:
    """A slash at the end of a folder is fine."""
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "index.html").write_text("built")

    def setup(server: QuickServer) -> None:
        server.base_path = str(tmp_path)
        run_block(BUILD, server)

    assert requests.get(start_server(setup).url, timeout=TIMEOUT).text == "built"


def test_cors(start_server: Callable[..., QuickServer]) -> None:
    """Pages of every origin may read."""
    server = start_server(lambda server: run_block(CORS + REQUESTS, server))
    headers = {"Origin": "http://a.example"}
    answer = requests.get(f"{server.url}text_request", headers=headers, timeout=TIMEOUT)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_proxy(start_server: Callable[..., QuickServer]) -> None:
    """What begins with the name and nothing else has answered is asked of the other server."""
    other = start_server(lambda server: server.text_get("/bar")(lambda req, args: "other"))

    def setup(server: QuickServer) -> None:
        run_block(PROXY.replace("12345", str(other.server_port)), server)
        server.text_get("/foo/own")(lambda req, args: "own")

    server = start_server(setup)
    texts = [requests.get(f"{server.url}foo/{p}", timeout=TIMEOUT).text for p in ("bar", "own")]
    assert texts == ["other", "own"]
    assert requests.get(f"{server.url}bar", timeout=TIMEOUT).status_code == 404


def test_https(launch: Callable[..., Any], authority: Any, tmp_path: Path) -> None:
    """The whole script, with its certificate and its key in one file."""
    pem = tmp_path / "localhost.pem"
    pem.write_text(
        "".join(Path(one).read_text() for one in (authority.certfile, authority.keyfile))
    )
    lines = (
        HTTPS.replace("443 #", "0 #")
        .replace("path/to/localhost.pem", str(pem))
        .replace("# setup your server", "msg('open {0}', server.url)")
    )
    program = launch(f"from quick_htag import create_server, msg\n{lines}")
    url = program.until("open ").split()[-1]
    answer = requests.get(url, verify=authority.root, timeout=TIMEOUT)
    assert (url[:8], answer.status_code) == ("https://", 404)
    program.type("quit\n")
    assert program.end() == 0
