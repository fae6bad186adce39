"""Encryption of messages between an app and its page."""

import base64
import hashlib
import sys

import pytest
from Cryptodome.Cipher import AES

from quick_htag.cipher import TO_PAGE, TO_SERVER, Cipher, new_password
from quick_htag.errors import ConfigurationError, SealBroken

PASSWORD = "a password"


def server(page="page"):
    """The side of the server."""
    return Cipher(PASSWORD, page)


def browser(page="page"):
    """The side of the page."""
    return Cipher(PASSWORD, page, TO_SERVER)


def test_what_is_sealed_is_opened_on_the_other_side():
    """Text of any kind arrives as it was."""
    ours, theirs = server(), browser()
    texts = ["", '{"n":1}', "äöü 漢字 🎉", "x" * 100_000]
    assert [theirs.open(ours.seal(text)) for text in texts] == texts


def test_the_form_on_the_wire():
    """base64 of a 12 byte nonce, ciphertext and a 16 byte tag, the key being a SHA-256."""
    data = base64.b64decode(server().seal("secret"))
    key = hashlib.sha256(PASSWORD.encode()).digest()
    cipher = AES.new(key, AES.MODE_GCM, nonce=data[:12])
    cipher.update((TO_PAGE + "page").encode())
    assert cipher.decrypt_and_verify(data[12:-16], data[-16:]) == b"secret"


def test_the_text_does_not_show():
    """Two equal texts look different."""
    ours = server()
    assert ours.seal("the same") != ours.seal("the same")


def test_plain_text_is_refused():
    """A message that is not encrypted is not taken."""
    with pytest.raises(SealBroken, match="not encrypted"):
        server().open('{"n":1,"p":{}}')


@pytest.mark.parametrize("junk", [" ", "\n", "=", "!", "é", "\ud800"])
def test_letters_that_are_none_of_base64_are_refused(junk):
    """Wherever they are; a changed message is not the same one."""
    message = browser().seal("some text")
    for position in (0, 20, len(message)):
        with pytest.raises(SealBroken, match="not encrypted"):
            server().open(message[:position] + junk + message[position:])


@pytest.mark.parametrize("message", ["", "AAAA", "A" * 36])
def test_a_short_message_is_refused(message):
    """What cannot hold a nonce and a tag is refused."""
    with pytest.raises(SealBroken, match="too short"):
        server().open(message)


@pytest.mark.parametrize("position", [0, 8, 11, 12, 20, -1])
def test_a_changed_message_is_refused(position):
    """Not one byte may be another one."""
    data = bytearray(base64.b64decode(browser().seal("a message of some length")))
    data[position] ^= 1
    with pytest.raises(SealBroken, match="changed"):
        server().open(base64.b64encode(bytes(data)).decode())


def test_a_repeated_message_is_refused():
    """What was recorded on the way does not work twice."""
    ours, theirs = server(), browser()
    first, second = theirs.seal("first"), theirs.seal("second")
    ours.open(first)
    ours.open(second)
    for message in (first, second):
        with pytest.raises(SealBroken, match="before"):
            ours.open(message)


def test_a_forged_counter_does_not_lock_the_page_out():
    """Only a message that is real counts as the last one."""
    ours, theirs = server(), browser()
    data = bytearray(base64.b64decode(theirs.seal("x")))
    data[4:12] = b"\xff" * 8
    with pytest.raises(SealBroken):
        ours.open(base64.b64encode(bytes(data)).decode())
    assert ours.open(theirs.seal("still heard")) == "still heard"


def test_a_message_is_for_one_page_and_one_direction():
    """It cannot be sent back, nor to another page with the same password."""
    ours = server()
    for stranger in (server("page"), browser("other")):
        with pytest.raises(SealBroken, match="not for this page"):
            ours.open(stranger.seal("x"))


def test_answers_are_checked_apart():
    """They may be opened before and after messages that are newer, each once, and as answers."""
    ours, theirs = server(), browser()
    first = ours.seal("first")
    answer = ours.seal("answer", answer=True)
    assert theirs.open(answer, answer=True) == "answer"
    assert theirs.open(first) == "first"
    with pytest.raises(SealBroken, match="before"):
        theirs.open(answer, answer=True)
    with pytest.raises(SealBroken, match="not for this page"):
        theirs.open(answer)


def test_passwords_are_never_the_same():
    """256 random bits."""
    assert len({new_password() for _ in range(100)}) == 100
    assert len(new_password()) == 43


def test_without_the_library(monkeypatch):
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "Cryptodome.Cipher", None)
    with pytest.raises(ConfigurationError, match="pip install pycryptodomex"):
        server()
