"""A checkout of this project in a directory of its own, with the tools of this one and nothing of its state."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "tests" / "cases" / "example"
FOREIGN = ("PULUMI_", "ARM_", "AZURE_", "LOCAL_AZURE_", "MAKE", "MFLAGS", "PYTHONDONTWRITEBYTECODE", "GITHUB_")
OURS = ("BASE", "CI", "CLOUD", "FLAT", "SOURCES", "STACK")
USERS = ("galleries", "Pulumi.*.yaml", "azure-pipelines.yml")
"""What belongs to whoever forks this repository."""


@dataclass
class Checkout:
    """A git repository with this project's program and the data of a case, used by a user with a home of its own."""

    directory: Path
    home: Path

    @property
    def env(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN) and k not in OURS}
        return kept | {"HOME": str(self.home), "LOCAL_AZURE_SPEED": "1e6"}

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`make ARGUMENTS`, whatever comes of it."""
        return self.run("make", *arguments, **environment)

    def made(self, *arguments: str, **environment: str) -> str:
        """The same, which must succeed; gives what it printed."""
        done = self.make(*arguments, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def shell(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A script that begins in a shell of `. local/activate`."""
        return self.run("sh", "-c", f". local/activate\n{script}", **environment)

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        env = self.env | environment
        return subprocess.run(command, cwd=self.directory, env=env, capture_output=True, text=True, timeout=300)

    def commit(self) -> None:
        """All that was changed."""
        git(self.directory, "add", "--all")
        who = ("-c", "user.name=test", "-c", "user.email=test@example.com")
        git(self.directory, *who, "commit", "--quiet", "--message=change")


def checked_out(directory: Path, data: Path = EXAMPLE) -> Checkout:
    """The project's files with the data of a case in the place of this repository's, in a folder whose name is no plain
    word."""
    made = Checkout(directory / "my prøject 100%", directory / "home")
    made.home.mkdir()
    listed = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ":!galleries")
    for name in filter(None, listed.split("\0")):
        users = any(Path(name).match(pattern) and "/" not in name for pattern in USERS)
        if (ROOT / name).is_file() and not users:
            (made.directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, made.directory / name)
            os.utime(made.directory / name, (0, 0))  # older than the tools, which are therefore not made anew
    shutil.copytree(data, made.directory, dirs_exist_ok=True)
    git(made.directory, "init", "--quiet")
    made.commit()
    (made.directory / ".venv").symlink_to(ROOT / ".venv")
    (made.directory / ".local").mkdir()
    for tools in ("bin", "home"):
        (made.directory / ".local" / tools).symlink_to(ROOT / ".local" / tools)
    return made


def git(directory: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True, text=True).stdout
