"""A server that is restarted by its prompt and answers with its generation.

Argument: ``supervised`` or ``replaced``. The generation is kept in a file.
"""

import os
import sys
import time
from pathlib import Path

from quick_htag import Settings, create_server, setup_restart

if sys.argv[1] == "supervised":
    setup_restart()
count = Path("generation")
generation = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(generation))
# who does not leave is waited for; it ends earlier when everybody has gone
settings = Settings(restart_grace=10.0, shutdown_timeout=20.0, header_timeout=60.0)
with create_server(("", 0), settings=settings) as server:
    server.suppress_noise = True

    @server.json_get("/generation", 0)
    def answer(req, args):
        """Quick, for the leader."""
        return generation

    @server.json_get("/slowly", 0)
    def slowly(req, args):
        """Takes its time, on a worker."""
        time.sleep(0.05)
        return generation

    print(
        f"process {os.getpid()}. serves {server.server_port} generation {generation}.", flush=True
    )
    server.serve_forever()
