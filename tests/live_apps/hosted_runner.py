"""A runner as the ones of htagweb are given to gunicorn: ``gunicorn ... hosted_runner:app``."""

import os

from hosted_site import App

from quick_htag import AppServer


def who(request):
    with request.session as session:
        session["count"] = session.get("count", 0) + 1
    return {"pid": os.getpid(), "count": session["count"]}


app = AppServer(App)
app.add_route("/who", who)
