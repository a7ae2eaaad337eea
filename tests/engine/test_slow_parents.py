"""Azure's parents refuse to go for a while after their children have gone; one command is enough all the same."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from .conftest import Project, version_id

MakeProject = Callable[..., Project]

DEFINITION = version_id("1.0.0").rsplit("/versions/")[0]


@pytest.fixture
def slow(project: MakeProject) -> Project:
    dev = project(speed=50)
    dev.environment["LOCAL_AZURE_PARENT_LAG"] = "60"
    dev.up()
    return dev


def test_a_gallery_goes_with_all_that_is_in_it_in_one_up(slow: Project) -> None:
    slow.edit(lambda data: data.update(galleries={}, allowResourceGroupDeletion=["myGalleryRG"]))

    assert slow.up()["delete"] == 6

    assert slow.get(DEFINITION) is None


def test_a_destroy_that_runs_the_program_needs_one_run(slow: Project) -> None:
    slow.pulumi("destroy", "--run-program", "--yes", "--stack", "dev")

    assert slow.resources() == {}


def test_a_plain_destroy_says_what_azure_said_and_the_next_one_ends_it(slow: Project) -> None:
    first = slow.run("destroy", "--yes", "--stack", "dev")
    assert first.returncode != 0
    assert "CannotDeleteResource" in first.stdout + first.stderr

    time.sleep(60 / slow.speed)
    slow.speed = 1e6
    slow.pulumi("destroy", "--yes", "--stack", "dev")

    assert slow.resources() == {}
