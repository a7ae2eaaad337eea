"""Completion for a shell: bash and zsh evaluate what this prints, fish sources it."""

import argparse
from collections.abc import Iterable
from pathlib import Path

HELP = "completion for bash, zsh or fish"

SHELLS = ("bash", "zsh", "fish")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell whose words are to be completed")


def run(options: argparse.Namespace, root: Path) -> int:
    """Prints the shell's code, which asks the command itself what could come next."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["gallery"], shell=options.shell))
    return 0


def answer(parser: argparse.ArgumentParser, commands: Iterable[argparse.ArgumentParser], root: Path) -> None:
    """Answers the shell, by argcomplete's protocol, and ends the process."""
    import argcomplete

    from config import names

    for each in commands:
        for action in each._actions:
            if action.metavar == "STACK":
                action.completer = lambda **context: names(root)  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser)
