"""Galleries that exist become code: data files from Azure, the engine's state from both, and nothing left to change.

What is adopted builds the same again: tests/adoption shows that for many stacks, without the engine.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings

import config
from tests.adoption.answers import answers
from tests.adoption.test_there_and_back import differing, sensible
from tests.azure import SUBSCRIPTION, azure
from tests.components.test_accepts import SOURCES, stacks

from .conftest import CASES, Project, new_directory

OLD = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Old.Images"
GALLERIES = f"{OLD}/providers/Microsoft.Compute/galleries"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/galleries"


def empty(directory: Path, stack: str) -> Project:
    """A checkout without data."""
    (directory / "no-galleries").mkdir(parents=True)
    made = new_directory(directory, directory / "no-galleries", stack, speed=1e4)
    made.environment["ARM_SUBSCRIPTION_ID"] = SUBSCRIPTION
    return made


def adopt(project: Project, *options: str) -> str:
    code, printed, said = project.at_azure("adopt", project.stack, *options)
    assert code == 0, f"{printed}\n{said}"
    project.pulumi("stack", "init", project.stack)
    return printed


def served(project: Project) -> Any:
    return azure(project.home, speed=project.speed)


def test_galleries_that_others_have_made(tmp_path: Path) -> None:
    """By Azure CLI, by hand, by newer api-versions; the engine never saw any of it."""
    prod = empty(tmp_path, "prod")
    with served(prod) as cloud:
        cloud.fill(SOURCES[0])
        cloud.fill(CASES / "adopt/azure.yaml")
        groups = [{"type": "Subscriptions", "ids": ["33333333-3333-3333-3333-333333333333"]}]
        cloud.share(f"{GALLERIES}/shared", {"operationType": "Add", "groups": groups})
        cloud.share(f"{GALLERIES}/open", {"operationType": "EnableCommunity"})
        gone = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/sources/providers/Microsoft.Compute/images/image"
        cloud.delete(gone)  # most versions are made from it

    told = adopt(prod)
    taken = prod.take_over()

    assert "wrote galleries/prod.yaml: 4 galleries, 4 images, 12 versions\n" in told
    assert "  grown: the VM application tool\n" in told and "bin/web/0.8.0: deleted softly, on" in told
    assert "taken over: 4 galleries, 4 images, 12 versions, 2 role assignments, 1 lock, 2 sharings\n" in taken
    assert "pulumi preview and pulumi refresh show no change\n" in taken
    resources = prod.resources()
    guarded = [each for each in resources.values() if ":authorization:" not in each["type"]]
    assert all(each.get("protect") for each in guarded), "the engine protects no lock and no role assignment"
    with served(prod) as cloud:
        before = answers(cloud, OLD)
    assert prod.up().keys() == {"same"}

    # A change of what was taken over is a change of that alone, and leaves what nobody manages as it is.
    def own(data: dict[str, Any]) -> None:
        data["galleries"]["grown"]["ownTags"]["owner"] = "images"

    prod.edit(own)
    assert prod.up()["update"] == 1
    with served(prod) as cloud:
        after = answers(cloud, OLD)
        for kind in ("applications/tool", "inVMAccessControlProfiles/metadata"):
            assert cloud.get(f"{OLD}/providers/Microsoft.Compute/galleries/grown/{kind}")
    [(id, (was, will))] = differing(before, after).items()
    assert id.endswith("/galleries/grown") and will == {**was, "tags": {"costCenter": "42", "owner": "images"}}


@settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=stacks)
def test_a_stack_of_the_program(tmp_path_factory: Any, data: dict[str, Any]) -> None:
    """From one checkout and state to another, and from there into an empty cloud."""
    directory = tmp_path_factory.mktemp("first")
    (directory / "data").mkdir()
    (directory / "data/dev.yaml").write_text(yaml.safe_dump(sensible({**data, "protect": False})))
    first = new_directory(directory, directory / "data", "dev", speed=1e9)
    stack = config.check("dev", directory).stack
    images = [image for gallery in stack.galleries.values() for image in gallery.images.values()] if stack else []
    assume(len(images) > 1 and sum(len(image.versions) for image in images) > 2)
    put(first)
    first.environment["ARM_SUBSCRIPTION_ID"] = SUBSCRIPTION
    first.pulumi("stack", "init", "dev")
    assume(first.run("up", "--yes", "--skip-preview", "--stack", "dev").returncode == 0)
    second = empty(directory / "second", "dev")
    second.home.rmdir()
    second.home.symlink_to(first.home)

    adopt(second, "--resource-group", "galleries")
    second.take_over()

    shown, adopted = (json.loads(each.gallery("show", "dev", "--json").stdout) for each in (first, second))
    assert (shown["images"], shown["totals"], shown["quotas"]) == tuple(
        adopted[k] for k in ("images", "totals", "quotas")
    )
    with served(first) as cloud:
        before = answers(cloud, GROUP)
    (directory / "third").mkdir()
    third = new_directory(directory / "third", second.directory / "galleries", "dev", speed=1e9)
    third.environment["ARM_SUBSCRIPTION_ID"] = SUBSCRIPTION
    put(third, {GROUP: {"location": "eastus"}})
    third.pulumi("stack", "init", "dev")
    third.up()
    with served(third) as cloud:
        assert differing(before, answers(cloud, GROUP)) == {}


def put(project: Project, more: dict[str, Any] | None = None) -> None:
    """Fills a cloud with what versions are made from, and with more, by id."""
    with served(project) as cloud:
        for file in SOURCES:
            cloud.fill(file)
        cloud.put(more or {}, "2024-03-01")
