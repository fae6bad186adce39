import sys

from quick_htag import SimpleServer

SimpleServer("hello:App", debug=True).run("localhost", int([*sys.argv, 8000][1]))
