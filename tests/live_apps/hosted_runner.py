"""A runner as the ones of htagweb are given to gunicorn: ``gunicorn ... hosted_runner:app``."""

from hosted_site import App

from quick_htag import AppServer

app = AppServer(App)
app.add_route("/who", lambda request: {"hello": request.session.get("count")})
