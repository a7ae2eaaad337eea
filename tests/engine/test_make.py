"""The README's own commands, in a checkout of their own: they work twice, and write nothing where they shouldn't."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from local import sources

from .conftest import ROOT, Project, version_id

Make = Callable[..., "subprocess.CompletedProcess[str]"]


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


@pytest.fixture
def make(checkout: Path, tmp_path: Path) -> Make:
    """Runs make in the checkout, with a home of its own, whatever comes of it."""
    home = tmp_path / "home"
    home.mkdir()
    foreign = ("PULUMI_", "ARM_", "AZURE_", "MAKE", "MFLAGS", "PYTHONDONTWRITEBYTECODE")
    env = {k: v for k, v in os.environ.items() if not k.startswith(foreign) and k != "CI"}
    env |= {"HOME": str(home), "LOCAL_AZURE_SPEED": "1e6"}

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", *arguments], cwd=checkout, env=env | environment, capture_output=True, text=True, timeout=300
        )

    return run


def test_make_works_twice_and_leaves_files_and_home_alone(checkout: Path, tmp_path: Path, make: Make) -> None:
    # What a user may have set for real Azure, and local runs must not follow.
    real = {
        "PULUMI_BACKEND_URL": "azblob://production",
        "PULUMI_HOME": str(tmp_path / "home" / ".pulumi"),
        "ARM_METADATA_HOSTNAME": "management.example.com",
        "ARM_SUBSCRIPTION_ID": "ffffffff-ffff-ffff-ffff-ffffffffffff",
    }

    def good(*arguments: str) -> str:
        done = make(*arguments, **real)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "7 created" in good("up")
    assert "7 unchanged" in good("up")
    assert "7 to create" in good("preview", "STACK=staging")
    assert "7 deleted" in good("destroy")

    for directory, suffix in (("", "Pulumi.{}.yaml"), ("galleries", "{}.yaml")):
        shutil.copy(checkout / directory / suffix.format("dev"), checkout / directory / suffix.format("qa"))
    assert "7 to create" in good("preview", "STACK=qa"), "a new stack is two files"
    for directory, suffix in (("", "Pulumi.{}.yaml"), ("galleries", "{}.yaml")):
        (checkout / directory / suffix.format("qa")).unlink()

    assert git(checkout, "status", "--porcelain") == ""
    assert list((tmp_path / "home").iterdir()) == []


VERSION = version_id("1.0.0")


def told(done: subprocess.CompletedProcess[str], checkout: Path, stack: str = "dev") -> str:
    """What make printed, which is the report that the workflow shows to people."""
    report = (checkout / f".local/report/{stack}.md").read_text()
    assert report in done.stdout
    return report


def test_the_steps_of_the_workflows(checkout: Path, make: Make) -> None:
    """A pull request, its merge, a quiet night, and a night after somebody changed the cloud by hand."""
    previewed = make("preview", CI="true")
    assert previewed.returncode == 0, previewed.stderr
    assert told(previewed, checkout).startswith("### Stack dev: 1 version published\n")

    deployed = make("deploy")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    assert "7 unchanged" in deployed.stdout, "an empty preview is the proof"

    quiet = make("drift")
    assert (quiet.returncode, told(quiet, checkout)) == (0, "Stack dev: Azure is as the stack left it.\n"), quiet.stderr

    cloud = Project(checkout / ".local")
    body = cloud.get(VERSION)
    body["properties"]["publishingProfile"]["targetRegions"][1]["regionalReplicaCount"] = 5
    cloud.cloud(("PUT", VERSION, body))
    drifted = make("drift")
    assert drifted.returncode != 0
    assert "- changed: 1.0.0: southcentralus: 1 → 5 replicas\n" in told(drifted, checkout)
    assert git(checkout, "status", "--porcelain") == ""


def test_an_undeclared_deletion_is_stopped_before_it_is_done(checkout: Path, make: Make) -> None:
    assert make("up").returncode == 0
    cloud, data = Project(checkout / ".local"), checkout / "galleries" / "dev.yaml"
    whole = data.read_text()
    data.write_text(whole[: whole.index("        versions:")])

    refused = make("deploy")
    assert refused.returncode != 0
    assert "**Deleted: version myGallery/myImageDefinition/1.0.0" in told(refused, checkout)
    assert "nothing allows the deletion of myGallery/myImageDefinition/1.0.0" in refused.stderr
    assert cloud.get(VERSION) is not None

    data.write_text(data.read_text() + "allowDeletion: [myGallery/myImageDefinition/1.0.0]\n")
    done = make("deploy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert cloud.get(VERSION) is None


def test_the_same_steps_with_a_backend_and_an_engine_of_ones_own(checkout: Path, make: Make, tmp_path: Path) -> None:
    """As in CI; the cloud is local Azure all the same, by the stand-in plugin in PULUMI_HOME."""
    home = tmp_path / "azure"
    sources.put(ROOT / "local" / "sources.yaml", home)
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
    missing = make("preview", **mine)
    assert missing.returncode != 0 and "error: no stack named 'dev' found" in missing.stderr
    assert told(missing, checkout) == "Stack dev: the engine didn't come to a preview; the log says why.\n"
    subprocess.run(["pulumi", "stack", "init", "dev"], cwd=checkout, env=os.environ | mine, check=True)
    for target, said in (("preview", "published"), ("deploy", "7 unchanged"), ("drift", "as the stack left it")):
        done = make(target, **mine)
        assert done.returncode == 0 and said in done.stdout, done.stdout + done.stderr
    assert Project(tmp_path).get(VERSION) is not None
    assert sorted(path.name for path in (checkout / ".local").iterdir()) == ["bin", "home", "report"]


def test_only_the_stacks_that_a_change_can_touch(checkout: Path, make: Make) -> None:
    def changed(*files: str) -> object:
        for file in files:
            with (checkout / file).open("a") as appended:
                appended.write("\n")
        git(checkout, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-qam", "change")
        return json.loads(make("--silent", "stacks", "BASE=HEAD~1").stdout)

    assert json.loads(make("--silent", "stacks").stdout) == ["dev", "prod", "staging"]
    assert changed("README.md", "local/sources.yaml", "galleries/prod.yaml") == ["prod"]
    assert changed("Pulumi.dev.yaml", "galleries/staging.yaml") == ["dev", "staging"]
    assert changed("docs/commands.md", "commands/check.py") == []
    for file in ("galleries/images.yaml", "cloud/client.py", "config/image.py", "__main__.py", "requirements.txt"):
        assert changed(file) == ["dev", "prod", "staging"], file
    lost = make("stacks", "BASE=nowhere")
    assert lost.returncode != 0 and "git doesn't tell what has changed since 'nowhere'" in lost.stderr
