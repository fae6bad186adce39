"""Every hook of the public interface, found in its signatures, has a test that lets it fail."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import quick_htag
from quick_htag import gui

TESTS = Path(__file__).resolve().parent.parent
PACKAGE = TESTS.parent / "quick_htag"

ENDPOINT = "faults/test_hooks.py::test_a_hook_of_requests"
APP = "faults/test_helper_hooks.py::test_a_call_of_the_app"
ANSWER = "faults/test_helper_hooks.py::test_what_follows_an_answer"
JOB = "faults/test_hooks.py::test_a_job"
SESSION = "faults/test_hooks.py::test_the_start_of_a_session"
TOPIC = "faults/test_hooks.py::test_a_listener_of_a_topic"
SHUTDOWN = "process/test_hooks.py::test_hooks_run_in_reverse_and_the_code_is_130"
INSTANCE = "faults/test_app_hooks.py::test_on_instance"

COVERED = {  # hook: the test; a name with "()" is a decorator
    "*.add_json_*mask.producer": ENDPOINT,
    "*.add_text_*mask.producer": ENDPOINT,
    "*.json_*()": ENDPOINT,
    "*.text_*()": ENDPOINT,
    "*.json_*.cache": "faults/test_hooks.py::test_what_names_an_answer_in_the_cache",
    "*.text_*.cache": "faults/test_hooks.py::test_what_names_an_answer_in_the_cache",
    "*.add_pre_middleware.fun": ENDPOINT,
    "*.before*": ENDPOINT,
    "*.middleware*": ENDPOINT,
    "*.set_file_fallback_hook.fun": "faults/test_hooks.py::test_the_fallback_of_files",
    "*.add_cmd_method.method": "faults/test_hooks.py::test_a_command",
    "*.cmd()": "faults/test_hooks.py::test_a_command",
    "*.complete": "faults/test_hooks.py::test_the_completion_of_a_command",
    "*.websocket()": "faults/test_hooks.py::test_a_websocket",
    "*.sse()": "faults/test_hooks.py::test_events",
    "*.json_worker()": JOB,
    "*.json_worker.cache_id": "faults/test_hooks.py::test_the_name_of_a_job_in_the_cache",
    "*.on_session_start*": SESSION,
    "*.on_session_end*": "faults/test_hooks.py::test_the_end_of_a_session",
    "*.on_reload*": "faults/test_hooks.py::test_what_is_done_on_reload",
    "QuickServer.on_topic()": TOPIC,
    "QuickServer.subscribe*": TOPIC,
    "*.thread_factory": "faults/test_hooks.py::test_the_factory_of_threads",
    "QuickServer.bind_htag.on_exit": "faults/test_app_hooks.py::test_on_exit",
    "QuickServer.bind_htag.on_instance": INSTANCE,
    "QuickServer.htag_app()": "faults/test_app_hooks.py::test_an_app_without_a_page",
    "WebApp.on_instance": INSTANCE,
    "*.add_route.route": "faults/test_app_hooks.py::test_a_route_of_a_runner",
    "*.route()": "faults/test_app_hooks.py::test_a_route_of_a_runner",
    "JobBar.on_*": APP,
    "JobBar.start.fun": JOB,
    "ProcessExecutor.submit.fn": JOB,
    "UploadField.on_upload": "faults/test_helper_hooks.py::test_an_upload",
    "UploadField.on_progress": "faults/test_helper_hooks.py::test_the_progress_of_an_upload",
    "follow_upload.callback": "faults/test_helper_hooks.py::test_a_followed_upload",
    "*.then": ANSWER,
    "subscribe*": APP,
    "debug.fun": "faults/test_hooks.py::test_a_debug_text",
    "set_global_error_handler.fun": "faults/test_hooks.py::test_the_handler_of_errors",
    "add_shutdown_hook.hook": SHUTDOWN,
    "*.update.change": "faults/test_hooks.py::test_a_change_of_a_value_in_a_store",
    "worker_request.progress": "faults/test_hooks.py::test_the_progress_of_a_job_elsewhere",
    # what is no parameter: attributes to be set, objects to be given
    "server.report_slow_requests": "faults/test_hooks.py::test_the_report_of_slow_requests",
    "server.cross_origin": "faults/test_hooks.py::test_who_is_asked_about_origins",
    "server.log.error_handler": "faults/test_hooks.py::test_the_handler_of_errors",
    "server.log.file": "faults/test_hooks.py::test_the_file_of_the_log",
    "handlers of logging": "test_logs.py::test_a_handler_of_logging_that_fails",
    "create_server(token_handler=)": "faults/test_hooks.py::test_the_store_of_tokens",
    "create_server(worker_constructor=)": "faults/test_hooks.py::test_the_factory_of_workers",
    "create_server(store=)": "faults/test_resources.py::test_redis_that_goes_and_comes_back",
    "create_server(executor=)": "jobs/test_service.py::test_an_executor_that_refuses_fails_the_job",
    "handlers of an app": "faults/test_app_hooks.py::test_a_handler",
    "init and text of an app": "faults/test_app_hooks.py::test_an_app_without_a_page",
    "tasks of an app": "faults/test_app_hooks.py::test_a_task",
    "on_destroy of an app": "faults/test_app_hooks.py::test_the_end_of_an_app",
    "streams of endpoints": "faults/test_hooks.py::test_a_stream",
}
NO_HOOKS = (  # callables that are none of the user's code while a server runs
    "*.clock",  # for tests
    "*.sesprovider",  # the name of a store
    "store_of.provider",
    "*.opener",  # of a browser, before anything is served
    "Answer.*",  # given by alert, confirm and prompt
    "get_worker_check()",  # gives one
    "alert()",  # which is the name of what they give
    "confirm()",
    "prompt()",
    "*.wsgi.start_response",  # of the host, see PEP 3333
    "BaseWorker.*",  # parts of quick_server's own class, that DefaultWorker gives
    "DefaultWorker.*",
    "Session.save.permits",  # of the apps of a session
    "App.add_target.*",  # of the package's own handlers, which answer with responses
    "App.add_direct_target.*",
    "App.add_middleware.*",
)


@cache
def aliases() -> frozenset[str]:
    """Names in the package that stand for functions in signatures."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                value = ast.unparse(node.value)
                if value.startswith("Callable[") or ("TypeVar(" in value and "Callable[" in value):
                    found.add(node.targets[0].id)
    return frozenset(found)


