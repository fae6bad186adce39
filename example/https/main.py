"""HTTPS: a server with a certificate, and a page of plain HTTP that leads there.

python example/https/main.py CERTFILE KEYFILE [PORT [PLAIN_PORT]]

Make a certificate to try it with:

openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout server.key -out server.crt

When the files are replaced, new connections get the new certificate within a minute; the command
"renew" does it at once.
"""

from __future__ import annotations

import sys

from quick_htag import create_server, msg


def add_routes(server):
    @server.json_get("/secure", 0)
    def secure(req, args):
        return {"scheme": req.scheme, "url": req.url}

    @server.text_get("/", 0)
    def page(req, args):
        return f"this page came by {req.scheme}\n"

    @server.cmd(argc=0)
    def renew(args):
        server.reload_certificate()


def lead_to(plain, url):
    @plain.text_get("/", 0)
    def elsewhere(req, args):
        return f"use {url}\n"


if __name__ == "__main__":
    certfile, keyfile = sys.argv[1:3]
    port, plain_port = (int(text) for text in [*sys.argv[3:], 8443, 8080][:2])
    with (
        create_server(("", port), certfile=certfile, keyfile=keyfile) as server,
        create_server(("", plain_port)) as plain,
    ):
        add_routes(server)
        lead_to(plain, server.url)
        plain.start()
        msg("{0} leads to {1}", plain.url, server.url)
        server.serve_forever()
