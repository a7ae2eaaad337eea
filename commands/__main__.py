"""The `gallery` command, run in the project's directory or a folder below it; the same as `python -m commands`."""

import argparse
import os
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from commands import check, completion, report, schema, show, stacks, status
from commands.common import CommandError

ROOT = Path(__file__).parents[1]
COMMANDS = {
    "check": check,
    "show": show,
    "status": status,
    "report": report,
    "stacks": stacks,
    "schema": schema,
    "completion": completion,
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        print(f"gallery {project['version']}")
        parser.exit()


def main(arguments: Sequence[str] | None = None, root: Path | None = None) -> int:
    """Works on the project in `root`, by default the one that this code is in, and from no folder outside of it.

    Exit status 0 when all is well, 1 when what was looked at isn't, 2 with one sentence on standard error when the
    command couldn't do its work; for an interrupt and a closed pipe, the shell's own.
    """
    try:
        status = _run(arguments, root)
        print(end="", flush=True)
        return status
    except CommandError as failure:
        print(f"gallery: {failure}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.filename is None:
            # What is left in the buffer has nowhere to go when Python exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # the reader has seen enough
            return 141
        print(f"gallery: {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
    return 2


def _run(arguments: Sequence[str] | None, root: Path | None) -> int:
    parser = _Parser(prog="gallery", description="Azure Compute Gallery as code: what to do with the data files.")
    parser.add_argument("--version", action=_Version, nargs=0, help="the release of this project")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        module.arguments(subparsers.add_parser(name, help=module.HELP, description=module.__doc__))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # an output that doesn't know a character gets its code
            stream.reconfigure(errors="backslashreplace")
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what could come next; this doesn't return
        completion.answer(parser, subparsers.choices.values(), root or ROOT)
    try:
        options = parser.parse_args(arguments)
    except SystemExit as told:
        return int(told.code or 0)
    status: int = COMMANDS[options.command].run(options, root or _project())
    return status


def _project() -> Path:
    """The project that this code is in. Raises CommandError where the command is run outside of it."""
    here = Path.cwd()
    if not here.resolve().is_relative_to(ROOT.resolve()):
        raise CommandError(f"{here} is outside of the project in {ROOT}: change to it")
    return ROOT


if __name__ == "__main__":
    sys.exit(main())
