"""Scripts in the styles of quick_server 0.4.9, 0.7 and 0.10 run with their import changed.

They are written as their users wrote them, and not as this package would have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TIMEOUT = 30.0  # seconds

# texts with format arguments, the token as a dict, bare exceptions, a plain flag for slow requests
OLDEST = """
import sys
from quick_server import create_server, msg, setup_restart, json_dumps, PreventDefaultResponse

addr, port = '', 0
server = create_server((addr, port), parallel=True)
server.bind_path('/', 'www')
server.add_default_white_list()
server.link_empty_favicon_fallback()
server.suppress_noise = True
server.report_slow_requests = True

@server.json_get('/api/echo', 0)
def echo(req, args):
    return {'query': args['query'], 'paths': args['paths']}

@server.json_post('/api/token', 0)
def token(req, args):
    obj = server.get_token_obj(args['post']['token'], expire=None)
    obj['seen'] = obj.get('seen', 0) + 1
    return dict(obj)

@server.text_get('/api/by_hand', 0)
def by_hand(req, args):
    req.send_response(203)
    req.send_header('Content-Type', 'text/plain')
    req.end_headers()
    req.wfile.write(b'by hand')
    raise PreventDefaultResponse()

@server.cmd()
def hello(args):
    msg('hi {0}', ' '.join(args))

msg('{0}', json_dumps({'nan': float('nan')}).replace('\\n', ''))
msg('starting server at {0}:{1}', addr if addr else 'localhost', server.server_address[1])
try:
    server.serve_forever()
finally:
    msg('shutting down..')
    server.server_close()
"""

# six arguments by position, segments, both errors with a page, the token as a context manager
MIDDLE = """
import sys, threading
from quick_server import create_server, msg, setup_restart, Response, PreventDefaultResponse
from quick_server import set_log_file, set_global_error_handler, TokenHandler, DefaultTokenHandler

slow = []
server = create_server(('', 0), True, threading.Thread, DefaultTokenHandler())
server.report_slow_requests = lambda method, path: slow.append(path)
server.favicon_everywhere = True
server.max_age = 10
server.bind_path('/static/', 'www')
server.add_file_patterns(['*.html'], False)

@server.json_get('/api/user/:name/size', 0)
def size(req, args):
    return {'name': args['segments']['name'], 'size': req.log_size_string(2048)}

@server.text_get('/api/refuse', 0)
def refuse(req, args):
    raise PreventDefaultResponse(403, 'not for you')

@server.text_post('/api/upload', 0)
def upload(req, args):
    return Response(args['files']['f'].read() + args['post']['t'].encode(), 202, 'text/x-own')

@server.json_put('/api/token', 0)
def token(req, args):
    with server.get_token_obj(args['post']['token']) as obj:
        obj['seen'] = obj.get('seen', 0) + 1
        return obj['seen']

def complete(args, text):
    return [one for one in ('full', 'part') if one.startswith(text)]

@server.cmd(argc=1, complete=complete)
def cache_clear(args):
    msg('cleared {0}', args[0])

server.add_cmd_method('bye', lambda args: server.handle_cmd('quit'), 0)
msg('starting server at {0}:{1}', *server.server_address[:2])
try:
    server.serve_forever()
finally:
    server.server_close()
"""

# keyword-only arguments, one text per message, types, middleware, cookies, shutdown hooks
NEWEST = """
from http.cookies import SimpleCookie
from typing import Any
from quick_server import (
    add_shutdown_hook, create_server, has_been_restarted, is_original, MiddlewareF, msg,
    MultipartResponse, QuickServerRequestHandler, ReqArgs, ReqNext, Response, setup_restart,
    setup_shutdown, get_time, get_exec_arr, set_error_exit_code, CmdF, AnyStrResponse,
)

setup_restart()
setup_shutdown(pre_flush_wait=0.0, final_wait=0.0)
server = create_server(('127.0.0.1', 0), parallel=True, thread_factory=None, token_handler=None)
server.register_shutdown()
server.update_version_string('app/1.2')
server.set_common_invalid_paths(['/robots.txt'])
server.cross_origin = True
server.link_empty_favicon_fallback()
server.report_slow_requests = (0.5, lambda method, path, seconds, done: None)
prefix = '/v1'

def pre(req: QuickServerRequestHandler, path: str, cookie: SimpleCookie) -> None:
    req.send_header('X-Pre', path)

def check(req: QuickServerRequestHandler, args: ReqArgs, okay: ReqNext) -> Any:
    if 'token' not in args['query']:
        return Response('who are you', 401)
    args['meta']['user'] = args['query']['token']
    return okay

