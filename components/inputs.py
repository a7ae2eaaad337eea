"""Between typed configuration and Pulumi: outputs in a program's settings, and bodies as azure-native's classes take
them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

import pulumi

import config
from config.azure.bodies import Body

Settings = Mapping[str, Any]
"""What a data file would say, with the same keys; ids, names of resource groups and URIs of blobs may be outputs."""


def deferred(settings: Any) -> Any:
    """Settings in which a `config.Deferred` stands for each output."""
    if isinstance(settings, Mapping):
        return {key: deferred(value) for key, value in settings.items()}
    if isinstance(settings, list | tuple):
        return [deferred(value) for value in settings]
    return config.Deferred(settings) if isinstance(settings, pulumi.Output) else settings


def as_input(text: str | config.Deferred) -> pulumi.Input[str]:
    """A text of typed configuration, or the output that it stands for."""
    return cast(pulumi.Output[str], text.value) if isinstance(text, config.Deferred) else text


def arguments(body: Body) -> dict[str, Any]:
    """A body as keyword arguments of azure-native's class; inside, Azure's names are taken as they are."""
    return {
        re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name): _outputs(each) for name, each in body.items()
    }


def _outputs(value: Any) -> Any:
    match value:
        case dict():
            return {name: _outputs(each) for name, each in value.items()}
        case list():
            return [_outputs(each) for each in value]
        case config.Deferred():
            return value.value
    return value
