import sys

from quick_htag import HtagServer

HtagServer(folder=sys.path[0]).run(port=int([*sys.argv, 8000][1]))
