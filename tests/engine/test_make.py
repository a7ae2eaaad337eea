"""The README's own commands, in a checkout of their own: they work twice, and write nothing where they shouldn't."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local import seeding
from tests.checkout import Checkout, checked_out, git

from .conftest import ROOT, SOURCES, Project, version_id


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
    assert "3 stacks, 3 galleries, 3 images, 3 versions: no mistakes\n" in rest
    assert "status 3\npulumi 1\ngallery 2\nmake 2\n" in rest
    assert f"pulumi: this shell works on local Azure, for the project in {checkout.directory} alone" in done.stderr
    assert f"gallery: {tmp_path}/other is outside of the project in {checkout.directory}: change to it" in done.stderr
    assert "CLOUD=azure in a shell of '. local/activate'" in done.stderr


def test_on_real_azure_nothing_is_built_and_no_stand_in_installed(tmp_path: Path, checkout: Checkout) -> None:
    (checkout.directory / ".venv").unlink()
    for tools in ("bin", "home"):
        (checkout.directory / ".local" / tools).unlink()
    planned = checkout.made("--dry-run", "setup", "CLOUD=azure")
    assert "-r requirements.txt" in planned
    for foreign in ("toolchain", "plugin", "requirements-local.txt", "requirements-dev.txt"):
        assert foreign not in planned
    assert "toolchain" in checkout.made("--dry-run", "setup")


VERSION = version_id("1.0.0")


def told(done: subprocess.CompletedProcess[str], checkout: Checkout, stack: str = "dev") -> str:
    """What make printed, which is the report that the workflow shows to people."""
    report = (checkout.directory / f".local/report/{stack}.md").read_text()
    assert report in done.stdout
    return report


def test_the_steps_of_the_workflows(checkout: Checkout) -> None:
    """A pull request, its merge, a quiet night, and a night after somebody changed the cloud by hand."""
    previewed = checkout.make("preview", CI="true")
    assert previewed.returncode == 0, previewed.stderr
    assert told(previewed, checkout).startswith("### Stack dev: 1 version published\n")

    assert "7 unchanged" in checkout.made("deploy"), "an empty preview is the proof"

    quiet = checkout.make("drift")
    assert (quiet.returncode, told(quiet, checkout)) == (0, "Stack dev: Azure is as the stack left it.\n"), quiet.stderr

    cloud = Project(checkout.directory / ".local")
    body = cloud.get(VERSION)
    body["properties"]["publishingProfile"]["targetRegions"][1]["regionalReplicaCount"] = 5
    cloud.cloud(("PUT", VERSION, body))
    drifted = checkout.make("drift")
    assert drifted.returncode != 0
    assert "- changed: 1.0.0: southcentralus: 1 → 5 replicas\n" in told(drifted, checkout)
    assert git(checkout.directory, "status", "--porcelain") == ""


def test_an_undeclared_deletion_is_stopped_before_it_is_done(checkout: Checkout) -> None:
    checkout.made("up")
    cloud, data = Project(checkout.directory / ".local"), checkout.directory / "galleries" / "dev.yaml"
    whole = data.read_text()
    data.write_text(whole[: whole.index("        versions:")])

    refused = checkout.make("deploy")
    assert refused.returncode != 0
    assert "**Deleted: version myGallery/myImageDefinition/1.0.0" in told(refused, checkout)
    assert "nothing allows the deletion of myGallery/myImageDefinition/1.0.0" in refused.stderr
    assert cloud.get(VERSION) is not None

    data.write_text(data.read_text() + "allowDeletion: [myGallery/myImageDefinition/1.0.0]\n")
    checkout.made("deploy")
    assert cloud.get(VERSION) is None


def test_the_same_steps_with_a_backend_and_an_engine_of_ones_own(checkout: Checkout, tmp_path: Path) -> None:
    """As in CI; the cloud is local Azure all the same, by the stand-in plugin in PULUMI_HOME."""
    home = tmp_path / "azure"
    seeding.seed_file(SOURCES, home)
    (tmp_path / "state").mkdir()
    mine = {
        "CLOUD": "azure",
        "CI": "true",
        "PATH": f"{ROOT / '.local/bin'}:{os.environ['PATH']}",
        "PULUMI_HOME": str(ROOT / ".local/home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "any",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PYTHONPYCACHEPREFIX": str(ROOT / ".local/pycache"),
        "LOCAL_AZURE_HOME": str(home),
    }
    missing = checkout.make("preview", **mine)
    assert missing.returncode != 0 and "error: no stack named 'dev' found" in missing.stderr
    assert told(missing, checkout) == "Stack dev: the engine didn't come to a preview; the log says why.\n"
    assert checkout.run("pulumi", "stack", "init", "dev", **mine).returncode == 0
    for target, said in (("preview", "published"), ("deploy", "7 unchanged"), ("drift", "as the stack left it")):
        assert said in checkout.made(target, **mine)
    assert Project(tmp_path).get(VERSION) is not None
    assert sorted(path.name for path in (checkout.directory / ".local").iterdir()) == ["bin", "home", "report"]


def test_only_the_stacks_that_a_change_can_touch(checkout: Checkout) -> None:
    def changed(*files: str) -> object:
        for file in files:
            with (checkout.directory / file).open("a") as appended:
                appended.write("\n")
            os.utime(checkout.directory / file, (0, 0))  # the tools are as they are
        checkout.commit()
        return json.loads(checkout.made("--silent", "stacks", "BASE=HEAD~1"))

    everything = [["dev"], ["staging"], ["prod"]]
    assert json.loads(checkout.made("--silent", "stacks")) == everything
    assert json.loads(checkout.made("--silent", "stacks", "FLAT=1")) == ["dev", "staging", "prod"]
    assert changed("README.md", "galleries/local/sources.yaml", "galleries/prod.yaml") == [["prod"]]
    assert changed("Pulumi.dev.yaml", "galleries/prod.yaml") == [["dev"], ["prod"]]
    assert changed("docs/commands.md", "commands/check.py") == []
    for file in ("galleries/images.yaml", "components/image.py", "config/image.py", "__main__.py", "requirements.txt"):
        assert changed(file) == everything, file
    lost = checkout.make("stacks", "BASE=nowhere")
    assert lost.returncode != 0 and "git doesn't tell what has changed since 'nowhere'" in lost.stderr
    shutil.copy(checkout.directory / "galleries/dev.yaml", checkout.directory / "galleries/qa.yaml")
    shutil.copy(checkout.directory / "Pulumi.dev.yaml", checkout.directory / "Pulumi.qa.yaml")
    assert json.loads(checkout.made("--silent", "stacks")) == [["dev", "qa"], ["staging"], ["prod"]]
