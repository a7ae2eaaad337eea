"""The provider of the resource that shares a gallery, in the process in which Pulumi runs dynamic providers.

**This module and its class stay where they are, by these names.** The engine's state of a stack holds a reference to
the class (`__provider`, a pickle of `cloud.sharing_provider.SharingProvider` and nothing else) and imports it to
refresh, change or delete the resource, without the program, too. Should it have to move all the same, a class remains
here for as long as there are such stacks: the reference is one of the inputs, so the next update writes another one.
Nothing is imported here that a preview doesn't need: the SDK takes a second, azure-native half of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.dynamic import (
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

if TYPE_CHECKING:
    from azure.mgmt.compute import ComputeManagementClient

    from cloud.sharing import Found, Place
    from config.azure.sharing import Shared

Properties = dict[str, Any]


class SharingProvider(ResourceProvider):
    """Whom a gallery is shared with, as a resource. Its id is the gallery's; it has a property for each subscription
    and each tenant, and `community` where everybody has access.
    """

    serialize_as_secret_always = False  # there is none in it

    def configure(self, req: ConfigureRequest) -> None:
        self._config = req.config

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """By the state alone. What was left unfinished is tried again; another gallery is another resource. All else
        is left to the engine (None), which then tells in JSON, too, what differs; so is another `__provider`.
        """
        new = _news["galleryId"]  # not known while the gallery is replaced
        moved = not isinstance(new, str) or new.casefold() != _olds["galleryId"].casefold()
        again = True if _olds.get("unfinished") else None
        return DiffResult(again, ["galleryId"] if moved else [], delete_before_replace=True)

    def create(self, props: Properties) -> CreateResult:
        """Takes over what Azure has, too: whoever else has access there loses it, which the preview has told."""
        return CreateResult(props["galleryId"], self._share(props, None))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        from config.azure.sharing import Shared

        return UpdateResult(self._share(_news, Shared.of_inputs(_olds)))

    def delete(self, _id: str, _props: Properties) -> None:
        from cloud.sharing import withdraw

        withdraw(*self._at(_id))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """What Azure has; the resource is gone where the gallery is."""
        from cloud.sharing import look

        client, place = self._at(id_)
        found = look(client, place)
        if found is None:
            return ReadResult("", {})
        inputs, outputs = told(id_, props.get("galleryName", place.name), found)
        return ReadResult(id_, outputs, inputs)

    def _share(self, props: Properties, before: Shared | None) -> Properties:
        from cloud.sharing import share
        from config.azure.sharing import Shared

        found = share(*self._at(props["galleryId"]), Shared.of_inputs(props), before)
        return _outputs(props, found, bool(found.unfinished))

    def _at(self, id: str) -> tuple[ComputeManagementClient, Place]:
        """The gallery, and a client for its subscription, by what azure-native is configured with."""
        from cloud.client import Settings, compute_client, connection
        from cloud.sharing import Place

        place = Place.of(id)
        settings = Settings(lambda key: str(self._config.get(f"azure-native:{key}") or ""))
        return compute_client(connection(settings, place.subscription)), place


def told(id: str, name: str, found: Found) -> tuple[Properties, Properties]:
    """The inputs and the outputs of the resource for a gallery as Azure shares it."""
    inputs = {"galleryId": id, "galleryName": name} | found.shared.inputs
    failed = any(each.state == "Failed" for each in found.regions.values())
    return inputs, _outputs(inputs, found, failed)


def _outputs(inputs: Properties, found: Found, failed: bool) -> Properties:
    """With what Azure says besides: by which name everybody knows a community gallery, and where sharing has failed."""
    more = {"publicName": found.public_name, "unfinished": found.unfinished if failed else ""}
    return {**inputs, **{key: each for key, each in more.items() if each}}
