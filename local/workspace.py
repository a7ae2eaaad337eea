"""The local stacks' project in `.local/`: the same program, with stack files that Pulumi may rewrite.

Pulumi writes to a stack's file (an encryption salt, changed settings) as soon as the stack is used, so local runs have
copies of their own and the committed files stay as they are.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from . import arm, assumed, seeding
from .arm.files import overwrite
from .yaml_files import FileError, read

SECRETS = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""What a stack's file says of the keys of its real secrets; a local stack has a passphrase instead."""


SOURCES = "galleries/local/sources.yaml"
"""What there is in local Azure besides what the stacks make."""
OVERLOOKED = "galleries/local/sources.yml"
_SUBSCRIPTION = "azure-native:subscriptionId"
_GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

Settings = dict[str, Any]


def prepare(root: Path, home: Path, assuming: bool = False) -> list[str]:
    """Makes the local project and its stacks, and local Azure what the user's files say: subscriptions and sources.

    `root` is the project's directory, `home` that of local Azure's state. With `assuming`, sources that the data files
    name and the sources file doesn't are assumed; gives why some can't be. Raises FileError for errors in the files,
    and subprocess.CalledProcessError when the engine refuses, with its words on standard error.
    """
    stacks = {stack: _read(root, f"Pulumi.{stack}.yaml") for stack in _stacks(root)}
    subscriptions = {stack: _subscription(stack, settings) for stack, settings in stacks.items()}
    if (root / OVERLOOKED).exists():
        raise FileError(f"{OVERLOOKED}: nobody reads a file of this name: rename it to {SOURCES}")
    named = seeding.load(root / SOURCES, SOURCES)
    # The committed project, run from one directory further down; PATH names the virtual environment.
    project = {"name": _read(root, "Pulumi.yaml").get("name"), "runtime": "python", "main": "../"}
    _write(root / ".local/Pulumi.yaml", project)
    _copy_settings(root, stacks)
    _init_stacks(root / ".local", project["name"], stacks)
    home.mkdir(parents=True, exist_ok=True)
    _note_subscriptions(root, home, subscriptions)
    found, refused = assumed.assume(root, named, subscriptions) if assuming else ({}, [])
    assumed.note(home, found)
    seeding.seed({**named, **found}, home)
    return refused


def _stacks(project: Path) -> list[str]:
    """The stacks that have settings in a project's directory."""
    return sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in project.glob("Pulumi.?*.yaml"))


def _subscription(stack: str, settings: Settings) -> str:
    """The subscription that a stack's settings name."""
    config, name = settings.get("config"), f"Pulumi.{stack}.yaml"
    if not isinstance(config, dict) or (written := config.get(_SUBSCRIPTION)) is None:
        raise FileError(f"{name}: {_SUBSCRIPTION} is missing under config, which says where the stack lives")
    if not isinstance(written, str) or not re.fullmatch(_GUID, written.lower()):
        expected = "expected a GUID, such as 00000000-0000-0000-0000-000000000001"
        raise FileError(f"{name}: {_SUBSCRIPTION} is {written!r}: {expected}")
    return written


def _note_subscriptions(root: Path, home: Path, of_stacks: Mapping[str, str]) -> None:
    """Tells local Azure which subscriptions there are: those of the stacks, and all that ids in the data files name."""
    names: dict[str, list[str]] = {}
    for stack, id in of_stacks.items():
        names.setdefault(id.lower(), []).append(stack)
    for file in sorted([*root.glob("galleries/*.yaml"), *root.glob(SOURCES)]):
        text = file.read_text(encoding="utf-8", errors="replace")  # whoever reads it for what it says tells its errors
        for id in re.findall(f"/subscriptions/({_GUID})(?=/)", text.lower()):
            names.setdefault(id, [f"named in {file.name}"])
    known = {id: ", ".join(held) for id, held in names.items()} or dict(arm.subscriptions.FIRST)
    file, content = home / arm.subscriptions.FILE, json.dumps(known, indent=1).encode()
    if not file.exists() or file.read_bytes() != content:
        overwrite(file, content)


def _copy_settings(root: Path, stacks: Mapping[str, Settings]) -> None:
    """Copies the stacks' settings; of what Pulumi wrote to a copy, only the salt of its secrets is kept."""
    there = _stacks(root / ".local")
    for stack in there:
        if stack not in stacks:
            (root / f".local/Pulumi.{stack}.yaml").unlink()
    for stack, settings in stacks.items():
        copy = f".local/Pulumi.{stack}.yaml"
        salt = {k: v for k, v in (_read(root, copy) if stack in there else {}).items() if k == "encryptionsalt"}
        _write(root / copy, {k: v for k, v in settings.items() if k not in SECRETS} | salt)


def _init_stacks(project: Path, name: object, stacks: Mapping[str, Settings]) -> None:
    missing = [s for s in stacks if not (project / f"state/.pulumi/stacks/{name}/{s}.json").exists()]
    (project / "state").mkdir(exist_ok=True)
    for stack in missing:
        command = ["pulumi", "stack", "init", stack, "--non-interactive", *(["--no-select"] if stack != "dev" else [])]
        subprocess.run(command, cwd=project, check=True, stdout=subprocess.DEVNULL)


def _read(root: Path, name: str) -> Settings:
    return read(root / name, name)[1]


def _write(path: Path, content: Settings) -> None:
    overwrite(path, yaml.safe_dump(content, sort_keys=False).encode())
