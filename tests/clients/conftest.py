"""Real clients at local Azure: it is served as users serve it, and they are pointed at it by what it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
AZ = ROOT / ".local/az"


@dataclass
class Served:
    """Local Azure in a process of its own."""

    home: Path
    address: str
    printed: str

    @property
    def authority(self) -> Path:
        return self.home / "ca.pem"

    @property
    def environment(self) -> dict[str, str]:
        """That of the shell that the printed lines are for."""
        mine = {k: v for k, v in os.environ.items() if not k.startswith(("AZURE_", "ARM_", "PYTHONDONTWRITEBYTECODE"))}
        exported = dict(
            part.replace('"', "").split("=", 1)
            for line in self.printed.splitlines()
            if line.startswith("export ")
            for part in line.removeprefix("export ").split()
        )
        path = os.pathsep.join([str(AZ / "bin"), mine["PATH"]])
        return mine | exported | {"PATH": path, "PYTHONPYCACHEPREFIX": str(ROOT / ".local/pycache")}

    def sh(self, command: str) -> subprocess.CompletedProcess[str]:
        """A command in that shell."""
        return subprocess.run(
            ["sh", "-c", command], env=self.environment, capture_output=True, text=True, timeout=120, cwd=self.home
        )

    def log_in(self) -> None:
        """The printed lines for az."""
        if not (AZ / "ready").exists():
            pytest.fail("azure-cli is missing: `make test` installs it into .local/az")
        for line in self.printed.splitlines():
            if line.startswith("az "):
                done = self.sh(line)
                assert done.returncode == 0, f"{line}\n{done.stderr}"

    def az(self, command: str) -> Any:
        """`az COMMAND`, which must succeed; what it prints, as JSON or as text."""
        done = self.sh(f"az {command}")
        assert done.returncode == 0, f"az {command}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.stdout.startswith(("{", "[", '"')) else done.stdout.strip() or None


def serve(home: Path) -> tuple[subprocess.Popen[str], Served]:
    """Starts `python -m local serve` and reads what it prints."""
    env = os.environ | {"LOCAL_AZURE_HOME": str(home), "LOCAL_AZURE_SPEED": "1e4"}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "local", "serve"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    lines: list[str] = []
    assert process.stdout
    for line in process.stdout:
        lines.append(line)
        if "local run" in line:
            break
    return process, Served(home, lines[0].split()[-1], "".join(lines))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    process, served = serve(tmp_path_factory.mktemp("azure"))
    yield served
    process.terminate()
    process.wait()


@pytest.fixture(scope="module")
def azure(served: Served) -> Served:
    """The same, with az logged in by the printed lines."""
    served.log_in()
    return served
