"""Azure CLI for many commands at the price of one start, by the interpreter that az has: `python az_forks.py`.

Each line of standard input is a command, as a JSON list of its arguments; each line of standard output is what became
of it: `{"status", "out", "err"}`. A command is run by az's own entry point in a fork of this process, so that it shares
nothing with the one before it but what lies on disk, as in a shell: this process only imports what commands imported.
One thing is changed: az looks every half a second whether an operation is over, here every hundredth of one.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import sys
import tempfile
import time
from contextlib import suppress
from typing import IO

from azure.cli.core.commands import LongRunningOperation  # type: ignore[import-untyped]


def main() -> None:
    """Serves until standard input ends."""
    LongRunningOperation._delay = lambda self: time.sleep(0.01)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as imported:
            child = os.fork()
            if child == 0:
                _run(json.loads(line), out.fileno(), err.fileno(), imported.fileno())
            _, ended = os.waitpid(child, 0)
            texts = [_read(file) for file in (out, err, imported)]
        answer = {"status": os.waitstatus_to_exitcode(ended), "out": texts[0], "err": texts[1]}
        answers.write(f"{json.dumps(answer)}\n")
        answers.flush()
        for name in texts[2].split():
            with suppress(Exception):  # a module that can't be imported by itself costs its command the time
                importlib.import_module(name)


def _run(arguments: list[str], out: int, err: int, imported: int) -> None:
    """In the fork: `az ARGUMENTS`, to its end."""
    null = os.open(os.devnull, os.O_RDONLY)
    for ours, standard in ((null, 0), (out, 1), (err, 2)):
        os.dup2(ours, standard)
    status: object = 1
    before = set(sys.modules)
    sys.argv = ["az", *arguments]
    try:
        runpy.run_module("azure.cli", run_name="__main__", alter_sys=True)
    except SystemExit as exit:
        status = exit.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(imported, "\n".join(sorted(set(sys.modules) - before)).encode())
    os._exit(status if isinstance(status, int) else 0 if status is None else 1)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


if __name__ == "__main__":
    main()
