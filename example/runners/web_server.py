import sys

from quick_htag import WebServer

WebServer("hello:App", timeout=60).run("localhost", int([*sys.argv, 8000][1]))
