"""Settings of a program that isn't ours, as typed configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pulumi

from .inputs import Settings, deferred

Typed = TypeVar("Typed")


def validated(
    read: Callable[[str, dict[str, Any]], tuple[Typed, list[str]]],
    name: str,
    settings: Settings,
    component: pulumi.Resource,
) -> Typed:
    """What `read`, one of the functions of `config`, makes of settings. Raises pulumi.RunError for errors in them."""
    try:
        found, warnings = read(name, deferred(settings))
    except ValueError as error:
        raise pulumi.RunError(str(error)) from None
    for warning in warnings:
        pulumi.log.warn(warning, component)
    return found
