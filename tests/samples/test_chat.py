"""The chat room: one visitor changes the pages of all."""


def test_everybody_reads_it(sample):
    """On threads of their own, and in one loop."""
    for isolation in ("thread", "loop"):
        chat = sample("chat", isolation=isolation)
        pages = [chat.page() for _ in range(3)]
        pages[0].click("button", "hello")
        for page in pages:
            page.wait_for("hello", ".log")


def test_nothing_is_lost_when_all_speak(sample, major):
    """Each page has all of it in the end."""
    chat = sample("chat")
    pages = [chat.page() for _ in range(3)]
    for _ in range(5):
        for page in pages:
            page.click("button", "hello")
    for page in pages:
        page.wait_until(lambda page=page: page.find(".log").text.count("hello") >= 15)


def test_a_dead_member_blocks_nobody(sample):
    """Its session was ended; the others go on."""
    chat = sample("chat")
    chat.page()
    chat.server.guis.clear()
    page = chat.page()
    page.click("button", "hello")
    page.wait_for("hello", ".log")
