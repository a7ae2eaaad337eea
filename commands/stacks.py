"""The stacks, as a JSON list for a matrix of CI: all of them, or those that a change can touch."""

import argparse
import json
import re
import subprocess
from pathlib import Path

from commands.common import CommandError, select_stacks

HELP = "the stacks that a change can touch, as a JSON list"

NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}").fullmatch
"""A stack's name, as Pulumi takes it."""
EVERYWHERE = ("galleries/images.yaml", "__main__.py", "Pulumi.yaml", "requirements.txt")
"""Files that all stacks are made from."""
PROGRAM = ("cloud/", "components/", "config/")
"""Directories that all stacks are made from."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="COMMIT", help="only those that differ from COMMIT, or from where it parted")


def run(options: argparse.Namespace, root: Path) -> int:
    """Raises CommandError where git doesn't know the commit."""
    stacks = select_stacks([], root)
    for stack in stacks:
        if not NAME(stack):  # they end up in command lines
            raise CommandError(f"{stack!r} is no name of a stack: Pulumi takes letters, digits, '-', '_' and '.'")
    print(json.dumps(touched(stacks, _changed(options.since, root)) if options.since else stacks))
    return 0


def touched(stacks: list[str], files: list[str]) -> list[str]:
    """The stacks that are made from one of these files, by their paths in the project."""
    if any(file in EVERYWHERE or file.startswith(PROGRAM) for file in files):
        return stacks
    return [stack for stack in stacks if {f"galleries/{stack}.yaml", f"Pulumi.{stack}.yaml"} & {*files}]


def _changed(commit: str, root: Path) -> list[str]:
    command = ["git", "diff", "--name-only", "--relative", "-z", f"{commit}...HEAD", "--"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise CommandError("git is missing, which knows what has changed") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip().splitlines()[0].removeprefix("fatal: ")
        raise CommandError(f"git doesn't tell what has changed since {commit!r}: {reason}") from None
    return [name for name in done.stdout.split("\0") if name]