server.add_pre_middleware(pre)

with server.middlewares(check):
    @server.json_get(f'{prefix}/user/:id', 0)
    def user(_req: QuickServerRequestHandler, rargs: ReqArgs) -> dict:
        return {'id': rargs['segments']['id'], 'user': rargs['meta']['user']}

@server.text_get(f'{prefix}/many', 0)
def many(_req: QuickServerRequestHandler, _rargs: ReqArgs) -> MultipartResponse:
    return MultipartResponse({'a': {'b': 1}, 'c': 'text'})

@server.text_get(f'{prefix}/cookie', 0)
@server.middleware(lambda req, args, okay: okay)
def cookie(req: QuickServerRequestHandler, rargs: ReqArgs) -> AnyStrResponse:
    answer = SimpleCookie()
    answer['count'] = '1'
    req.send_cookie(answer)
    return ':'.join(req.get_original_host()[:1])

add_shutdown_hook(lambda: msg('hook'))
msg(f"{' '.join(get_exec_arr())} original {is_original()} {has_been_restarted()} {get_time() > 0}")
msg(f'starting server at {server.server_address[0]}:{server.server_address[1]}')
try:
    server.serve_forever()
finally:
    msg('shutting down..')
    server.server_close()
"""


@pytest.fixture
def begin(launch: Callable[..., Any], tmp_path: Path) -> Callable[[str], Any]:
    """``begin(script)``: the program, and its URL without the slash at the end."""
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.html").write_text("index")

    def start(script: str) -> Any:
        program = launch(script.replace("from quick_server import", "from quick_htag import"))
        port = program.until("starting server at").rpartition(":")[2].strip()
        return program, f"http://127.0.0.1:{port}"

    return start


def get(url: str) -> requests.Response:
    """An answer."""
    return requests.get(url, timeout=TIMEOUT)


def test_the_oldest(begin: Callable[[str], Any]) -> None:
    """A script of 0.4.9."""
    program, url = begin(OLDEST)
    assert get(url).text == "index"
    assert get(f"{url}/api/echo?a=1&b").json() == {"paths": [], "query": {"a": "1", "b": True}}
    for seen in (1, 2):
        answer = requests.post(f"{url}/api/token", json={"token": "t"}, timeout=TIMEOUT)
        assert answer.json() == {"seen": seen}
    by_hand = get(f"{url}/api/by_hand")
    assert (by_hand.status_code, by_hand.text) == (203, "by hand")
    program.type("hello a b\nquit\n")
    assert program.end() == 0
    assert '{  "nan": "NaN"}' in program.said
    assert "): hi a b\n" in program.said


def test_the_middle(begin: Callable[[str], Any]) -> None:
    """A script of 0.7."""
    program, url = begin(MIDDLE)
    answer = get(f"{url}/static/")
    assert (answer.text, answer.headers["cache-control"]) == ("index", "max-age=10")
    assert get(f"{url}/api/user/me/size").json() == {"name": "me", "size": "2 kB"}
    refused = get(f"{url}/api/refuse")
    assert (refused.status_code, "not for you" in refused.text) == (403, True)
    form = {"f": ("f.bin", b"file", "text/plain"), "t": (None, "text")}
    sent = requests.post(f"{url}/api/upload", files=form, timeout=TIMEOUT)
    assert (sent.status_code, sent.text) == (202, "filetext")
    assert sent.headers["content-type"] == "text/x-own"
    for seen in (1, 2):
        answer = requests.put(f"{url}/api/token", json={"token": "t"}, timeout=TIMEOUT)
        assert answer.json() == seen
    program.type("cache clear full\nbye\n")
    assert program.end() == 0
    assert "): cleared full\n" in program.said


def test_the_newest(begin: Callable[[str], Any]) -> None:
    """A script of 0.10."""
    program, url = begin(NEWEST)
    unknown = get(f"{url}/v1/user/7")
    assert (unknown.status_code, unknown.text) == (401, '"who are you"')
    assert get(f"{url}/v1/user/7?token=me").json() == {"id": "7", "user": "me"}
    assert unknown.headers["x-pre"] == "/v1/user/7"
    assert unknown.headers["server"].startswith("app/1.2 ")
    assert get(f"{url}/v1/many").headers["content-type"].startswith("multipart/form-data")
    answer = get(f"{url}/v1/cookie")
    assert (answer.text, answer.cookies["count"]) == ("http", "1")
    program.type("quit\n")
    assert program.end() == 0
    assert "original False False True" in program.said
