"""The state of a server over HTTP, for those who may know."""

from __future__ import annotations

from io import StringIO

import pytest
import requests

from quick_htag import ConfigurationError, MessageLog

TOKEN = "a-token-of-the-tests"


def monitored(server, **options):
    """A server with a monitor, and a middleware that refuses everything else."""
    server.enable_monitor(token=TOKEN, **options)
    server.json_get("/visit", 0)(lambda req, args: req.session.update(seen=True))


def get(server, path, token=TOKEN, **headers):
    """The answer of the monitor."""
    fields = {**headers, **({"Authorization": f"Bearer {token}"} if token else {})}
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{server.url}-/{path}", headers=fields, timeout=30)


def test_there_is_none_unless_asked_for(live_server):
    """Off is the default."""
    assert get(live_server, "status").status_code == 404


def test_status_is_json(start_server):
    """It is what ``server.status()`` gives."""
    server = start_server(monitored)
    get(server, "nothing")
    found = get(server, "status").json()
    assert found.keys() == server.status().as_json().keys()
    assert found["requests"]["by_status"]["4xx"] == 1


def test_nobody_keeps_it(start_server):
    """Neither browsers nor proxies, and it sets no cookie."""
    answer = get(start_server(monitored), "status")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_metrics_are_text_for_prometheus(start_server):
    """With the content type that tells the version of the format."""
    answer = get(start_server(monitored), "metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE quick_htag_requests_total counter\n" in answer.text


def test_lists_take_the_words_of_the_prompt(start_server):
    """In the query; ids are short, tokens shortened."""
    server = start_server(monitored)
    requests.get(f"{server.url}visit", timeout=30)
    secret = server.create_token()
    server.get_token_obj(secret)
    (session,) = get(server, "sessions?q=idle<1h+sort=-idle").json()
    assert session["session"] == server.list_sessions()[0].session
    assert get(server, "sessions?q=idle>1h").json() == []
    assert get(server, "jobs").json() == []
    answer = get(server, "tokens")
    assert secret not in answer.text
    assert answer.json()[0]["token"] == f"{secret[:6]}..."


def test_words_that_make_no_sense(start_server):
    """The answer tells what would."""
    answer = get(start_server(monitored), "jobs?q=colour=red")
    assert (answer.status_code, "no column 'colour'" in answer.text) == (400, True)


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", TOKEN[:-1], "ä"])
@pytest.mark.parametrize("path", ["status", "metrics", "sessions"])
def test_who_has_no_token_learns_nothing(start_server, path, token):
    """401, and which scheme is wanted."""
    answer = get(start_server(monitored), path, token=token and token.encode().decode("latin-1"))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "uptime" not in answer.text


def test_another_scheme_is_refused(start_server):
    """The token is a bearer token and nothing else."""
    answer = get(start_server(monitored), "status", token=None, Authorization=f"Basic {TOKEN}")
    assert answer.status_code == 401


def test_it_is_read_only(start_server):
    """There is no other method."""
    server = start_server(monitored)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert requests.post(f"{server.url}-/status", headers=headers, timeout=30).status_code == 405


@pytest.mark.parametrize("field", ["X-Forwarded-For", "Forwarded", "Via"])
def test_a_proxy_in_the_clear_is_refused(start_server, field):
    """Behind one everybody seems to be this machine; the token is not looked at."""
    answer = get(start_server(monitored), "status", **{field: "1.2.3.4"})
    assert (answer.status_code, "over TLS" in answer.text) == (403, True)


def test_a_trusted_proxy_with_tls_is_answered(start_server):
    """It says that the client came over TLS."""

    def trusting(server):
        monitored(server)
        server.trusted_proxies = ["127.0.0.1"]

    server = start_server(trusting)
    fields = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    assert get(server, "status", **fields).status_code == 200
    fields["X-Forwarded-Proto"] = "http"
    assert get(server, "status", **fields).status_code == 403


def test_who_wants_may_have_it_in_the_clear(start_server):
    """For networks that are safe."""
    server = start_server(lambda server: monitored(server, plain_http=True))
    assert get(server, "status", Via="1.1 proxy").status_code == 200


def test_over_tls(start_server, authority):
    """A proxy does not matter then."""
    server = start_server(monitored, certfile=authority.certfile, keyfile=authority.keyfile)
    headers = {"Authorization": f"Bearer {TOKEN}", "Via": "1.1 proxy"}
    url = f"{server.url}-/status"
    with requests.Session() as session:
        session.trust_env, session.verify = False, authority.root
        assert session.get(url, headers=headers, timeout=30).status_code == 200


def test_a_token_is_made(live_server):
    """It is long enough, and given to who asked for it."""
    token = live_server.enable_monitor("/ops/")
    url = f"{live_server.url}ops/status"
    headers = {"Authorization": f"bearer {token}"}  # the scheme has no case (RFC 9110 11.1)
    assert requests.get(url, headers=headers, timeout=30).status_code == 200
    assert len(token) >= 32


@pytest.mark.parametrize(
    "options",
    [
        {"token": "short"},
        {"token": "x" * 15},
        {"token": "with a space in it"},
        {"token": "ä" * 20},
        {"path": "/x"},
        {"path": "x/"},
        {"path": "/:name/"},
    ],
)
def test_what_cannot_work_is_refused(live_server, options):
    """Before anybody can reach it."""
    with pytest.raises(ConfigurationError):
        live_server.enable_monitor(**options)
    assert get(live_server, "status").status_code == 404


def test_a_second_one_at_the_same_path_is_refused(start_server):
    """It would get a token that is worth nothing; at another path it works."""
    server = start_server(monitored)
    with pytest.raises(ConfigurationError, match="already"):
        server.enable_monitor()
    token = server.enable_monitor("/other/")
    assert token != TOKEN
    assert get(server, "status").status_code == 200


def test_head_has_the_fields_only(start_server):
    """As everywhere."""
    server = start_server(monitored)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = requests.head(f"{server.url}-/metrics", headers=headers, timeout=30)
    assert (answer.status_code, answer.content) == (200, b"")


def test_questions_that_went_well_are_not_logged(start_server):
    """They come four times a minute; those of strangers are."""
    log = StringIO()
    server = start_server(monitored, log=MessageLog(log))
    get(server, "metrics")
    get(server, "metrics", token="wrong")
    server.shutdown()
    assert [line[-4:] for line in log.getvalue().splitlines() if "GET" in line] == [" 401"]
