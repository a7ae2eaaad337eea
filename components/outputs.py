"""Awaiting Pulumi's outputs, by their public interface."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, TypeVar

import pulumi

Key = TypeVar("Key")


async def value_of(output: pulumi.Output[Any]) -> Any:
    """The value of an output; None where it isn't known before the update."""
    value: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    output.apply(value.set_result, run_with_unknowns=True).recover(lambda error: value.set_exception(error))
    found = await value
    return None if isinstance(found, pulumi.output.Unknown) else found


async def failed(outputs: Mapping[Key, pulumi.Output[Any]]) -> set[Key]:
    """Waits until each of the outputs is there, or is to be known later, and gives those that failed."""
    done: asyncio.Future[list[bool]] = asyncio.get_running_loop().create_future()
    there = [each.apply(lambda _: True, run_with_unknowns=True).recover(lambda _: False) for each in outputs.values()]
    pulumi.Output.all(*there).apply(done.set_result)
    return {key for key, fine in zip(outputs, await done, strict=True) if not fine}
