"""Local Azure from the command line: `python -m local prepare`, `serve [--port N]` and `run COMMAND`."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys

from . import ROOT, home

try:
    from . import arm, clients, workspace
    from .run import run
    from .yaml_files import FileError
except ImportError as error:  # any Python finds this module, and only the project's has the packages
    sys.exit(f"local: {error}: open a shell with `. local/activate`, whose Python has what local Azure needs")


def main() -> int:
    """Exit status 0 when done, 1 with one sentence on standard error when not."""
    parser = argparse.ArgumentParser(prog="python -m local", description="An Azure for a laptop without an account.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare", help="make the local stacks, their subscriptions and sources")
    serve = commands.add_parser("serve", help="answer on 127.0.0.1 until interrupted")
    serve.add_argument("--port", type=int, default=0, help="the port to listen on; without it, a free one")
    other = commands.add_parser("run", help="run a command at local Azure: `run gallery status dev`")
    other.add_argument("--for", dest="server", metavar="HOST:PORT", help="end the command when this server is gone")
    other.add_argument("argv", nargs=argparse.REMAINDER, metavar="COMMAND", help="the command, with its arguments")
    arguments = parser.parse_args()
    try:
        if arguments.command == "run":
            if not arguments.argv:
                return _fail("run wants a command")
            return asyncio.run(run(arguments.argv, home(), arguments.server))
        if arguments.command == "prepare":
            for refused in workspace.prepare(ROOT, home(), _assuming()):
                print(f"local: {refused}", file=sys.stderr)
        else:
            asyncio.run(_serve(arguments.port))
    except KeyboardInterrupt:
        return 0
    except subprocess.CalledProcessError as error:
        return _fail(f"`{' '.join(error.cmd)}` failed")
    except (arm.StateError, FileError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    return 0


def _assuming() -> bool:
    """Whether sources that nobody has described are assumed."""
    wanted = os.environ.get("LOCAL_AZURE_SOURCES") or "described"
    if wanted not in ("assumed", "described"):
        raise arm.StateError(f"the sources are to be {wanted!r}: expected assumed, or nothing")
    return wanted == "assumed"


async def _serve(port: int) -> None:
    async with arm.serve(home(), port) as address:
        authority, subscription = arm.authority(home()), next(iter(arm.subscriptions.Subscriptions(home()).known()))
        print(f"Azure Resource Manager: {address}")
        print(f"certificate authority:  {authority}")
        print(clients.instructions(address, authority, subscription), flush=True)
        await asyncio.Event().wait()


def _fail(reason: str) -> int:
    print("\n".join(f"local: {line}" for line in reason.splitlines()), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
