"""What a fork's user does: other data in the place of the example's, and the documented commands.

The data (tests/cases/fork) are a company's: four stacks in subscriptions of their own, two galleries in two groups,
four images, and sources in subscriptions that no stack has, most of them described nowhere.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.checkout import ROOT, Checkout, checked_out, git

DATA = ROOT / "tests" / "cases" / "fork"
BUILDS = "/subscriptions/0d9f2d3e-7f4b-4f6a-8a55-c0ffee000001/resourceGroups/image-builds"
COMPUTE = f"{BUILDS}/providers/Microsoft.Compute"
VENDORS = "/subscriptions/0d9f2d3e-7f4b-4f6a-8a55-c0ffee000002/resourceGroups/vendor"


@pytest.fixture
def fork(tmp_path: Path) -> Checkout:
    return checked_out(tmp_path, DATA)


def test_the_checks_are_green_and_the_workflows_know_the_stacks(fork: Checkout) -> None:
    warm = {"MYPY_CACHE_DIR": str(ROOT / ".mypy_cache")}  # a cold one takes a minute
    assert "4 stacks, 6 galleries, 8 images, 12 versions: no errors" in fork.made("check", **warm)
    assert json.loads(fork.made("--silent", "stacks")) == [["dev"], ["qa", "staging"], ["prod"]]
    tests = ["tests/test_readme.py", "tests/config/test_examples.py", "tests/toolchain/test_dependencies.py"]
    tests += [f"tests/commands/test_{name}.py" for name in ("check", "schema", "show", "stacks")]
    passed = fork.run(".venv/bin/python", "-m", "pytest", "--quiet", "-p", "no:cacheprovider", *tests)
    assert passed.returncode == 0, passed.stdout
    # A stack more is its files, and one line where Azure Pipelines wants its stages written down.
    (fork.directory / "Pulumi.dr.yaml").write_text((DATA / "Pulumi.qa.yaml").read_text().replace("6b7c02", "6b7c05"))
    (fork.directory / "galleries/dr.yaml").write_text("location: westeurope\ndeployAfter: [prod]\n")
    assert json.loads(fork.made("--silent", "stacks"))[-1] == ["dr"]
    told = fork.make("check", **warm)
    assert told.returncode != 0 and "the stack dr is missing: add {name: dr, after: [prod]}" in told.stdout
    assert git(fork.directory, "diff", "--stat") == ""


def test_local_azure_has_what_the_files_name(fork: Checkout) -> None:
    """Subscriptions of the stacks and of ids; what is described, as it is described today; and by a word the rest."""
    # An error in the sources file is a sentence, and an edit takes effect.
    file = fork.directory / "galleries/local/sources.yaml"
    text = file.read_text()
    file.write_text(text + "no id: {}\n")
    wrong = fork.make("preview").stderr
    assert "local: galleries/local/sources.yaml:7: 'no id' is no id of a resource" in wrong
    file.write_text(text.replace("location: westeurope\n", "location: nowhere\n"))
    wrong = fork.make("preview").stderr
    assert f"local: galleries/local/sources.yaml:2: {COMPUTE}/images/ubuntu-1: Status=400" in wrong
    assert "The provided location 'nowhere' is not available" in wrong
    file.write_text(text.replace("osState: Generalized", "osState: Specialized"))
    refused = fork.make("preview")
    assert refused.returncode != 0
    assert "isn't there: write the id of a source" in refused.stdout + refused.stderr
    told = refused.stdout.partition("Diagnostics:")[2]
    assert told.count("local Azure has what the stacks have made and what galleries/local/sources.yaml describes") == 1
    assert "images/ubuntu-1 has the OS state Specialized" in refused.stdout + refused.stderr
    file.write_text(text)

    # The whole way, as the workflows go it: dev first, on assumed sources, then who takes versions from there.
    made = fork.made("up", "SOURCES=assumed")
    assert set(re.findall(r"warning: (/subscriptions/\S+) is assumed by local Azure", made)) == {
        *(f"{COMPUTE}/snapshots/{name}" for name in ("ubuntu-2", "ubuntu-3-data")),
        f"{COMPUTE}/disks/ubuntu-3",
        f"{COMPUTE}/images/windows-1",
        *(f"{COMPUTE}/virtualMachines/{name}" for name in ("appliance", "build-agent")),
        f"{BUILDS}/providers/Microsoft.Storage/storageAccounts/contosobuilds",
        f"{VENDORS}/providers/Microsoft.Compute/galleries/vendor/images/appliance/versions/3.1.0",
    }
    promoted = fork.made("preview", "STACK=qa", "SOURCES=assumed")
    assert "7 to create" in promoted and "assumed" not in promoted, "what a stack here makes is never assumed"
    production = fork.made("preview", "STACK=prod", "SOURCES=assumed")
    assert "resourceGroups/rg-production is assumed by local Azure" in production
    assert git(fork.directory, "status", "--porcelain") == ""

    settings = fork.directory / "Pulumi.prod.yaml"
    settings.write_text(settings.read_text().replace("5b6e6a0c-", ""))
    refused = fork.make("up")
    assert refused.returncode != 0 and "local: Pulumi.prod.yaml: azure-native:subscriptionId is '" in refused.stderr
    assert fork.make("up", "SOURCES=guessed").stderr.startswith(
        "local: the sources are to be 'guessed': expected assumed"
    )
