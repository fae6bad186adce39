"""Arguments of endpoints that are made late: nobody can tell."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from quick_htag.messages.headers import Headers
from quick_htag.messages.late_args import LateArgs
from quick_htag.messages.request import Request


@pytest.fixture
def args():
    """Of a request with one cookie."""
    request = Request("GET", "/m/x?a=1", Headers([("Cookie", "a=1")]))
    args = LateArgs({"meta": request.meta})
    args.late = request
    args.rest = lambda path: path.split("/")[2:]
    return args


def test_a_cookie_is_there_by_its_key(args):
    """The usual way to get at a cookie."""
    assert args["cookie"]["a"].value == "1"


def test_cookies_are_read_once(args):
    """What a function changes in them stays."""
    args["cookie"]["b"] = "2"
    assert set(args["cookie"]) == {"a", "b"}


@pytest.mark.parametrize(
    "look",
    [
        lambda args: "cookie" in args,
        lambda args: args.get("cookie"),
        lambda args: len(args) == 8,
        lambda args: list(args)[-1] == "cookie",
        lambda args: "cookie" in args.keys(),  # noqa: SIM118 the method is what is tried
        lambda args: dict(args.items())["cookie"],
        lambda args: list(args.values())[7],
        lambda args: {**args}["cookie"],
        lambda args: dict(args)["cookie"],
        lambda args: (args | {})["cookie"],
        lambda args: ({} | args)["cookie"],
        lambda args: args.copy()["cookie"],
        lambda args: copy.copy(args)["cookie"],
        lambda args: copy.deepcopy(args)["cookie"],
        lambda args: pickle.loads(pickle.dumps(args))["cookie"],
        lambda args: json.loads(json.dumps(args))["cookie"],
        lambda args: args.pop("cookie"),
        lambda args: args.popitem()[0] == "cookie",
        lambda args: args.setdefault("cookie", None),
        lambda args: args == dict(args),
        lambda args: "a='1'" in repr(args),
        lambda args: next(reversed(args)) == "cookie",
        lambda args: (lambda **given: given["cookie"])(**args),
    ],
)
def test_every_other_way_to_look_finds_the_cookies(args, look):
    """It is a dict in every respect."""
    assert look(args)


def test_cookies_that_were_taken_out_stay_out(args):
    """They do not come back when they are looked for again."""
    del args["cookie"]
    assert "cookie" not in args
    with pytest.raises(KeyError):
        args["cookie"]


def test_cookies_that_were_set_are_these(args):
    """A middleware may put its own in their place."""
    args["cookie"] = None
    assert args["cookie"] is None


def test_another_key_is_missing_as_in_a_dict(args):
    """The error names it."""
    with pytest.raises(KeyError, match="other"):
        args["other"]


KEYS = {"paths", "query", "post", "files", "segments", "fragment", "meta", "cookie"}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_argument_is_there_by_its_key(args, key):
    """Whichever is asked for first."""
    assert args[key] is args[key]
    assert set(args) == KEYS


def test_arguments_are_those_of_the_request(args):
    """What follows the mask, and the query."""
    assert (args["paths"], args["query"]) == (["x"], {"a": "1"})


@pytest.mark.parametrize(
    "put",
    [
        lambda args: args.__setitem__("query", 7),
        lambda args: args.update(query=7),
        lambda args: args.update({"query": 7}),
        lambda args: args.__ior__({"query": 7}),
        lambda args: args.pop("query") and args.setdefault("query", 7),
    ],
)
def test_what_a_middleware_has_put_there_stays(args, put):
    """Also when it came before anybody has looked."""
    put(args)
    assert (args["query"], args["paths"]) == (7, ["x"])


def test_what_was_cleared_stays_away(args):
    """Nothing is made after that."""
    args.clear()
    assert (dict(args), len(args)) == ({}, 0)
    with pytest.raises(KeyError):
        args["paths"]
