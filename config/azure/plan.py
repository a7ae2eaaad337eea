"""What a change of a stack comes to: what the engine's state holds beside what the data file wants, by their names.

It compares names, and takes from the table of properties what is replaced; it plays no engine. What holds others takes
them along: a gallery its definitions, a definition its versions, a resource group its galleries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from config.azure import bodies
from config.azure.properties import REPLACEMENT, Kind
from config.azure.view import Difference, View, differences
from config.stack import Stack

Key = tuple[Kind, str]
"""A kind, and a name in lower case."""


def wanted(stack: Stack, held: Mapping[Key, View]) -> dict[Key, View]:
    """What a data file wants, from the outside in."""
    found: dict[Key, View] = {}

    def want(kind: Kind, names: Mapping[str, str], body: bodies.Body) -> None:
        view = View(kind, {**body, **names})
        found[kind, view.name.casefold()] = view

    for group in stack.resource_groups:
        there = held.get(("resource group", group.name.casefold()))
        want("resource group", {"resourceGroupName": group.name}, bodies.resource_group(group, there))
    for gallery_name, gallery in stack.galleries.items():
        names = {"resourceGroupName": str(gallery.resource_group.name), "galleryName": gallery_name}
        want("gallery", names, bodies.gallery(gallery))
        for image_name, image in gallery.images.items():
            inside = {**names, "galleryImageName": image_name}
            want("image", inside, bodies.image(image))
            for number, version in image.versions.items():
                want("version", {**inside, "galleryImageVersionName": number}, bodies.version(version))
    return found


@dataclass(frozen=True)
class Destruction:
    """A resource that would be deleted, or with `because`, replaced; `by` is what takes it along (empty: nothing)."""

    view: View
    because: tuple[Difference, ...] = ()
    by: str = ""

    @property
    def verb(self) -> str:
        return "replaced" if self.because else "deleted"


@dataclass(frozen=True)
class Plan:
    """What the state holds, and what is wanted."""

    held: Mapping[Key, View]
    wanted: Mapping[Key, View]

    @cached_property
    def destroyed(self) -> dict[Key, Destruction]:
        """What would be deleted or replaced, from the outside in."""
        found: dict[Key, Destruction] = {}
        for key in sorted(self.held, key=_depth):
            view, will = self.held[key], self.wanted.get(key)
            because = tuple(differences(view, will, REPLACEMENT)) if will else ()
            holder = self._holder(view)
            if holder in found:
                found[key] = Destruction(view, found[holder].because if will else (), found[holder].view.name)
            elif will is None or because:
                found[key] = Destruction(view, because)
        return found

    @cached_property
    def created(self) -> dict[Key, View]:
        """What would be made that isn't there."""
        return {key: view for key, view in self.wanted.items() if key not in self.held}

    @cached_property
    def updated(self) -> dict[Key, View]:
        """What would be changed in place, as far as the state tells: it holds no more than Azure shows."""
        return {
            key: view
            for key, view in self.wanted.items()
            if key in self.held and key not in self.destroyed and self._changes(self.held[key], view)
        }

    def _changes(self, held: View, wanted: View) -> bool:
        return any(each.changed.shown for each in differences(held, wanted))

    def _holder(self, view: View) -> Key | None:
        if view.kind == "gallery":
            return "resource group", str(view.inputs["resourceGroupName"]).casefold()
        above = {"image": "gallery", "version": "image"}.get(view.kind)
        return (above, view.name.rpartition("/")[0].casefold()) if above else None  # type: ignore[return-value]


def declared(view: View, stack: Stack | None) -> bool:
    """Whether a data file allows that a resource goes; a version whose retirement has been applied may go without."""
    if stack is None:
        return view.retired
    if view.kind == "resource group":
        return view.name.casefold() in (str(name).casefold() for name in stack.allow_resource_group_deletion)
    return stack.allows_deletion(view.name) or view.retired


def declaration(view: View) -> str:
    """What allows that a resource goes, as it is written in a stack's data file."""
    key = "allowResourceGroupDeletion" if view.kind == "resource group" else "allowDeletion"
    return f"{key}: [{view.name}]"


def _depth(key: Key) -> tuple[int, str]:
    kinds: list[Kind] = ["resource group", "gallery", "image", "version"]
    return kinds.index(key[0]), key[1]
