"""Every error and warning in the data files, with file, line and column. Asks nobody: it needs no Azure and no
network.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from commands import pipelines
from commands.common import count, select_stacks
from commands.since import gone_since, published_since

if TYPE_CHECKING:
    from config import Diagnostic, Stack

HELP = "every error and warning in the data files, with file, line and column"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stacks", nargs="*", metavar="STACK", help="a stack to check; without one, all of them")
    parser.add_argument("--strict", action="store_true", help="a warning fails the check, too")
    parser.add_argument(
        "--since",
        metavar="COMMIT",
        help="compare with COMMIT: versions that it lacks are yet to be made, stacks that it has are missed",
    )
    parser.add_argument(
        "--format",
        choices=("text", "github", "json"),
        default="text",
        help="lines for people, annotations for GitHub's workflows, or a JSON list",
    )


def run(options: argparse.Namespace, root: Path) -> int:
    """Exit status 1 if there is an error, or a warning where they count."""
    import config

    wanted = select_stacks(options.stacks, root)
    checked = {stack: config.check(stack, root) for stack in config.names(root)}
    stacks = {stack: each.stack for stack, each in checked.items()}
    files = {f"{at}{stack}.yaml" for stack in wanted for at in ("galleries/", "Pulumi.")}
    is_new = published_since(options.since, root) if options.since else None
    found: set[Diagnostic] = {m for m in config.between(root, stacks, is_new) if m.file in files}
    if not options.stacks:
        found.update(pipelines.differences(root, stacks))
        found.update(gone_since(options.since, root) if options.since else ())
    counts = [0, 0, 0, 0]
    for stack in wanted:
        found.update(checked[stack].diagnostics)  # one in what stacks share is found once for each of them
        if made := stacks[stack]:
            counts = [sum(pair) for pair in zip(counts, _counts(made), strict=True)]
    diagnostics = sorted(found)
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    if options.format == "json":
        print(json.dumps([asdict(diagnostic) for diagnostic in diagnostics], indent=1))
    else:
        line = annotation if options.format == "github" else str
        print("".join(f"{line(diagnostic)}\n" for diagnostic in diagnostics), end="")
    if errors or (options.strict and diagnostics):
        return 1
    if options.format != "json":
        nouns = ("stack", "gallery", "image", "version")
        checked_things = ", ".join(count(*each) for each in zip(counts, nouns, strict=True))
        print(f"{checked_things}: {count(len(diagnostics), 'warning') if diagnostics else 'no errors'}")
    return 0


def annotation(diagnostic: "Diagnostic") -> str:
    """A command to GitHub's workflow runner, which shows the diagnostic beside its line in a pull request.

    Escaped as in the runner's own toolkit (actions/toolkit, packages/core/src/command.ts).
    """
    where = {
        "file": diagnostic.file,
        "line": diagnostic.line,
        "col": diagnostic.column,
        "title": diagnostic.path or diagnostic.file,
    }
    properties = ",".join(
        f"{key}={_escaped(str(value)).replace(':', '%3A').replace(',', '%2C')}" for key, value in where.items()
    )
    return f"::{diagnostic.severity} {properties}::{_escaped(diagnostic.message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _counts(stack: "Stack") -> tuple[int, int, int, int]:
    images = [image for gallery in stack.galleries.values() for image in gallery.images.values()]
    return 1, len(stack.galleries), len(images), sum(len(image.versions) for image in images)
