"""The local stacks' project in `.local/`: the same program, with stack files that Pulumi may rewrite.

Pulumi writes to a stack's file (an encryption salt, changed settings) as soon as the stack is used, so local runs have
copies of their own and the committed files stay as they are.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import yaml

from . import sources

SECRETS = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""What a stack's file says of the keys of its real secrets; a local stack has a passphrase instead."""


def prepare(root: Path, home: Path) -> None:
    """Makes the local project and its stacks, and puts the example's sources into local Azure, where they are missing.

    `root` is the project's directory, `home` that of local Azure's state. Raises subprocess.CalledProcessError when
    the engine refuses, with its words on standard error.
    """
    local = root / ".local"
    _write(local / "Pulumi.yaml", _project(_read(root / "Pulumi.yaml")))
    stacks = sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))
    for stack in stacks:
        _copy_settings(root / f"Pulumi.{stack}.yaml", local / f"Pulumi.{stack}.yaml")
    _init_stacks(local, stacks)
    _put_sources(root / "galleries" / "local" / "sources.yaml", home)


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


def _put_sources(file: Path, home: Path) -> None:
    done = home / "sources.sha256"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if not done.exists() or done.read_text() != digest or not (home / "azure.sqlite3").exists():
        sources.put(file, home)
        done.write_text(digest)


def _read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
