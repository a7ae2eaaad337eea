"""Every mistake in the data files, with file, line and column. Asks nobody: it needs no Azure and no network."""

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from commands import pipelines
from commands.failure import Failure
from commands.since import published_since

if TYPE_CHECKING:
    from config import Checked, Mistake, Stack

HELP = "every mistake in the data files, with file, line and column"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stacks", nargs="*", metavar="STACK", help="a stack to check; without one, all of them")
    parser.add_argument("--strict", action="store_true", help="a warning fails the check, too")
    parser.add_argument("--since", metavar="COMMIT", help="versions that COMMIT doesn't have are yet to be made")
    parser.add_argument(
        "--format",
        choices=("text", "github", "json"),
        default="text",
        help="lines for people, annotations for GitHub's workflows, or a JSON list",
    )


def run(options: argparse.Namespace, root: Path) -> int:
    """Exit status 1 if there is an error, or a warning where they count."""
    import config

    wanted = chosen(options.stacks, root)
    checked = {stack: config.check(stack, root) for stack in config.names(root)}
    stacks = {stack: each.stack for stack, each in checked.items()}
    files = {f"{at}{stack}.yaml" for stack in wanted for at in ("galleries/", "Pulumi.")}
    is_new = published_since(options.since, root) if options.since else None
    found: set[Mistake] = {m for m in config.between(root, stacks, is_new) if m.file in files}
    if not options.stacks:
        found.update(pipelines.differences(root, stacks))
    counts = [0, 0, 0, 0]
    for stack in wanted:
        found.update(checked[stack].mistakes)  # one in what stacks share is found once for each of them
        if made := stacks[stack]:
            counts = [sum(pair) for pair in zip(counts, _counted(made), strict=True)]
    mistakes = sorted(found)
    errors = sum(mistake.severity == "error" for mistake in mistakes)
    if options.format == "json":
        print(json.dumps([asdict(mistake) for mistake in mistakes], indent=1))
    else:
        line = annotation if options.format == "github" else str
        print("".join(f"{line(mistake)}\n" for mistake in mistakes), end="")
    if errors or (options.strict and mistakes):
        return 1
    if options.format != "json":
        nouns = ("stack", "gallery", "image", "version")
        checked_things = ", ".join(counted(*each) for each in zip(counts, nouns, strict=True))
        print(f"{checked_things}: {counted(len(mistakes), 'warning') if mistakes else 'no mistakes'}")
    return 0


def chosen(names: Iterable[str], root: Path) -> list[str]:
    """The stacks of these names, or all that have a data file or settings of Pulumi's.

    A data file may stand for its stack. Raises Failure for a name without either, and where there is no data file.
    """
    import config

    there = config.stacks(root)
    if not there:
        raise Failure("no data file: expected galleries/<stack>.yaml, for example galleries/dev.yaml")
    known = config.names(root)
    wanted = [Path(name).stem if name.endswith(".yaml") else name for name in names]
    for name in wanted:
        if name not in known:
            raise Failure(f"no data file for the stack {name!r}: found {', '.join(there)}")
    return [*dict.fromkeys(wanted)] or known


def mistaken(stack: str, checked: "Checked") -> Failure:
    """Why a command can't do its work on a stack whose files have mistakes."""
    found = counted(len(checked.errors), "mistake")
    return Failure(f"the stack {stack} has {found}: run `gallery check {stack}` to see them")


def annotation(mistake: "Mistake") -> str:
    """A command to GitHub's workflow runner, which shows the mistake beside its line in a pull request.

    Escaped as in the runner's own toolkit (actions/toolkit, packages/core/src/command.ts).
    """
    where = {"file": mistake.file, "line": mistake.line, "col": mistake.column, "title": mistake.path or mistake.file}
    properties = ",".join(
        f"{key}={_escaped(str(value)).replace(':', '%3A').replace(',', '%2C')}" for key, value in where.items()
    )
    return f"::{mistake.severity} {properties}::{_escaped(mistake.message)}"


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 gallery, 2,000 galleries."""
    many = f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _counted(stack: "Stack") -> tuple[int, int, int, int]:
    images = [image for gallery in stack.galleries.values() for image in gallery.images.values()]
    return 1, len(stack.galleries), len(images), sum(len(image.versions) for image in images)
