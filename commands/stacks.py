"""The stacks, wave by wave, as JSON for the workflows of CI: all of them, or those that a change can touch."""

import argparse
import json
from pathlib import Path

from commands.common import CommandError, select_stacks
from commands.since import changed

HELP = "the stacks in the order of their deployment, as JSON"

EVERYWHERE = ("galleries/images.yaml", "__main__.py", "Pulumi.yaml", "requirements.txt")
"""Files that all stacks are made from."""
PROGRAM = ("components/", "config/")
"""Directories that all stacks are made from."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="COMMIT", help="only those that differ from COMMIT, or from where it parted")
    parser.add_argument("--flat", action="store_true", help="one list, without the waves")


def run(options: argparse.Namespace, root: Path) -> int:
    """Raises CommandError where the stacks have no order, and where git doesn't know the commit."""
    import config

    select_stacks([], root)
    try:
        waves = config.waves(root)
    except config.ConfigError as error:
        raise CommandError(str(error.diagnostics[0])) from None
    if options.since:
        files = changed(options.since, root)
        waves = [kept for wave in waves if (kept := touched(wave, files))]
    print(json.dumps([stack for wave in waves for stack in wave] if options.flat else waves))
    return 0


def touched(stacks: list[str], files: list[str]) -> list[str]:
    """The stacks that are made from one of these files, by their paths in the project."""
    if any(file in EVERYWHERE or file.startswith(PROGRAM) for file in files):
        return stacks
    return [stack for stack in stacks if {f"galleries/{stack}.yaml", f"Pulumi.{stack}.yaml"} & {*files}]
