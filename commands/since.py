"""What git knows of the data files since a commit: which have changed, what versions are new, what stacks are gone."""

import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from commands.common import CommandError

if TYPE_CHECKING:
    from config import Diagnostic


def changed(commit: str, root: Path) -> list[str]:
    """The files that differ from a commit, or from where it parted, by their paths in the project.

    Raises CommandError where git doesn't know.
    """
    names = _git(commit, root, "diff", "--name-only", "--relative", "-z", f"{commit}...HEAD", "--")
    return [name for name in names.split("\0") if name]


def gone_since(commit: str, root: Path) -> "Iterator[Diagnostic]":
    """A warning for each stack that a commit has and the project has no more, be it removed or renamed.

    Raises CommandError where git doesn't know the commit.
    """
    from config import Diagnostic, names
    from config.load import FOLDER, SHARED

    base, now = _base(commit, root), names(root)
    files = _git(commit, root, "ls-tree", "--name-only", "-z", base, f"{FOLDER}/").split("\0")
    before = [Path(file).stem for file in files if file.endswith(".yaml") and file != SHARED]
    new = [stack for stack in now if stack not in before]
    for stack in before:
        if stack not in now:
            stays = "this stack is gone, and what it made stays in Azure and in the engine's state"
            name = new[0] if len(new) == 1 else "NEW"
            rename = f"`pulumi stack rename {name} --stack {stack}` if it has another name now"
            way_out = f"`pulumi destroy --stack {stack} --run-program` before its files go, or {rename}"
            yield Diagnostic(f"{FOLDER}/{stack}.yaml", 1, 1, "", f"{stays}: {way_out} (docs/state.md)", "warning")


def published_since(commit: str, root: Path) -> Callable[[str, tuple[str, str, str]], bool]:
    """Tells whether the data file of a stack has got a version since a commit, or since it parted from there.

    Raises CommandError where git doesn't know the commit.
    """
    base = _base(commit, root)

    @cache
    def before(stack: str) -> object:
        from config.yaml_reader import Document, parse

        file = f"galleries/{stack}.yaml"
        if not _git(commit, root, "ls-tree", "--name-only", base, file):
            return {}
        found = parse(file, _git(commit, root, "show", f"{base}:./{file}").encode())
        return found.value if isinstance(found, Document) else {}

    def is_new(stack: str, place: tuple[str, str, str]) -> bool:
        from config.model import reach

        gallery, image, number = place
        versions = reach(before(stack), "galleries", gallery, "images", image, "versions")
        return not isinstance(versions, dict) or number not in versions

    return is_new


def _base(commit: str, root: Path) -> str:
    """Where this branch parted from a commit."""
    return _git(commit, root, "merge-base", commit, "HEAD").strip()


def _git(commit: str, root: Path, *arguments: str) -> str:
    try:
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, encoding="utf-8", check=True).stdout
    except FileNotFoundError:
        raise CommandError("git is missing, which knows what has changed") from None
    except subprocess.CalledProcessError as error:
        reason = [*error.stderr.strip().splitlines(), "it has nothing in common with what is here"][0]
        told = reason.removeprefix("fatal: ")
        raise CommandError(f"git doesn't tell what has changed since {commit!r}: {told}") from None
