"""Tests with the real engine against local Azure.

Each has a directory of its own: a copy of the program, the data files of a case, the engine's state, and a cloud."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from local import arm, seeding
from local.provider.client import ResourceManager

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
EXAMPLE = CASES / "example"
"""The example of the README: the article's stack, and what becomes of it in staging and production."""
SOURCES = EXAMPLE / "galleries" / "local" / "sources.yaml"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
API_VERSION = "2024-03-03"


@dataclass
class Project:
    """A checkout of the program with the data files of one case."""

    directory: Path
    stack: str = "dev"
    speed: float = 1e6
    environment: dict[str, str] = field(default_factory=dict)
    cold: bool = False
    """Whether the engine starts the plugin and the program itself, which costs two seconds, or has both forked from a
    process that has imported them.
    """

    @property
    def home(self) -> Path:
        return self.directory / "azure"

    @property
    def env(self) -> dict[str, str]:
        """The environment of `. local/activate`, with state and cloud in this project's directory."""
        foreign = ("PULUMI_", "ARM_", "AZURE_", "PYTHONDONTWRITEBYTECODE")
        mine = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        return mine | {
            "PATH": os.pathsep.join([str(ROOT / ".venv/bin"), str(ROOT / ".local/bin"), mine["PATH"]]),
            "PULUMI_HOME": str(ROOT / ".local/home"),
            "PULUMI_BACKEND_URL": f"file://{self.directory / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "local",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PYTHONPYCACHEPREFIX": str(ROOT / ".local/pycache"),
            "PULUMI_PYTHON_CMD": str(ROOT / "local/python"),
            "LOCAL_AZURE_HOME": str(self.home),
            "LOCAL_AZURE_SPEED": str(self.speed),
            **self.environment,
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`pulumi ARGUMENTS` in the project's directory, whatever comes of it."""
        with ExitStack() as plugin:
            warm = {}
            if not self.cold and arguments[0] in ("destroy", "import", "preview", "refresh", "up"):
                warm = plugin.enter_context(forked(self.env))
            return subprocess.run(
                ["pulumi", *arguments, "--non-interactive", "--color", "never"],
                cwd=self.directory,
                env=self.env | warm,
                capture_output=True,
                text=True,
                timeout=300,
            )

    def gallery(self, *arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """`gallery ARGUMENTS` in the project's directory, with `given` on standard input, whatever comes of it."""
        return subprocess.run(
            [ROOT / ".venv/bin/python", "-m", "commands", *arguments],
            cwd=self.directory,
            env=self.env | environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def pulumi(self, *arguments: str) -> str:
        """The same, which must succeed; gives what it printed."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"pulumi {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def up(self, *arguments: str) -> dict[str, int]:
        """`pulumi up`, which must succeed; gives how many resources went through which operation."""
        self.pulumi("up", "--yes", "--skip-preview", "--stack", self.stack, *arguments)
        state = Path(self.env["PULUMI_BACKEND_URL"].removeprefix("file://"))
        history = (state / ".pulumi/history").glob(f"*/{self.stack}/*.history.json")
        changes: dict[str, int] = json.loads(max(history, key=lambda file: file.name).read_text())["resourceChanges"]
        return changes

    def interrupt_up(self, how: signal.Signals, begun: Callable[[], bool]) -> None:
        """Begins an update, and ends it by a signal when Azure has begun what is waited for."""
        running = subprocess.Popen(
            ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", self.stack],
            cwd=self.directory,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while not begun():
            assert running.poll() is None and time.monotonic() < deadline, "the update never came to that"
            time.sleep(0.2)
        running.send_signal(how)
        running.wait(timeout=60)
        served = ["pgrep", "-s", str(running.pid), "-f", "local run --for"]
        while subprocess.run(served, check=False, stdout=subprocess.DEVNULL).returncode == 0:
            assert time.monotonic() < deadline, "a dynamic provider, and local Azure with it, outlives its engine"
            time.sleep(0.2)
        # A killed engine leaves its language host behind, in the session that was begun for it; the plugin ends itself.
        subprocess.run(["pkill", "-KILL", "-s", str(running.pid)], check=False)

    def preview(self, *arguments: str) -> dict[str, tuple[str, list[str]]]:
        """What `pulumi preview` says of every resource that is not to stay as it is: operation and changed paths."""
        output = json.loads(self.pulumi("preview", "--json", "--stack", self.stack, *arguments))
        return {
            step["urn"].split("::")[-1]: (step["op"], sorted(step.get("detailedDiff") or {}))
            for step in output["steps"]
            if step["op"] != "same"
        }

    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources of azure-native in the engine's state, by logical name."""
        deployment = json.loads(self.pulumi("stack", "export", "--stack", self.stack))["deployment"]
        return {
            r["urn"].split("::")[-1]: r
            for r in deployment.get("resources", [])
            if r["type"].startswith("azure-native:")
        }

    def outputs(self) -> dict[str, Any]:
        outputs: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--json", "--stack", self.stack))
        return outputs

    def edit(self, change: Callable[[dict[str, Any]], object], file: str | None = None) -> None:
        """Changes a data file, by default the stack's."""
        path = self.directory / "galleries" / f"{file or self.stack}.yaml"
        content = yaml.safe_load(path.read_text())
        change(content)
        path.write_text(yaml.safe_dump(content, sort_keys=False))

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """`gallery ARGUMENTS` at local Azure, begun as in a shell of local/activate."""
        warm = {} if self.cold else _forks()[1]
        return subprocess.Popen(
            [sys.executable, "-m", "local", "run", sys.executable, "-m", "commands", *arguments],
            cwd=self.directory,
            env=self.env | warm | {"PYTHONPATH": os.pathsep.join([str(self.directory), str(ROOT)])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def at_azure(self, *arguments: str, given: str = "") -> tuple[int, str, str]:
        """The same to its end, with `given` on standard input: exit status, standard output, standard error."""
        running = self.begin(*arguments)
        printed, said = running.communicate(given, timeout=300)
        return running.returncode, printed, said

    def take_over(self) -> str:
        """`gallery import`, which must succeed; gives what it printed."""
        code, printed, said = self.at_azure("import", self.stack)
        assert code == 0, f"{printed}\n{said}"
        return printed

    def cloud(self, *requests: tuple[str, str, Any]) -> list[Any]:
        """Requests to local Azure by a client that is not the engine, one after another: (method, id, body), and for a
        GET its query."""

        async def send() -> list[Any]:
            async with (
                arm.serve(self.home, speed=self.speed) as address,
                ResourceManager(address, arm.authority(self.home)) as client,
            ):
                answers: list[Any] = []
                for method, id, body in requests:
                    if method == "GET" and body:
                        answers.append(await client.show(id, API_VERSION, body))
                    elif method == "GET":
                        answers.append(await client.get(id, API_VERSION))
                    elif method == "PUT":
                        answers.append(await client.put(id, API_VERSION, body))
                    elif method == "POST":
                        answers.append(await client.begin_put(id, API_VERSION, body, method))
                    else:
                        await client.delete(id, API_VERSION)
                        answers.append(None)
                return answers

        return asyncio.run(send())

    def get(self, id: str) -> Any:
        """A resource as Azure has it, or None."""
        return self.cloud(("GET", id, None))[0]


@cache
def _forks() -> tuple[subprocess.Popen[str], dict[str, str]]:
    """The process that forks plugins and programs, one for all tests of this process, and how the engine finds it. It
    ends with this process.
    """
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(ROOT / ".local/pycache")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    forks = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.forks"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert forks.stdout
    programs = json.loads(forks.stdout.readline())["programs"]
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "list", "-v", "--format", "json"], capture_output=True, check=True
    )
    packages = Path(programs).with_name("packages.json")
    packages.write_bytes(listed.stdout)
    python = str(ROOT / "tests/engine/python")
    return forks, {"PULUMI_PYTHON_CMD": python, "TESTS_FORKS": programs, "TESTS_PACKAGES": str(packages)}


@contextmanager
def forked(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """A plugin with this environment; gives the variables by which the engine finds it and warm programs."""
    forks, found = _forks()
    assert forks.stdin and forks.stdout
    forks.stdin.write(f"{json.dumps(environment)}\n")
    forks.stdin.flush()
    plugin = json.loads(forks.stdout.readline())
    try:
        yield found | {"PULUMI_DEBUG_PROVIDERS": f"azure-native:{plugin['port']}"}
    finally:
        os.kill(plugin["process"], signal.SIGKILL)


def version_id(
    version: str, image: str = "myImageDefinition", gallery: str = "myGallery", subscription: str = SUBSCRIPTION
) -> str:
    """The ARM id of a version in the article's resource group."""
    group = f"/subscriptions/{subscription}/resourceGroups/myGalleryRG"
    return f"{group}/providers/Microsoft.Compute/galleries/{gallery}/images/{image}/versions/{version}"


def make_project(directory: Path, case: str = "example", stack: str = "dev", speed: float = 1e6) -> Project:
    """A project from the data files of a case, a folder of tests/cases; what a case lacks is the example's."""
    made = new_directory(directory, CASES / case / "galleries", stack, speed)
    for file in EXAMPLE.glob("Pulumi.*.yaml"):
        shutil.copy(file, directory)
    own = CASES / case / "sources.yaml"
    seeding.seed_file(own if own.exists() else SOURCES, made.home)
    made.pulumi("stack", "init", stack)
    return made


def new_directory(directory: Path, galleries: Path, stack: str, speed: float = 1e6) -> Project:
    """The program with these data files, before there is a stack: no state, and nothing in the cloud."""
    if not (ROOT / ".local/bin/ready").exists():
        pytest.fail("the engine is missing: `make setup` installs it into .local (`make test` does so by itself)")
    made = Project(directory, stack, speed)
    for name in ("__main__.py", "cloud", "commands", "components", "config"):
        (directory / name).symlink_to(ROOT / name)
    (directory / "Pulumi.yaml").write_text("name: compute-gallery\nruntime: python\n")
    shutil.copytree(galleries, directory / "galleries")
    for path in (directory / "state", made.home):
        path.mkdir()
    return made


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Project]:
    """Makes a project in a directory of the test's own."""
    return partial(make_project, tmp_path)
