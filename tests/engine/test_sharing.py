"""Whom a gallery is shared with, through the life of a stack: previewed, applied, watched, withdrawn, taken over."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

from .conftest import CASES, SUBSCRIPTION, Project

MakeProject = Callable[..., Project]

GALLERIES = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/imagesRG/providers/Microsoft.Compute/galleries"
A, B, C = (f"00000000-0000-0000-0000-00000000000{letter}" for letter in "abc")
TENANT = "00000000-0000-0000-0000-0000000000aa"


def profile(dev: Project, gallery: str = "factory") -> dict[str, Any]:
    """How Azure shares a gallery."""
    query = {"$expand": "SharingProfile/Groups"}
    [found] = dev.cloud(("GET", f"{GALLERIES}/{gallery}", query))
    shared: dict[str, Any] = found["properties"].get("sharingProfile", {})
    return shared


def subscriptions(dev: Project) -> set[str]:
    groups = profile(dev).get("groups", [])
    return {id for group in groups for id in group["ids"]}


def share(dev: Project, operation: str, **groups: list[str]) -> None:
    """The share action, by somebody else."""
    body = {"operationType": operation, "groups": [{"type": type, "ids": ids} for type, ids in groups.items()]}
    dev.cloud(("POST", f"{GALLERIES}/factory/share", body))


def write(dev: Project, step: str) -> None:
    """The data file of a step of the case."""
    file = CASES / "share-withdrawn" / step / "galleries/dev.yaml"
    (dev.directory / "galleries/dev.yaml").write_text(file.read_text())


def told(dev: Project, *command: str) -> str:
    done = dev.run(*command, "--stack", "dev")
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr


def up(dev: Project) -> str:
    return dev.pulumi("up", "--yes", "--skip-preview", "--stack", "dev")


def state(dev: Project) -> list[dict[str, Any]]:
    """The resources in the engine's state that share a gallery."""
    exported = dev.pulumi("stack", "export", "--stack", "dev")
    assert "top secret" not in exported
    return [r for r in json.loads(exported)["deployment"]["resources"] if r["type"].endswith(":GallerySharing")]


def test_groups_are_previewed_applied_watched_and_withdrawn(project: MakeProject) -> None:
    dev = project("share-withdrawn")
    dev.pulumi("config", "set", "--secret", "azure-native:clientSecret", "top secret", "--stack", "dev")
    dev.edit(lambda data: data["galleries"].update(private=None))
    up(dev)
    assert profile(dev)["permissions"] == "Groups" and subscriptions(dev) == {A, B}
    assert [resource["id"] for resource in state(dev)] == [f"{GALLERIES}/factory"], "the private gallery has none"

    # b goes, c comes: the preview says so, and nothing but that is done.
    write(dev, "step2")
    dev.edit(lambda data: data["galleries"].update(private=None))
    dev.edit(lambda data: data["galleries"]["factory"]["sharingProfile"]["groups"]["subscriptions"].append(C))
    preview = told(dev, "preview")
    assert f"factory/sharing update [diff: +subscription {C}-subscription {B}]" in preview
    assert f"warning: factory: it would withdraw access from the subscription {B}" in preview
    up(dev)
    assert subscriptions(dev) == {A, C}

    # Production wants a withdrawal to be declared.
    write(dev, "step3")
    dev.edit(lambda data: data.update(protect=True))
    dev.edit(lambda data: data["galleries"].update(private=None))
    assert (
        f"factory: it would withdraw access from the subscriptions {A} and {C}; it is protected: write allowLosses: "
        "{factory: [access]} if that is meant" in told(dev, "preview")
    )

    # Behind the engine's back.
    share(dev, "Add", AADTenants=[TENANT])
    share(dev, "Remove", Subscriptions=[A])
    drift = dev.run("refresh", "--preview-only", "--expect-no-changes", "--json", "--stack", "dev")
    assert drift.returncode != 0
    report = dev.gallery("report", given=drift.stdout).stdout
    assert f"**Access to gallery factory has been given to the tenant {TENANT}**." in report
    assert f"**Access to gallery factory has been withdrawn from the subscription {A}**." in report
    dev.pulumi("refresh", "--yes", "--stack", "dev")
    dev.edit(lambda data: data.update(allowLosses={"factory": ["access"]}))
    assert f"it would withdraw access from the subscription {C} and the tenant {TENANT}" in up(dev)
    assert profile(dev) == {"permissions": "Groups"}, "it can be shared again"

    # Nothing is left, without the program.
    share(dev, "Add", Subscriptions=[A])
    (dev.directory / "__main__.py").rename(dev.directory / "gone")
    dev.pulumi("state", "unprotect", "--all", "--yes", "--stack", "dev")
    dev.pulumi("destroy", "--yes", "--stack", "dev")
    assert dev.get(f"{GALLERIES}/factory") is None


