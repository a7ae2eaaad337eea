"""A project with the example's data and this project's code, for commands that run as people run them."""

import shutil
from pathlib import Path

import pytest

from tests.commands import EXAMPLE, ROOT


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("example") / "project"
    shutil.copytree(EXAMPLE, directory)
    for name in ("cloud", "commands", "config", "Pulumi.yaml", "pyproject.toml"):
        (directory / name).symlink_to(ROOT / name)
    return directory
