"""The README's own commands, in a checkout of their own: they work twice, and write nothing where they shouldn't."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The project's files in a directory of their own, with the tools of this one; they have nothing of its state."""
    target = tmp_path / "checkout"
    listed = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
            os.utime(target / name, (0, 0))  # older than the tools, which are therefore not made anew
    git(target, "init", "--quiet")
    git(target, "add", "--all")
    git(target, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message=checkout")
    (target / ".venv").symlink_to(ROOT / ".venv")
    (target / ".local").mkdir()
    for tools in ("bin", "home"):
        (target / ".local" / tools).symlink_to(ROOT / ".local" / tools)
    return target


def git(directory: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True, text=True).stdout


def test_make_works_twice_and_leaves_files_and_home_alone(checkout: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    foreign = ("PULUMI_", "ARM_", "AZURE_", "MAKE", "MFLAGS")
    env = {k: v for k, v in os.environ.items() if not k.startswith(foreign)} | {
        "HOME": str(home),
        "LOCAL_AZURE_SPEED": "1e6",
        # What a user may have set for real Azure, and local runs must not follow.
        "PULUMI_BACKEND_URL": "azblob://production",
        "PULUMI_HOME": str(home / ".pulumi"),
        "ARM_METADATA_HOSTNAME": "management.example.com",
        "ARM_SUBSCRIPTION_ID": "ffffffff-ffff-ffff-ffff-ffffffffffff",
    }

    def make(*arguments: str) -> str:
        done = subprocess.run(["make", *arguments], cwd=checkout, env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "7 created" in make("up")
    assert "7 unchanged" in make("up")
    assert "7 to create" in make("preview", "STACK=staging")
    assert "7 deleted" in make("destroy")

    for directory, suffix in (("", "Pulumi.{}.yaml"), ("galleries", "{}.yaml")):
        shutil.copy(checkout / directory / suffix.format("dev"), checkout / directory / suffix.format("qa"))
    assert "7 to create" in make("preview", "STACK=qa"), "a new stack is two files"
    for directory, suffix in (("", "Pulumi.{}.yaml"), ("galleries", "{}.yaml")):
        (checkout / directory / suffix.format("qa")).unlink()

    assert git(checkout, "status", "--porcelain") == ""
    assert list(home.iterdir()) == []
