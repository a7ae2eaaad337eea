"""The resources that the program registers for a stack, as the engine's state knows them: types, logical names,
parents, protection and inputs.

`components` registers them; whoever works on the state without running the program (`gallery import`) asks here. A test
holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from config.azure import bodies
from config.azure.bodies import Body
from config.azure.properties import Kind
from config.azure.sharing import Shared
from config.azure.spelling import spelled
from config.azure.view import TYPES, View
from config.gallery import Gallery
from config.image import Image
from config.stack import Stack
from config.version import Version

TOKENS: dict[Kind, str] = {kind: token for token, kind in TYPES.items()}
GALLERY, IMAGE = "compute-gallery:index:ComputeGallery", "compute-gallery:index:ImageDefinition"
"""The types of the components."""


@dataclass(frozen=True)
class Resource:
    """A component (without a kind), or a resource of azure-native's."""

    type: str
    name: str
    """Its logical name, which no other resource of its type and parents has."""
    parent: Resource | None = None
    kind: Kind | None = None
    of: str = ""
    """What it is in Azure: gallery, gallery/image or gallery/image/version; of locks and role assignments, what they
    are on; of a resource group, its name.
    """
    key: str = ""
    """The key of a lock or of a role assignment in the data file."""
    protect: bool = False
    body: Body | None = None
    names: Mapping[str, str] | None = None
    """The inputs that name it in its id, beside a scope."""

    @property
    def types(self) -> str:
        """Its type after those of its parents, as a URN has them."""
        return f"{self.parent.types}${self.type}" if self.parent else self.type

    @property
    def path(self) -> str:
        """The end of its URN, whatever stack and project are called."""
        return f"{self.types}::{self.name}"

    def inputs(self, held: View, scope: str = "") -> dict[str, Any]:
        """What the program sends for it, while the state holds it like this; `scope` is the id of what it is on."""
        assert self.kind and self.body is not None and self.names is not None, "a component has no inputs"
        around = {"scope": scope} if scope else {}
        if self.kind == "role assignment":
            around["roleAssignmentName"] = str(held.inputs["name"])
            around["roleDefinitionId"] = bodies.role_definition_id(scope, self.body["roleDefinitionId"])
        return {**self.names, **spelled(self.kind, held, dict(self.body), new=False), **around}


def resources(stack: Stack, groups: Callable[[str], View | None], now: datetime | None = None) -> Iterator[Resource]:
    """All resources of a stack, parents before children; `groups` tells what is known of a resource group."""
    for group in stack.resource_groups:
        body = bodies.resource_group(group, groups(group.name))
        yield Resource(
            *(TOKENS["resource group"], group.name, None, "resource group", group.name, "", group.protect, body),
            {"resourceGroupName": group.name},
        )
    for gallery_name, gallery in stack.galleries.items():
        yield from _gallery(gallery_name, gallery, now or datetime.now(UTC))


def _gallery(name: str, gallery: Gallery, now: datetime) -> Iterator[Resource]:
    component = Resource(GALLERY, name)
    names = {"resourceGroupName": str(gallery.resource_group.name), "galleryName": name}
    yield component
    yield _resource("gallery", name, component, gallery.protect, bodies.gallery(gallery), names)
    if gallery.sharing_profile.permissions != "Private":
        shared = Shared.of_profile(gallery.sharing_profile).inputs
        of = {"galleryName": name}
        yield Resource(
            *(TOKENS["sharing"], f"{name}/sharing", component, "sharing", name, "", gallery.protect, shared, of)
        )
    for image_name, image in gallery.images.items():
        yield from _image(f"{name}/{image_name}", image, component, {**names, "galleryImageName": image_name}, now)
    yield from _access(name, gallery, component)


def _image(name: str, image: Image, holder: Resource, names: Mapping[str, str], now: datetime) -> Iterator[Resource]:
    component = Resource(IMAGE, name, holder)
    yield component
    yield _resource("image", name, component, image.protect, bodies.image(image), names)
    for number, version in image.versions.items():
        own = {**names, "galleryImageVersionName": number}
        yield _resource(
            "version", f"{name}/{number}", component, version.deletion_blocked(now), bodies.version(version), own
        )
        yield from _access(f"{name}/{number}", version, component)
    yield from _access(name, image, component)


def _access(name: str, of: Gallery | Image | Version, component: Resource) -> Iterator[Resource]:
    for key, assignment in of.role_assignments.items():
        body = bodies.role_assignment(assignment)
        kind: Kind = "role assignment"
        yield Resource(TOKENS[kind], f"{name}/{key}", component, kind, name, key, False, body, {})
    for key, lock in of.locks.items():
        yield Resource(
            TOKENS["lock"], f"{name}/{key}", component, "lock", name, key, False, bodies.lock(lock), {"lockName": key}
        )


def _resource(kind: Kind, name: str, parent: Resource, protect: bool, body: Body, names: Mapping[str, str]) -> Resource:
    return Resource(TOKENS[kind], name, parent, kind, name, "", protect, body, names)
