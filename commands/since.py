"""What git knows of the data files: which have changed since a commit, and which versions are new since then."""

import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

from commands.common import CommandError


def changed(commit: str, root: Path) -> list[str]:
    """The files that differ from a commit, or from where it parted, by their paths in the project.

    Raises CommandError where git doesn't know.
    """
    names = _git(commit, root, "diff", "--name-only", "--relative", "-z", f"{commit}...HEAD", "--")
    return [name for name in names.split("\0") if name]


def published_since(commit: str, root: Path) -> Callable[[str, tuple[str, str, str]], bool]:
    """Tells whether the data file of a stack has got a version since a commit, or since it parted from there.

    Raises CommandError where git doesn't know the commit.
    """
    base = _git(commit, root, "merge-base", commit, "HEAD").strip()

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


def _git(commit: str, root: Path, *arguments: str) -> str:
    try:
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, encoding="utf-8", check=True).stdout
    except FileNotFoundError:
        raise CommandError("git is missing, which knows what has changed") from None
    except subprocess.CalledProcessError as error:
        reason = [*error.stderr.strip().splitlines(), "it has nothing in common with what is here"][0]
        told = reason.removeprefix("fatal: ")
        raise CommandError(f"git doesn't tell what has changed since {commit!r}: {told}") from None
