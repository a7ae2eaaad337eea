"""Where `pulumi` comes from: PATH if it fits, else the official installer, else Go; and what an interruption leaves."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALL = ROOT / "local" / "toolchain" / "install"
PINNED = re.search(r"^pulumi==([\d.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)[1]  # type: ignore[index]
TOOLS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")

# Stands for the official installer: a script that is asked for on standard output, then run with its options.
INSTALLER = """#!/bin/sh
while [ "$1" != --install-root ]; do shift; done
mkdir -p "$2/bin"
for tool in pulumi pulumi-language-python pulumi-language-python-exec; do
    printf '#!/bin/sh\\necho v%s\\n' > "$2/bin/$tool"; chmod +x "$2/bin/$tool"
done
""".replace("%s", PINNED)


class Machine:
    """A PATH with the usual commands and whatever tools a test puts there."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / "my tools"
        self.path.mkdir()
        self.bin = directory / "my prøject" / "bin"
        for name in ("sh", "sed", "awk", "dirname", "mkdir", "ln", "mv", "rm", "install", "cp", "chmod"):
            (self.path / name).symlink_to(next(p for d in ("/usr/bin", "/bin") if (p := Path(d, name)).exists()))

    def put(self, name: str, script: str) -> None:
        (self.path / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.path / name).chmod(0o755)

    def put_pulumi(self, version: str) -> None:
        for tool in TOOLS:
            self.put(tool, f"echo v{version}")

    def install(self) -> subprocess.CompletedProcess[str]:
        env = {"PATH": str(self.path), "HOME": os.environ["HOME"]}
        return subprocess.run([str(INSTALL), str(self.bin)], env=env, capture_output=True, text=True, timeout=60)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("version", [PINNED, f"{PINNED.split('.')[0]}.9999.0"])
def test_a_fitting_pulumi_on_path_is_linked(machine: Machine, version: str) -> None:
    machine.put_pulumi(version)

    done = machine.install()

    assert done.returncode == 0, done.stderr
    assert {tool: (machine.bin / tool).resolve() for tool in TOOLS} == {t: (machine.path / t).resolve() for t in TOOLS}


@pytest.mark.parametrize("version", ["3.100.0", "4.0.0", "2.9999.0"])
def test_another_pulumi_on_path_is_passed_over_for_the_installers(machine: Machine, version: str) -> None:
    machine.put_pulumi(version)
    machine.put("curl", f'while [ "$1" != -o ]; do shift; done\ncat > "$2" <<\'EOF\'\n{INSTALLER}EOF')
    (machine.path / "cat").symlink_to("/bin/cat")

    done = machine.install()

    assert done.returncode == 0, done.stderr
    assert f"pulumi {version}" in done.stderr and "doesn't fit" in done.stderr
    assert (machine.bin / "pulumi").resolve().is_relative_to(machine.bin.parent)


def test_pulumi_keeps_no_log_in_the_users_home(machine: Machine) -> None:
    machine.put_pulumi(PINNED)
    machine.put("pulumi", f'echo "$PULUMI_HOME" >>"{machine.directory}/homes"\necho v{PINNED}')

    assert machine.install().returncode == 0
    homes = {Path(home).resolve() for home in (machine.directory / "homes").read_text().splitlines()}
    assert homes == {machine.bin.parent / "home"}


def test_a_pulumi_without_its_language_host_does_not_fit(machine: Machine) -> None:
    machine.put("pulumi", f"echo v{PINNED}")

    done = machine.install()

    assert done.returncode == 1
    assert "doesn't fit" in done.stderr


def test_where_nothing_can_be_had_one_sentence_says_what_to_install(machine: Machine) -> None:
    machine.put("curl", "exit 6")

    done = machine.install()

    assert done.returncode == 1
    assert "no Go to build it with" in done.stderr.splitlines()[-1]
    assert not any((machine.bin / tool).exists() for tool in TOOLS)


def test_a_build_that_breaks_off_leaves_no_pulumi_and_the_next_one_finishes(machine: Machine) -> None:
    sdk = machine.directory / "sdk" / "python" / "cmd"
    sdk.mkdir(parents=True)
    (sdk / "pulumi-language-python-exec").write_text("#!/bin/sh\n")
    (machine.path / "pwd").symlink_to("/bin/pwd")
    broken = f"""
case "$1" in
build)
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho v{PINNED}\\n' > "$2"
    case "$2" in *.pulumi.new) exit 1;; esac;;
list) echo {machine.directory}/sdk;;
esac"""
    machine.put("go", broken)

    assert machine.install().returncode != 0
    assert not (machine.bin / "pulumi").exists()

    machine.put("go", broken.replace("exit 1", 'chmod +x "$2"'))
    done = machine.install()
    assert done.returncode == 0, done.stderr
    assert all((machine.bin / tool).exists() for tool in TOOLS)
