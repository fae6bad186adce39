"""Print echo and line mode of the terminal while they are changed and given back."""

import termios

from quick_htag.process.terminal import open_terminal


def show(when: str) -> None:
    """Print the two modes."""
    local = termios.tcgetattr(0)[3]
    print(when, bool(local & termios.ECHO), bool(local & termios.ICANON), flush=True)


terminal = open_terminal(0)
assert terminal is not None
with terminal.keys():
    show("inside")
show("after")
broken = termios.tcgetattr(0)
broken[3] = 0
termios.tcsetattr(0, termios.TCSANOW, broken)
terminal.restore()
show("restored")
