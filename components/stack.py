"""All of a stack: its resource groups, and its galleries in them."""

from __future__ import annotations

import config

from .gallery import ComputeGallery
from .resource_group import resource_group
from .retries import delete_again


def build(stack: config.Stack) -> dict[str, ComputeGallery]:
    """The stack's galleries by name, after the resource groups that are theirs to make."""
    delete_again()  # the engine's state names this hook even when the last gallery has left the configuration
    groups = {group.name.casefold(): resource_group(group) for group in stack.resource_groups}
    galleries = {}
    for name, gallery in stack.galleries.items():
        group = groups.get(gallery.resource_group.name.casefold())
        galleries[name] = ComputeGallery(name, gallery, group=group)
    return galleries
