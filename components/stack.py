"""All of a stack: its resource groups, its galleries in them, and what it tells other stacks."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

import config
from config.azure.properties import Kind
from config.azure.view import latest

from .dependencies import VersionDependencies, provider_subscription
from .gallery import ComputeGallery
from .look_up import without_debug_log
from .outputs import failed
from .resource_group import resource_group
from .retries import retry_deletion
from .run import Run

Outputs = dict[str, dict[str, pulumi.Input[str]]]


def prepare() -> None:
    """What a run begins with: the engine reads the stack's state while the program goes on."""
    without_debug_log()
    assert Run.current().state


def build(stack: config.Stack) -> dict[str, ComputeGallery]:
    """The stack's galleries by name, after the resource groups that are theirs to make."""
    run = Run.current()
    retry_deletion(run)  # the engine's state names this hook even when the last gallery has left the file
    groups = {group.name.casefold(): resource_group(run, group) for group in stack.resource_groups}
    dependencies = VersionDependencies(stack, provider_subscription())
    return {
        name: ComputeGallery(
            name,
            gallery,
            group=groups.get(str(gallery.resource_group.name).casefold()),
            dependencies=dependencies,
            stack=stack,
        )
        for name, gallery in stack.galleries.items()
    }


async def outputs(galleries: Mapping[str, ComputeGallery]) -> Outputs:
    """A stack's outputs: flat maps from names to texts, for stack references of others.

    `galleries`, `images` and `versions` hold ARM ids; `latest` and `latestByRegion` hold the number of the version that
    `latest` means, overall and in a region, and nothing where it means none. They speak of what is there after the
    update: what has failed to be made is left out, and what has failed to be changed is told as it was.

    It waits for all that it speaks of. The runtime would do so itself, but it looks at all outputs that are pending
    whenever one has settled: with 24,000 of them (1,200 resources) each look takes 50 ms, in which no hook is answered.
    """
    state = Run.current().state
    images = {f"{name}/{key}": image for name, gallery in galleries.items() for key, image in gallery.images.items()}
    ids: dict[tuple[Kind, str], pulumi.Output[str]] = {
        **{("gallery", name): gallery.id for name, gallery in galleries.items()},
        **{("image", name): image.id for name, image in images.items()},
        **{("version", f"{name}/{n}"): id for name, image in images.items() for n, id in image.versions.items()},
    }
    lost = await failed(ids)
    there: dict[tuple[Kind, str], pulumi.Input[str]] = {
        key: id for key, output in ids.items() if (id := state.id(*key) if key in lost else output) is not None
    }
    told: Outputs = {"latest": {}, "latestByRegion": {}}
    for name, image in images.items():
        meant: dict[str | None, str] = dict(image.latest_by_region.items()) | (
            {None: image.latest} if image.latest else {}
        )
        if any(("version", f"{name}/{number}") in lost for number in image.views):
            was = state.versions(name)
            views = {n: was.get(n) if ("version", f"{name}/{n}") in lost else view for n, view in image.views.items()}
            meant = latest({number: view for number, view in views.items() if view})
        for place, number in meant.items():
            told["latest" if place is None else "latestByRegion"][f"{name}/{place}" if place else name] = number
    for output, kind in (("galleries", "gallery"), ("images", "image"), ("versions", "version")):
        told[output] = {name: id for (of, name), id in there.items() if of == kind}
    return told