def public(data: dict[str, Any]) -> None:
    data["galleries"]["factory"] = {
        "sharingProfile": {
            "permissions": "Community",
            "communityGalleryInfo": {
                "publisherUri": "https://example.com",
                "publisherContact": "images@example.com",
                "eula": "https://example.com/eula",
                "publicNamePrefix": "contoso",
            },
        }
    }


def test_a_community_gallery_opens_region_by_region_moves_and_closes(project: MakeProject) -> None:
    dev = project("share-withdrawn")
    dev.edit(public)
    (dev.home / "faults.yaml").write_text("- {method: POST, path: '*/share', failing: [westeurope], times: 1}\n")

    first = dev.run("up", "--yes", "--skip-preview", "--stack", "dev")

    assert first.returncode != 0
    assert "factory: sharing it failed in westeurope (Failed with internal server error); the next" in first.stdout
    assert "factory: everybody would get access to its images" in first.stdout
    assert "is tried again" in told(dev, "preview")
    assert "everybody" not in up(dev), "it has been public since the first try"
    dev.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")

    # A gallery that moves is closed, deleted, made anew and opened.
    [name] = profile(dev)["communityGalleryInfo"]["publicNames"]
    dev.edit(lambda data: data.update(location="northeurope", allowDeletion=["factory"]))
    up(dev)
    info = profile(dev)["communityGalleryInfo"]
    assert info["communityGalleryEnabled"] is True and info["publicNames"] != [name]

    dev.pulumi("destroy", "--yes", "--run-program", "--stack", "dev")
    assert dev.get(f"{GALLERIES}/factory") is None


def test_an_interrupted_update_goes_on_and_what_azure_has_is_taken_over(project: MakeProject) -> None:
    dev = project("share-withdrawn")
    dev.edit(lambda data: data["galleries"]["factory"]["sharingProfile"].pop("groups"))
    up(dev)
    (dev.home / "faults.yaml").write_text("- {method: POST, path: '*/share', endless: true, times: 1}\n")
    write(dev, "")
    at_work = lambda: dev.get(f"{GALLERIES}/factory")["properties"]["provisioningState"] == "Updating"  # noqa: E731
    dev.interrupt_up(signal.SIGKILL, at_work)
    dev.pulumi("cancel", "--yes", "--stack", "dev")
    (dev.home / "faults.yaml").unlink()

    up(dev)
    assert subscriptions(dev) == {A, B}

    # A state that knows nothing of it, as an earlier release left it: what Azure has is taken over.
    [resource] = state(dev)
    dev.pulumi("state", "delete", resource["urn"], "--yes", "--stack", "dev")
    share(dev, "Add", Subscriptions=[C])
    preview = dev.run("preview", "--json", "--show-sames", "--stack", "dev")
    report = dev.gallery("report", "--guard", given=preview.stdout)
    assert (report.returncode, report.stderr) == (0, "")
    assert "(or keeps it: the stack takes over what Azure has)" in report.stdout
    assert f"factory: it would withdraw access from the subscription {C}" in report.stdout
    up(dev)
    assert subscriptions(dev) == {A, B}
    assert dev.preview() == {}
