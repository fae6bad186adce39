"""Attributes of the application, set on the server."""

from quick_htag import QuickServer


def test_it_is_read_and_set_on_the_application(live_server):
    """What is set on the server holds for its application."""
    live_server.max_age = 60
    assert live_server.app.max_age == live_server.max_age == 60


def test_the_class_documents_it():
    """The attribute of the class has the words of the application."""
    assert "max-age" in QuickServer.max_age.__doc__
