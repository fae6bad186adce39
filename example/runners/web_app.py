import sys

from quick_htag import WebApp

WebApp("hello:App").run(port=int([*sys.argv, 8000][1]))
