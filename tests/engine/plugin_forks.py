"""The stand-in plugin without its start: a process that has imported it forks itself for every run of the engine.

The engine attaches to it by `PULUMI_DEBUG_PROVIDERS`. `test_plugin.py` and `test_make.py` have the engine start the
plugin itself. Each line of standard input is the environment of a plugin, as JSON; the answer is its port and its
process.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

from local.provider.schema import TYPES
from local.provider.server import run


def main() -> None:
    """Serves until standard input ends."""
    _ = [type.located for type in TYPES.values()]  # imports the SDK's modules
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for line in sys.stdin:
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ours)
            os.dup2(theirs, 1)
            os.environ.clear()
            os.environ.update(json.loads(line))
            asyncio.run(run())
            os._exit(0)
        os.close(theirs)
        with os.fdopen(ours) as printed:
            print(json.dumps({"port": int(printed.readline()), "process": child}), flush=True)


main()
