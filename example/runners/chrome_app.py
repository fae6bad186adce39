import sys

from quick_htag import ChromeApp

ChromeApp("hello:App", width=300, height=200).run(port=int([*sys.argv, 8000][1]))
