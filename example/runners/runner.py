import sys

from quick_htag import Runner

Runner("hello:App", "localhost", int([*sys.argv, 8000][1])).run()
