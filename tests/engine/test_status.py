"""`gallery status` at local Azure, by `python -m local run`, while the real engine is at work and afterwards."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

from .conftest import Project, version_id

MakeProject = Callable[..., Project]


def status(dev: Project, *options: str) -> subprocess.Popen[str]:
    return dev.begin("status", "dev", *options)


def told(running: subprocess.Popen[str]) -> tuple[int, str, str]:
    printed, said = running.communicate(timeout=120)
    return running.returncode, printed, said


def test_a_replication_is_followed_from_nothing_to_its_end(project: MakeProject) -> None:
    dev = project(speed=100)
    assert told(status(dev))[0] == 3, "not published yet"

    watching = status(dev, "--watch", "--json", "--interval", "0.2")
    assert watching.stdout
    first = watching.stdout.readline()
    dev.up()

    code, printed, said = told(watching)
    assert (code, said) == (0, "")
    looks = [json.loads(line) for line in [first, *printed.splitlines()]]
    states = list(dict.fromkeys(version["state"] for look in looks for version in look["versions"]))
    assert states == [None, "Creating", "Succeeded"]
    for number, region in enumerate(("westcentralus", "southcentralus", "eastus")):
        progress = [v["regions"][number]["progress"] for look in looks for v in look["versions"] if v["regions"]]
        assert looks[-1]["versions"][0]["regions"][number]["region"] == region
        assert progress == sorted(progress) and progress[-1] == 100
    assert told(status(dev))[0] == 0


def test_a_region_that_failed_is_mended_by_the_change_that_is_advised(project: MakeProject) -> None:
    """Azure's own advice: take the region out, apply, put it back, apply."""
    dev = project()
    (dev.home / "faults.yaml").write_text("- {failing: [eastus], times: 1}\n")
    assert dev.run("up", "--yes", "--skip-preview", "--stack", "dev").returncode != 0
    before = (dev.directory / "galleries" / "dev.yaml").read_text()

    code, printed, said = told(status(dev, "--watch"))

    assert (code, said) == (1, "")
    row = next(line.split() for line in printed.splitlines() if " eastus " in line)
    assert row[:4] == ["myGallery/myImageDefinition/1.0.0", "Failed", "eastus", "Failed"]
    patch = printed[printed.index("--- galleries/dev.yaml") : printed.index("\nThen `pulumi up")]
    for data in (None, before):
        if data:
            (dev.directory / "galleries" / "dev.yaml").write_text(data)
        else:
            subprocess.run(["patch", "--quiet", "-p0"], input=patch, text=True, cwd=dev.directory, check=True)
        dev.up()
        assert told(status(dev))[0] == 0
        targets = dev.get(version_id("1.0.0"))["properties"]["publishingProfile"]["targetRegions"]
        assert ("East US" in [target["name"] for target in targets]) == bool(data)
    assert dev.preview() == {}
