"""Mounted in a FastAPI application: its routes, its documentation, its session, and our pages.

python example/fastapi_mount/main.py [PORT]   (needs fastapi, uvicorn and itsdangerous)
uvicorn --app-dir example/fastapi_mount main:app

Who has signed in by FastAPI is known below /htag, where the live app is.
"""

from __future__ import annotations

import sys

import htag
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from starlette.middleware.sessions import SessionMiddleware

from quick_htag import create_server, msg

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key="a secret of your own")
server = create_server(None)


@app.get("/login/{name}")
async def login(name: str, request: Request):
    request.session["user"] = name
    return RedirectResponse("/htag/")


@server.json_get("/whoami", 0)
def whoami(req, args):
    return {"user": req.session.get("user")}


class Greeting(htag.Tag.App if hasattr(htag, "State") else htag.Tag.div):
    def init(self):
        self += htag.Tag.button("Hello", _onclick=self.greet)

    def greet(self, event=None):
        self += htag.Tag.p("Hello from below /htag")


server.bind_htag("/", Greeting)
app.mount("/htag", server.asgi)


if __name__ == "__main__":
    port = int([*sys.argv, 8080][1])
    msg("open {0}", f"http://localhost:{port}/login/Ada")
    uvicorn.run(app, host="localhost", port=port, log_level="warning")
