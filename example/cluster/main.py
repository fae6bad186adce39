"""A cluster on this machine: nginx or HAProxy, three web servers, Redis and Dask, by one command.

python example/cluster/main.py [PORT [nginx|haproxy]]

Needs nginx or haproxy and redis-server (Debian's packages), and pip install
'quick_htag[redis,dask]'. At the prompt: "kill 1" (as a crash), "drain 1" (as SIGTERM does),
"begin 1", "quit".
"""

import sys
import tempfile
from pathlib import Path

from parts import Cluster

from quick_htag import create_server, msg


def add_commands(console, cluster):
    @console.cmd(argc=1)
    def kill(args):
        """kill a server, as a crash does: kill NUMBER"""
        cluster.servers[int(args[0]) - 1].kill()

    @console.cmd(argc=1)
    def drain(args):
        """let a server finish what it has begun, and end: drain NUMBER"""
        cluster.servers[int(args[0]) - 1].drain()

    @console.cmd(argc=1)
    def begin(args):
        """start a server that has ended: begin NUMBER"""
        cluster.servers[int(args[0]) - 1].start()

    @console.cmd(argc=0)
    def servers(args):
        """the servers of the cluster"""
        for number, one in enumerate(cluster.servers, 1):
            msg("{0}: port {1}, {2}", number, one.port, "runs" if one.runs() else "has ended")


if __name__ == "__main__":
    port, proxy = [*sys.argv[1:], *["8080", "nginx"][len(sys.argv) - 1 :]][:2]
    with (
        tempfile.TemporaryDirectory() as folder,
        create_server(("", 0)) as console,  # for its prompt
        Cluster(Path(folder), proxy, int(port)) as cluster,
    ):
        add_commands(console, cluster)
        msg("open {0}", cluster.url)
        console.serve_forever()
