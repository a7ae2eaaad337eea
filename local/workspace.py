"""The local stacks' project in `.local/`: the same program, with stack files that Pulumi may rewrite.

Pulumi writes to a stack's file (an encryption salt, changed settings) as soon as the stack is used, so local runs have
copies of their own and the committed files stay as they are.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from . import arm, assumed, seeding

SECRETS = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""What a stack's file says of the keys of its real secrets; a local stack has a passphrase instead."""


SOURCES = "galleries/local/sources.yaml"
"""What there is in local Azure besides what the stacks make."""
_SUBSCRIPTION = "azure-native:subscriptionId"
_GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class WorkspaceError(Exception):
    """A setting of a stack that local Azure can't do with, in one sentence."""


def prepare(root: Path, home: Path, assuming: bool = False) -> list[str]:
    """Makes the local project and its stacks, and local Azure what the user's files say: subscriptions and sources.

    `root` is the project's directory, `home` that of local Azure's state. With `assuming`, sources that the data files
    name and the sources file doesn't are assumed; gives why some can't be. Raises WorkspaceError, and
    seeding.SourcesError, for errors in the files, and subprocess.CalledProcessError when the engine refuses, with its
    words on standard error.
    """
    local = root / ".local"
    _write(local / "Pulumi.yaml", _project(_read(root / "Pulumi.yaml")))
    stacks = sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in root.glob("Pulumi.?*.yaml"))
    subscriptions = _subscriptions(root, stacks)
    for stack in stacks:
        _copy_settings(root / f"Pulumi.{stack}.yaml", local / f"Pulumi.{stack}.yaml")
    _init_stacks(local, stacks)
    home.mkdir(parents=True, exist_ok=True)
    _note_subscriptions(root, home, subscriptions)
    named = seeding.load(root / SOURCES, SOURCES)
    found, refused = assumed.assume(root, named, subscriptions) if assuming else ({}, [])
    assumed.note(home, found)
    seeding.seed({**named, **found}, home)
    return refused


def _subscriptions(root: Path, stacks: list[str]) -> dict[str, str]:
    """The subscription of each stack, as far as its settings name one."""
    found = {}
    for stack in stacks:
        written = (_read(root / f"Pulumi.{stack}.yaml").get("config") or {}).get(_SUBSCRIPTION)
        if isinstance(written, str) and re.fullmatch(_GUID, written.lower()):
            found[stack] = written
        elif written is not None:
            expected = "expected a GUID, such as 00000000-0000-0000-0000-000000000001"
            raise WorkspaceError(f"Pulumi.{stack}.yaml: {_SUBSCRIPTION} is {written!r}: {expected}")
    return found


def _note_subscriptions(root: Path, home: Path, of_stacks: dict[str, str]) -> None:
    """Tells local Azure which subscriptions there are: those of the stacks, and all that ids in the data files name."""
    names: dict[str, list[str]] = {}
    for stack, id in of_stacks.items():
        names.setdefault(id.lower(), []).append(stack)
    for file in sorted([*root.glob("galleries/*.yaml"), *root.glob(SOURCES)]):
        for id in re.findall(f"/subscriptions/({_GUID})(?=/)", file.read_text(encoding="utf-8").lower()):
            names.setdefault(id, [f"named in {file.name}"])
    known = {id: ", ".join(held) for id, held in names.items()} or dict(arm.subscriptions.FIRST)
    file = home / arm.subscriptions.FILE
    text = json.dumps(known, indent=1)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        new = file.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(file)


def _project(committed: dict[str, Any]) -> dict[str, Any]:
    """The committed project, run from one directory further down; PATH names the virtual environment."""
    return {"name": committed["name"], "runtime": committed["runtime"]["name"], "main": "../"}


def _copy_settings(committed: Path, copy: Path) -> None:
    """Copies a stack's settings; of what Pulumi wrote to the copy, only the salt of its secrets is kept."""
    salt = {k: v for k, v in (_read(copy) if copy.exists() else {}).items() if k == "encryptionsalt"}
    _write(copy, {k: v for k, v in _read(committed).items() if k not in SECRETS} | salt)


def _init_stacks(project: Path, stacks: list[str]) -> None:
    name = _read(project / "Pulumi.yaml")["name"]
    missing = [s for s in stacks if not (project / f"state/.pulumi/stacks/{name}/{s}.json").exists()]
    (project / "state").mkdir(exist_ok=True)
    for stack in missing:
        command = ["pulumi", "stack", "init", stack, "--non-interactive", *(["--no-select"] if stack != "dev" else [])]
        subprocess.run(command, cwd=project, check=True, stdout=subprocess.DEVNULL)


def _read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
