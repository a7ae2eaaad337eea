"""Killed processes, interrupts and stale locks: nothing that was acknowledged is lost."""

from __future__ import annotations

import signal
from collections.abc import Callable

from .conftest import Project, version_id

MakeProject = Callable[..., Project]


def interrupt(dev: Project, how: signal.Signals) -> None:
    """Interrupts an update while Azure is building the version, and lets time pass faster then."""
    dev.interrupt_up(how, lambda: dev.get(version_id("1.0.0")) is not None)
    dev.speed = 1e6


def test_a_killed_update_is_taken_up_again(project: MakeProject) -> None:
    dev = project(speed=60)  # a version takes some seconds, long enough to be killed in

    interrupt(dev, signal.SIGKILL)

    # The engine's lock is still there and says so; `pulumi cancel` is the engine's own way to take it away.
    locked = dev.run("up", "--yes", "--skip-preview", "--stack", "dev")
    assert locked.returncode != 0 and "pulumi cancel" in locked.stdout + locked.stderr
    dev.pulumi("cancel", "--yes", "--stack", "dev")

    # Azure went on by itself, and the engine never saw the end of it: the version is taken over. Everything else is in
    # the state.
    assert "myGallery/myImageDefinition" in dev.resources()
    assert "taken over: 1 version\n" in dev.take_over()
    assert "pending" not in dev.pulumi("up", "--yes", "--skip-preview", "--stack", "dev")

    assert dev.preview() == {}
    assert dev.get(version_id("1.0.0"))["properties"]["provisioningState"] == "Succeeded"


def test_an_interrupted_update_ends_in_order(project: MakeProject) -> None:
    """Ctrl-C: the engine lets what is under way finish, keeps its state and gives up its lock."""
    dev = project(speed=60)

    interrupt(dev, signal.SIGINT)

    assert "myGallery/myImageDefinition/1.0.0" in dev.resources()
    dev.up()
    assert dev.preview() == {}
    assert dev.get(version_id("1.0.0"))["properties"]["provisioningState"] == "Succeeded"
