"""What the subcommands share: which stacks are meant, why a command can't do its work, and text in columns."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from config import Checked, Stack


class CommandError(Exception):
    """Why a command couldn't do its work, in one sentence for people."""


class Table(NamedTuple):
    """Rows of text under a header."""

    header: list[str]
    rows: list[list[str]]

    def __str__(self) -> str:
        """The table as text, its columns aligned."""
        widths = [max(map(len, column)) for column in zip(self.header, *self.rows, strict=True)]
        lines = (zip(row, widths, strict=True) for row in [self.header, *self.rows])
        return "\n".join("".join(f"  {cell:{width}}" for cell, width in line).rstrip() for line in lines)


def select_stacks(names: Iterable[str], root: Path) -> list[str]:
    """The stacks of these names, or all that have a data file or settings of Pulumi's.

    A data file may stand for its stack. Raises CommandError for a name without either, and where there is no stack.
    """
    import config

    known = config.names(root)
    if not known:
        raise CommandError("no data file: expected galleries/<stack>.yaml, for example galleries/dev.yaml")
    wanted = [Path(name).stem if name.endswith((".yaml", ".yml")) else name for name in names]
    for name in wanted:
        if name not in known:
            raise CommandError(f"no data file for the stack {name!r}: found {', '.join(known)}")
    return [*dict.fromkeys(wanted)] or known


def load_stack(name: str, root: Path) -> tuple[str, "Stack"]:
    """A stack by its name or its data file. Raises CommandError where there is none, or where a file has errors."""
    from config import Diagnostic
    from config.load import settings

    [stack] = select_stacks([name], root)
    made = checked_stack(stack, root)
    if isinstance(where := settings(stack, root), Diagnostic):
        raise CommandError(str(where))
    return stack, made


def checked_stack(stack: str, root: Path) -> "Stack":
    """A stack by its name, wherever it lives. Raises CommandError where its data files have errors."""
    import config

    checked = config.check(stack, root)
    if checked.stack is None:
        raise invalid_stack(stack, checked)
    return checked.stack


def invalid_stack(stack: str, checked: "Checked") -> CommandError:
    """Why a command can't do its work on a stack whose files have errors."""
    found = count(len(checked.errors), "error")
    return CommandError(f"the stack {stack} has {found}: run `gallery check {stack}` to see them")


def count(number: int, noun: str) -> str:
    """A number with its noun: 1 gallery, 2,000 galleries."""
    many = f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"
