"""Real clients at local Azure: it is served as users serve it, and they are pointed at it by what it prints."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
        """That of the shell that the lines for az are for."""
        mine = {k: v for k, v in os.environ.items() if not k.startswith(("AZURE_", "ARM_", "PYTHONDONTWRITEBYTECODE"))}
        exported = dict(
            part.replace('"', "").split("=", 1)
            for line in self.printed.partition("SDK for Python")[0].splitlines()
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


@dataclass(frozen=True)
class Ran:
    """What became of a command."""

    status: int
    out: str
    err: str


@dataclass
class AzureCLI:
    """Azure CLI, logged in at local Azure: a process that forks itself for every command (`az_forks.py`)."""

    process: subprocess.Popen[str]

    def run(self, command: str) -> Ran:
        """`az COMMAND`, to its end."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{json.dumps(shlex.split(command))}\n")
        self.process.stdin.flush()
        return Ran(**json.loads(self.process.stdout.readline()))

    def __call__(self, command: str) -> Any:
        """`az COMMAND`, which must succeed; what it prints, as JSON or as text."""
        ran = self.run(command)
        assert ran.status == 0, f"az {command}\n{ran.out}{ran.err}"
        return json.loads(ran.out) if ran.out.startswith(("{", "[", '"')) else ran.out.strip() or None


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
        if "to stop" in line:
            break
    return process, Served(home, lines[0].split()[-1], "".join(lines))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    process, served = serve(tmp_path_factory.mktemp("azure"))
    yield served
    process.terminate()
    process.wait()


@contextmanager
def log_in(served: Served) -> Iterator[AzureCLI]:
    """az, logged in by the very lines that are printed, in a shell."""
    if not (AZ / "ready").exists():
        pytest.fail("azure-cli is missing: `make test` installs it into .local/az")
    lines = [line for line in served.printed.splitlines() if line.startswith("az ")]
    done = served.sh("set -e\n" + "\n".join(lines))
    assert done.returncode == 0, done.stderr
    command = [AZ / "bin/python", Path(__file__).with_name("az_forks.py")]
    with subprocess.Popen(
        command, env=served.environment, cwd=served.home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield AzureCLI(process)


@pytest.fixture(scope="module")
def az(served: Served) -> Iterator[AzureCLI]:
    with log_in(served) as az:
        yield az
