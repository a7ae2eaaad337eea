"""What is imported is declared, where it is needed and nowhere earlier; and a bot keeps the pins fresh."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECLARED = {
    "program": PROJECT["project"]["dependencies"],
    "local": PROJECT["dependency-groups"]["local"],
    "dev": PROJECT["dependency-groups"]["dev"],
}
FILES = {"program": "requirements.txt", "local": "requirements-local.txt", "dev": "requirements-dev.txt"}
NAMESPACES = {"google.protobuf": "protobuf", "azure.core": "azure-core", "azure.identity": "azure-identity"}
NAMESPACES |= {"azure.mgmt.compute": "azure-mgmt-compute"}
"""Packages that share their first name with others."""
ROOMS = {
    "program": ("__main__.py", "cloud", "config", "components", "commands", ".azure-pipelines", ".github"),
    "local": ("local",),
    "dev": ("tests", "docs"),
}
USES = {"program": ["program"], "local": ["program", "local"], "dev": ["program", "local", "dev"]}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(level: str) -> set[str]:
    pins = [pin for each in USES[level] for pin in DECLARED[each] if isinstance(pin, str)]
    return {canonical(pin.partition("==")[0]) for pin in pins}


@cache
def distributions() -> dict[str, list[str]]:
    return dict(packages_distributions())


def imported(level: str) -> Iterator[tuple[str, str]]:
    """File and distribution of everything that is imported from outside of this project and of Python."""
    own = {"cloud", "config", "components", "commands", "local", "tests"}
    listed = subprocess.run(["git", "ls-files", "-z", *ROOMS[level]], cwd=ROOT, capture_output=True, check=True)
    for file in listed.stdout.decode().split("\0"):
        if not file.endswith(".py") or not (ROOT / file).exists():
            continue
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                if top in sys.stdlib_module_names or top in own:
                    continue
                within = next((whole for whole in NAMESPACES if f"{name}.".startswith(f"{whole}.")), None)
                yield file, NAMESPACES[within] if within else distributions()[top][0]


@pytest.mark.parametrize("level", ROOMS)
def test_what_is_imported_is_declared(level: str) -> None:
    found = list(imported(level))
    assert found
    assert [(file, name) for file, name in found if canonical(name) not in declared(level)] == []


def test_production_installs_no_tool_of_the_tests() -> None:
    """Nor does a laptop on local Azure."""
    for level, others in (("program", ["local", "dev"]), ("local", ["dev"])):
        locked = {canonical(name) for name, _ in pins(FILES[level])}
        extra = {canonical(pin.partition("==")[0]) for each in others for pin in DECLARED[each] if isinstance(pin, str)}
        assert not locked & (extra - declared(level)), FILES[level]


def pins(file: str) -> list[tuple[str, str]]:
    return re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("level", FILES)
def test_the_locks_hold_what_is_declared(level: str) -> None:
    """Every declared pin, and the same version of everything in all of them."""
    locked = {canonical(name): version for name, version in pins(FILES[level])}
    for each in USES[level]:
        for pin in DECLARED[each]:
            if isinstance(pin, str):
                name, version = pin.split("==")
                assert locked[canonical(name)] == version
    for name, version in pins(FILES["program"]):
        assert locked[canonical(name)] == version


def test_a_bot_keeps_actions_and_python_fresh() -> None:
    file = ROOT / ".github" / "dependabot.yml"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.dependabot", str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    updates = yaml.safe_load(file.read_text(encoding="utf-8"))["updates"]
    assert {(each["package-ecosystem"], each["directory"]) for each in updates} >= {
        ("github-actions", "/"),
        ("pip", "/"),
        ("gomod", "/local/toolchain/cli"),
        ("npm", "/tests/commands/editor"),
    }
