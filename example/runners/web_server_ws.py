import sys

from quick_htag import WebServerWS

WebServerWS("hello:App", timeout=60).run("localhost", int([*sys.argv, 8000][1]))
