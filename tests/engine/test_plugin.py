"""The stand-in plugin as programs other than ours see it, through the real engine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from local import seeding

from .conftest import EXAMPLE, SOURCES, Project

MakeProgram = Callable[..., Project]

PROGRAMS = Path(__file__).with_name("programs")
DEV = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
GALLERY = f"{DEV}/group/providers/Microsoft.Compute/galleries/gallery"
VERSION = f"{GALLERY}/images/definition/versions/1.0.0"


@pytest.fixture
def program(tmp_path: Path) -> MakeProgram:
    """Makes a project of one of the programs, with the example's sources in its cloud."""

    def make(name: str, stack: str, speed: float = 1e6) -> Project:
        made = Project(tmp_path, stack, speed, cold=True)
        shutil.copytree(PROGRAMS / name, tmp_path, dirs_exist_ok=True)
        (tmp_path / "Pulumi.yaml").write_text("name: plugin\nruntime: python\n")
        shutil.copy(EXAMPLE / f"Pulumi.{stack}.yaml", tmp_path)
        for directory in (tmp_path / "state", made.home):
            directory.mkdir()
        seeding.seed_file(SOURCES, made.home)
        made.pulumi("stack", "init", stack)
        return made

    return make


def test_sources_are_looked_up_in_their_own_subscription(program: MakeProgram) -> None:
    """By an instance of the provider for it, which is a process and a server of its own, or by an argument."""
    staging = program("look_ups", "staging")
    image = f"{DEV}/MyResourceGroup/providers/Microsoft.Compute/images/myImage"

    staging.up()

    assert staging.outputs() == {
        "power": ["ProvisioningState/succeeded", "PowerState/deallocated"],
        "generation": "V1",
        "osState": "Generalized",
        "named": image,
    }
    assert staging.preview() == {}
    staging.pulumi("config", "set", "here", "true")
    refused = staging.run("preview")
    assert refused.returncode != 0
    elsewhere = image.replace("0001/", "0002/")
    assert f'request failed {elsewhere}: Status=404 Code="ResourceGroupNotFound"' in refused.stdout + refused.stderr


def test_a_look_up_of_nothing_stops_the_preview(program: MakeProgram) -> None:
    staging = program("look_ups", "staging")
    staging.pulumi("config", "set", "machine", "none")

    refused = staging.run("preview")

    machine = f"{DEV}/MyResourceGroup/providers/Microsoft.Compute/virtualMachines/none"
    said = f'request failed {machine}: Status=404 Code="ResourceNotFound" Message="The Resource '
    assert refused.returncode != 0 and said in refused.stdout + refused.stderr


def test_a_gallery_of_plain_resources_goes_up_and_reads_back_the_same(program: MakeProgram) -> None:
    """Its location is its group's, which isn't there yet in the first preview; Azure writes its regions otherwise."""
    dev = program("gallery", "dev")
    assert {op for op, _ in dev.preview().values()} == {"create"}

    dev.up()

    assert dev.preview() == {}
    assert dev.resources()["gallery"]["inputs"]["location"] == "westcentralus"
    dev.pulumi("refresh", "--preview-only", "--expect-no-changes")
    assert dev.get(VERSION)["properties"]["publishingProfile"]["targetRegions"][0]["name"] == "West Central US"


def test_a_region_that_others_added_is_drift_and_nothing_else(program: MakeProgram) -> None:
    dev = program("gallery", "dev")
    dev.up()
    body = dev.get(VERSION)
    body["properties"]["publishingProfile"]["targetRegions"].append({"name": "westeurope"})
    dev.cloud(("PUT", VERSION, body))

    dev.pulumi("refresh", "--yes")

    (_, _, third) = dev.resources()["version"]["inputs"]["publishingProfile"]["targetRegions"]
    assert (third["name"], third["regionalReplicaCount"]) == ("West Europe", 1)
    assert dev.preview() == {"version": ("update", ["publishingProfile.targetRegions[2]"])}


def test_what_exists_is_not_created_but_imported(program: MakeProgram) -> None:
    dev = program("gallery", "dev")
    dev.cloud(
        ("PUT", f"{DEV}/group", {"location": "westcentralus"}),
        ("PUT", GALLERY, {"location": "West Central US", "properties": {"description": "d"}}),
    )
    refused = dev.run("up", "--yes", "--skip-preview")
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0 and f"cannot create already existing resource '{DEV}/group'" in said
    none = dev.run("import", "azure-native:compute:Gallery", "gallery", f"{GALLERY}x", "--yes", "--generate-code=false")
    assert none.returncode != 0 and "does not exist" in none.stdout + none.stderr

    for kind, name, id in (
        ("azure-native:resources:ResourceGroup", "group", f"{DEV}/group"),
        ("azure-native:compute:Gallery", "gallery", GALLERY.replace("galleries", "GALLERIES")),
    ):
        dev.pulumi("import", kind, name, id, "--yes", "--generate-code=false", "--protect=false")

    assert dev.resources()["gallery"]["inputs"]["description"] == "d"
    assert dev.resources()["gallery"]["id"] == GALLERY.replace("galleries", "GALLERIES")
    changes = {name: step for name, step in dev.preview().items() if step[0] != "create"}
    assert changes == {"gallery": ("update", ["description"])}


def test_a_creation_out_of_time_is_kept_and_mended(program: MakeProgram) -> None:
    dev = program("gallery", "dev", speed=150)
    dev.pulumi("config", "set", "timeout", "1s")

    refused = dev.run("up", "--yes", "--skip-preview")

    said = refused.stdout + refused.stderr
    assert refused.returncode != 0 and "operation timed out" in said, said
    version = dev.resources()["version"]
    assert (version["id"], version["initErrors"]) == (VERSION, ["operation timed out"])
    dev.pulumi("config", "set", "timeout", "5m")
    assert dev.up() == {"same": 4, "update": 1}
    assert dev.preview() == {}
    assert "initErrors" not in dev.resources()["version"]
