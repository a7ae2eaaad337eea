"""All of a stack: its resource groups, its galleries in them, and what it tells other stacks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pulumi

import config

from .gallery import ComputeGallery
from .order import Order, provider_subscription
from .resource_group import resource_group
from .retries import delete_again


def build(stack: config.Stack) -> dict[str, ComputeGallery]:
    """The stack's galleries by name, after the resource groups that are theirs to make."""
    delete_again()  # the engine's state names this hook even when the last gallery has left the configuration
    groups = {group.name.casefold(): resource_group(group) for group in stack.resource_groups}
    order = Order(stack, provider_subscription())
    return {
        name: ComputeGallery(name, gallery, group=groups.get(gallery.resource_group.name.casefold()), order=order)
        for name, gallery in stack.galleries.items()
    }


def outputs(galleries: Mapping[str, ComputeGallery]) -> dict[str, dict[str, pulumi.Input[str]]]:
    """A stack's outputs: flat maps from names to texts, for stack references of others.

    `galleries`, `images` and `versions` hold ARM ids; `latest` and `latestByRegion` hold the number of the version that
    `latest` means, overall and in a region, and nothing where it means none.
    """
    images = {f"{name}/{key}": image for name, gallery in galleries.items() for key, image in gallery.images.items()}
    return {
        "galleries": {name: gallery.id for name, gallery in galleries.items()},
        "images": {name: image.id for name, image in images.items()},
        "versions": {f"{name}/{number}": id for name, image in images.items() for number, id in image.versions.items()},
        "latest": {name: image.latest for name, image in images.items() if image.latest},
        "latestByRegion": {
            f"{name}/{region}": number
            for name, image in images.items()
            for region, number in image.latest_by_region.items()
        },
    }


async def settled(outputs: Mapping[str, Mapping[str, pulumi.Input[str]]]) -> dict[str, dict[str, pulumi.Input[str]]]:
    """The same outputs, once all that they speak of is made, or has failed to be made; what has failed is left out.

    The runtime waits for a program's outputs itself, but it looks at all that are pending whenever one has settled:
    with 24,000 of them (1,200 resources) each look takes 50 ms, in which no hook is answered. Awaited here, they have
    settled before it looks. And where an update goes on after errors, it fails at outputs of what has failed.
    """
    pending = {
        (output, key): value.future()
        for output, values in outputs.items()
        for key, value in values.items()
        if isinstance(value, pulumi.Output)
    }
    ends = await asyncio.gather(*pending.values(), return_exceptions=True)
    failed = {place for place, end in zip(pending, ends, strict=True) if isinstance(end, BaseException)}
    return {
        output: {key: value for key, value in values.items() if (output, key) not in failed}
        for output, values in outputs.items()
    }
