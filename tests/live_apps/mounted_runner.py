"""A runner mounted in Starlette, as its manual has it: ``uvicorn mounted_runner:app``."""

from hosted_site import App
from starlette.applications import Starlette

from quick_htag import WebApp

app = Starlette(debug=False)
htag_app = WebApp(App)
app.mount("/htag", htag_app.app)
