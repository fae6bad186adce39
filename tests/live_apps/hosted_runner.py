"""A runner as the ones of htagweb are given to gunicorn: ``gunicorn ... hosted_runner:app``."""

import os

from hosted_site import App

from quick_htag import AppServer, Settings


def who(request):
    with request.session as session:
        session["count"] = session.get("count", 0) + 1
    return {"pid": os.getpid(), "count": session["count"]}


app = AppServer(App)
# gunicorn may kill its workers: the processes of apps do not keep its output open for long then
app._server_options["settings"] = Settings(process_orphan_timeout=1.0)
app.add_route("/who", who)
