"""The leak hunter: nothing of one session is seen or touched by another."""

import threading


def test_nobody_sees_the_other(sample):
    """Two visitors rebuild at the same time, and each finds what is theirs."""
    hunter = sample("hunter")
    pages = {name: hunter.page(query=f"secret={name}") for name in ("first", "other")}
    failures = []

    def work(name, page):
        try:
            for count in range(1, 40):
                page.click("button", "again")
                if page.find(".shown").text != f"{name} {count}":
                    failures.append(page.document.body.html)
        except AssertionError as error:
            failures.append(str(error))

    threads = [threading.Thread(target=work, args=item) for item in pages.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for name, page in pages.items():
        stranger = "other" if name == "first" else "first"
        assert stranger not in page.document.body.html


def test_ids_of_others_do_nothing(sample):
    """A page sends events with the ids of another session."""
    hunter = sample("hunter")
    victim, thief = hunter.page(query="secret=v"), hunter.page(query="secret=t")
    for payload in victim._payloads(victim.find("button"), "click", {}):
        thief.send(payload)
    victim.click("button", "again")
    assert victim.find(".shown").text == "v 1"


def test_methods_that_were_not_offered_are_refused(sample, major):
    """Neither private ones nor inherited ones can be called."""
    page = sample("hunter").page(query="secret=s")
    root = page.document.body["id"]
    for method in ("private", "__init__", "clear", "exit", "__setattr__", "remove"):
        if major == 1:
            call = {"id": int(root), "method": method, "args": [], "kargs": {}, "event": {}}
        else:
            call = {"id": root, "event": method, "data": {"callback_id": "c"}}
        page.send(call)
    page.click("button", "again")
    assert page.find(".shown").text == "s 1"