def is_function(annotation: Any) -> bool:
    """Whether a function is meant."""
    text = str(annotation)
    return "Callable[" in text or not aliases().isdisjoint(re.findall(r"\w+", text))


def hooks_of(name: str, function: Any) -> Iterator[str]:
    """What takes a function, and what is a decorator."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of a class that is made in C
        return
    for parameter in signature.parameters.values():
        if is_function(parameter.annotation):
            yield f"{name}.{parameter.name}"
    if is_function(signature.return_annotation) or "Decorator[" in str(signature.return_annotation):
        yield f"{name}()"


def hooks() -> set[str]:
    """Every hook of the public names."""
    found: set[str] = set()
    for module in (quick_htag, gui):
        for name in module.__all__:
            one = getattr(module, name)
            if callable(one):
                found.update(hooks_of(name, one))
            for part, method in inspect.getmembers(one, inspect.isroutine):
                if inspect.isclass(one) and not part.startswith("_"):
                    found.update(hooks_of(f"{name}.{part}", method))
    return found


def covered_by(hook: str) -> str | None:
    """The test of a hook."""
    return next((test for name, test in COVERED.items() if fnmatchcase(hook, name)), None)


def test_every_hook_is_known() -> None:
    """Who adds one adds a test in which it fails, and a line above."""
    found = hooks()
    assert len(found) > 100
    unknown = {
        hook
        for hook in found
        if covered_by(hook) is None and not any(fnmatchcase(hook, name) for name in NO_HOOKS)
    }
    assert not unknown


def test_no_line_is_left_of_what_is_gone() -> None:
    """Each names a hook that there is."""
    found = hooks()
    named = [name for name in COVERED if "." in name and not name.startswith("server.")]
    assert [name for name in named if not any(fnmatchcase(hook, name) for hook in found)] == []


def test_the_tests_are_there() -> None:
    """Each is a function of its file."""
    for test in set(COVERED.values()):
        file, _, name = test.partition("::")
        functions = ast.walk(ast.parse((TESTS / file).read_text(encoding="utf-8")))
        assert any(isinstance(one, ast.FunctionDef) and one.name == name for one in functions), test
