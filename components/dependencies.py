"""Which versions have to wait for others before they are made.

Azure takes a managed image for one version at a time, and the next only when the one before is replicated to all its
regions; a version that is made from another one of the same stack wants that one to be there. All others are made in
parallel.
"""

from __future__ import annotations

import asyncio
import os

import pulumi

import config


def provider_subscription() -> str | None:
    """The subscription of azure-native's default provider, as far as its settings name it."""
    return pulumi.Config("azure-native").get("subscriptionId") or os.environ.get("ARM_SUBSCRIPTION_ID")


class VersionDependencies:
    """The versions of a program, by their logical names; with a stack, it knows them before they are made.

    Raises pulumi.RunError where a version would be made from itself.
    """

    def __init__(self, stack: config.Stack | None = None, subscription: str | None = None) -> None:
        self._last: dict[object, pulumi.Resource] = {}
        self._names = _names(stack, subscription) if stack and subscription else {}
        wanted = _wanted(stack, self._names) if stack and self._names else {}
        for name in wanted:
            _refuse_circle(name, wanted)
        self._made: dict[str, asyncio.Future[pulumi.Resource]] = {
            name: asyncio.get_running_loop().create_future() for name in set(wanted.values())
        }

    def creates(self, id: str) -> bool:
        """Whether the version of that id is one of this stack's."""
        return id.casefold() in self._names

    def of(self, source: config.ImageSource) -> list[pulumi.Input[pulumi.Resource]]:
        """What a version that is made from `source` waits for."""
        if source.managed_image is not None:
            last = self._last.get(_key(source.managed_image))
            return [last] if last else []
        name = self._names.get(_key(source.image_version))
        return [self._made[name]] if name else []

    def registered(self, name: str, source: config.ImageSource, version: pulumi.Resource) -> None:
        """Takes note of a version that has been registered."""
        if source.managed_image is not None:
            self._last[_key(source.managed_image)] = version
        if name in self._made:
            self._made[name].set_result(version)


def _key(id: str | config.Deferred | None) -> object:
    """The same for the same source: an id in any case, or an output of the program's."""
    return id.casefold() if isinstance(id, str) else id


def _names(stack: config.Stack, subscription: str) -> dict[object, str]:
    """The logical names of a stack's versions by the keys of their ARM ids."""
    names: dict[object, str] = {}
    for gallery_name, gallery in stack.galleries.items():
        group = f"/subscriptions/{subscription}/resourceGroups/{gallery.resource_group.name}"
        for image_name, image in gallery.images.items():
            definition = f"{group}/providers/Microsoft.Compute/galleries/{gallery_name}/images/{image_name}"
            for number in image.versions:
                names[_key(f"{definition}/versions/{number}")] = f"{gallery_name}/{image_name}/{number}"
    return names


def _wanted(stack: config.Stack, names: dict[object, str]) -> dict[str, str]:
    """For each version that is made from another one of the stack, that one."""
    return {
        f"{gallery_name}/{image_name}/{number}": names[source]
        for gallery_name, gallery in stack.galleries.items()
        for image_name, image in gallery.images.items()
        for number, version in image.versions.items()
        if (source := _key(version.source.image_version)) in names
    }


def _refuse_circle(name: str, wanted: dict[str, str]) -> None:
    way = [name]
    while (following := wanted.get(way[-1])) is not None and following not in way:
        way.append(following)
    if following == name:
        raise pulumi.RunError(f"{name} would be made from itself, by way of {' and '.join(way[1:]) or 'nothing else'}")
