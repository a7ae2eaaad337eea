"""The stand-in plugin and the program without their starts: a process that has imported both forks itself.

For every run of the engine it forks a plugin, to which the engine attaches by `PULUMI_DEBUG_PROVIDERS`: each line of
standard input is the environment of one, as JSON, and the answer is its port and its process. For every Python that the
engine starts (tests/engine/python) it forks one that runs the script: the command line and the environment come with
the three standard files over a socket, whose address is the first answer, and the exit status goes back.

`test_plugin.py` and `test_make.py` have the engine start both itself.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import runpy
import shutil
import signal
import socket
import sys
import tempfile
import threading
import traceback
from contextlib import suppress
from pathlib import Path

import pulumi.dynamic  # noqa: F401
import pulumi_azure_native

import components  # noqa: F401
from local.provider.schema import TYPES
from local.provider.server import run

NOTHING = b""
FROM = str(Path.cwd())


def main() -> None:
    """Serves until standard input ends."""
    _ = [type.located for type in TYPES.values()]  # imports the SDK's modules
    _ = pulumi_azure_native.compute, pulumi_azure_native.resources, pulumi_azure_native.authorization
    gc.freeze()  # what is shared isn't looked at, and so not copied
    directory = tempfile.mkdtemp(prefix="forks-")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"{directory}/socket")
    listening.listen(16)
    programs = os.fork()
    if programs == 0:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        serve_programs(listening)
    print(json.dumps({"programs": listening.getsockname()}), flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for plugins
    for line in sys.stdin:
        fork_plugin(json.loads(line))
    os.kill(programs, signal.SIGKILL)
    shutil.rmtree(directory)


def fork_plugin(environment: dict[str, str]) -> None:
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        os.dup2(theirs, 1)
        os.environ.clear()
        os.environ.update(environment)
        asyncio.run(run())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as printed:
        print(json.dumps({"port": int(printed.readline()), "process": child}), flush=True)


def serve_programs(listening: socket.socket) -> None:
    while True:
        asking, _ = listening.accept()
        child = os.fork()
        if child == 0:
            listening.close()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            run_program(asking)
        threading.Thread(target=tell_status, args=(asking, child), daemon=True).start()


def tell_status(asking: socket.socket, child: int) -> None:
    with asking, suppress(OSError):  # who asked may have been killed
        asking.sendall(f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        asking.sendall(f"{os.waitstatus_to_exitcode(status) & 255}\n".encode())


def run_program(asking: socket.socket) -> None:
    """Becomes the script that was asked for."""
    first, files, _, _ = socket.recv_fds(asking, 1 << 20, 3)
    while not first.endswith(b"\n"):
        first += asking.recv(1 << 20)
    asked = json.loads(first)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["directory"])
    threading.Thread(target=end_with, args=(asking,), daemon=True).start()
    sys.argv = asked["arguments"]
    more = [path for path in asked["environment"].get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:] = [str(Path(sys.argv[0]).parent), *more, *(path for path in sys.path if path != FROM)]
    status = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as ended:
        status = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # to take everything apart takes longer than most programs


def end_with(asking: socket.socket) -> None:
    """Ends this process when the one that asked for it has ended."""
    if asking.recv(1) == NOTHING:
        os._exit(1)


main()
