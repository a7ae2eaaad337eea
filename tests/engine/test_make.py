"""The README's own commands, in a checkout of their own: they work twice, and write nothing where they shouldn't."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.checkout import ROOT, Checkout, checked_out, git

from .conftest import SUBSCRIPTION, Project, version_id


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return checked_out(tmp_path)


def test_make_works_twice_and_leaves_files_and_home_alone(checkout: Checkout) -> None:
    # What a user may have set for real Azure, and local runs must not follow.
    real = {
        "PULUMI_BACKEND_URL": "azblob://production",
        "PULUMI_HOME": str(checkout.home / ".pulumi"),
        "ARM_METADATA_HOSTNAME": "management.example.com",
        "ARM_SUBSCRIPTION_ID": "ffffffff-ffff-ffff-ffff-ffffffffffff",
    }
    assert "7 created" in checkout.made("up", **real)
    assert "7 unchanged" in checkout.made("up", **real)
    assert "7 to create" in checkout.made("preview", "STACK=staging", **real)
    assert "7 deleted" in checkout.made("destroy", **real)
    assert git(checkout.directory, "status", "--porcelain") == ""
    assert list(checkout.home.iterdir()) == []


def test_a_shell_of_local_azure_is_one_for_this_project(checkout: Checkout, tmp_path: Path) -> None:
    """From every folder of it; another project's is left alone, and so is real Azure."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "Pulumi.yaml").write_text("name: other\nruntime: python\n")
    done = checkout.shell(
        f"""
        cd galleries/local && pulumi stack ls --json
        cd ../.. && cd docs/example/component && pulumi stack ls --json
        cd ../../../galleries && gallery check && gallery status dev --interval 5
        echo "status $?"
        cd '{tmp_path}/other' && {{ pulumi stack ls; echo "pulumi $?"; gallery check; echo "gallery $?"; }}
        cd '{checkout.directory}' && make up CLOUD=azure; echo "make $?"
        """
    )
    decoder, printed = json.JSONDecoder(), done.stdout
    stacks, end = decoder.raw_decode(printed)
    of_component, after = decoder.raw_decode(printed := printed[end:].lstrip())
    rest = printed[after:]
    assert [stack["name"] for stack in stacks] == ["dev", "prod", "staging"]
    assert of_component == [], "docs/example/component is a project of its own"
    assert "3 stacks, 3 galleries, 3 images, 3 versions: no errors\n" in rest
    assert "status 3\npulumi 1\ngallery 2\nmake 2\n" in rest
    assert f"pulumi: this shell works on local Azure, for the project in {checkout.directory} alone" in done.stderr
    assert f"gallery: {tmp_path}/other is outside of the project in {checkout.directory}: change to it" in done.stderr
    assert "CLOUD=azure in a shell of '. local/activate'" in done.stderr


OLD = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/old"


def test_what_was_adopted_is_a_stack(checkout: Checkout) -> None:
    """The README's commands succeed one after another, whether `. local/activate` came before or between them; and what
    has lost its settings is no stack.
    """
    sources = checkout.directory / "galleries/local/sources.yaml"
    gallery = f"{OLD}/providers/Microsoft.Compute/galleries/old"
    old = f"{OLD}: {{location: eastus}}\n{gallery}: {{location: eastus}}\n"
    sources.write_text(sources.read_text() + old)
    done = checkout.shell(
        f"""
        set -e
        gallery adopt legacy {gallery}
        pulumi stack init legacy
        pulumi config get azure-native:subscriptionId --stack legacy
        . local/activate
        pulumi stack init legacy
        pulumi stack init dev
        rm Pulumi.legacy.yaml
        pulumi preview --stack legacy
        """
    )
    assert f"\n{SUBSCRIPTION}\n" in done.stdout, done.stderr
    assert done.returncode != 0 and "the stack legacy has no Pulumi.legacy.yaml" in done.stdout


def test_on_real_azure_nothing_is_built_and_no_stand_in_installed(tmp_path: Path, checkout: Checkout) -> None:
    path = {"PATH": f"{ROOT / '.local/bin'}:{checkout.env['PATH']}"}
    assert "wants a pulumi that is logged in" in checkout.make("preview", "CLOUD=azure", **path).stderr
    (checkout.directory / ".venv").unlink()
    for tools in ("bin", "home"):
        (checkout.directory / ".local" / tools).unlink()
    planned = checkout.made("--dry-run", "setup", "CLOUD=azure")
    assert "-r requirements.txt" in planned
    for foreign in ("toolchain", "plugin", "requirements-local.txt", "requirements-dev.txt"):
        assert foreign not in planned
    assert "toolchain" in checkout.made("--dry-run", "setup")


NAME, VERSION = "myGallery/myImageDefinition/1.0.0", version_id("1.0.0")


def told(done: subprocess.CompletedProcess[str], checkout: Checkout, stack: str = "dev") -> str:
    """What make printed, which is the report that the workflow shows to people."""
    report = (checkout.directory / f".local/report/{stack}.md").read_text()
    assert report in done.stdout
    return report


def test_the_steps_of_the_workflows(checkout: Checkout) -> None:
    """A pull request, its merge, one that loses a version, a quiet night, and one after somebody changed the cloud."""
    previewed = checkout.make("preview", CI="true")
    assert previewed.returncode == 0, previewed.stderr
    assert told(previewed, checkout).startswith("### Stack dev: 1 version published\n")

    assert "7 unchanged" in checkout.made("deploy"), "an empty preview is the proof"

    data = checkout.directory / "galleries" / "dev.yaml"
    whole = data.read_text()
    data.write_text(whole[: whole.index("        versions:")])
    refused = checkout.make("deploy")
    assert refused.returncode != 0
    assert f"**Refused: {NAME}: it would be deleted, with 4 replicas in 3 regions" in told(refused, checkout)
    assert f"{NAME}: it would be deleted" in refused.stderr
    data.write_text(whole)

    quiet = checkout.make("drift")
    assert (quiet.returncode, told(quiet, checkout)) == (0, "Stack dev: Azure is as the stack left it.\n"), quiet.stderr

    cloud = Project(checkout.directory / ".local")
    body = cloud.get(VERSION)
    body["properties"]["publishingProfile"]["targetRegions"][1]["regionalReplicaCount"] = 5
    cloud.cloud(("PUT", VERSION, body))
    drifted = checkout.make("drift")
    assert drifted.returncode != 0
    assert "- changed: 1.0.0: southcentralus: 1 → 5 replicas\n" in told(drifted, checkout)

    unknown = checkout.make("report", "STACK=nope")
    assert unknown.returncode != 0 and told(unknown, checkout, "nope").startswith("Stack nope: the engine didn't come")
    assert "no stack nope, which would have a Pulumi.nope.yaml: the stacks are dev prod staging\n" in unknown.stderr
    assert git(checkout.directory, "status", "--porcelain") == ""
