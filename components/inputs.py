"""Between typed configuration and Pulumi: outputs in a program's settings, and inputs as a hook gets them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pulumi

import config

Inputs = Mapping[str, Any]
"""Properties as the engine and azure-native give them, with Azure's names."""

Settings = Mapping[str, Any]
"""What a data file would say, with the same keys; ids, names of resource groups and URIs of blobs may be outputs."""


def get(inputs: Any, path: str) -> Any:
    """What is at a dotted path; None where there is nothing."""
    for name in path.split("."):
        inputs = inputs.get(name) if isinstance(inputs, Mapping) else None
    return inputs


def disks(version: Inputs) -> dict[str, Inputs]:
    """The disks that a version's properties name one by one, in words."""
    profile = version.get("storageProfile") or {}
    named = {"the OS disk": profile.get("osDiskImage") or {}}
    return named | {f"the data disk at LUN {disk['lun']:g}": disk for disk in profile.get("dataDiskImages") or ()}


def with_later(settings: Any) -> Any:
    """Settings in which a `config.Later` stands for each output."""
    if isinstance(settings, Mapping):
        return {key: with_later(value) for key, value in settings.items()}
    if isinstance(settings, list | tuple):
        return [with_later(value) for value in settings]
    return config.Later(settings) if isinstance(settings, pulumi.Output) else settings


def given(text: str) -> pulumi.Input[str]:
    """A text of typed configuration, or the output that it stands for."""
    return cast(pulumi.Output[str], text.value) if isinstance(text, config.Later) else text


def given_or_none(text: str | None) -> pulumi.Input[str] | None:
    """The same where there may be none."""
    return None if text is None else given(text)
