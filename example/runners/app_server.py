import sys

from quick_htag import AppServer

server = AppServer("hello:App")
server.add_route("/row/{n:int}", lambda request: {"row": request.path_params["n"]})
server.run("localhost", int([*sys.argv, 8000][1]))
