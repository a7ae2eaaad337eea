"""What others see of a gallery that is shared with them: `sharedGalleries` and `communityGalleries` of a location.

Shapes: W of community galleries and their images and versions (azure-cli-extensions' test_community_gallery_operations,
api-version 2021-07-01; azure-cli's test_community_gallery_operations, test_create_vm_with_community_gallery_image and
test_create_disk_from_diff_gallery_image_version, 2022-01-03 and 2022-03-03), of shared ones (azure-cli's
test_shared_gallery and test_create_vm_with_shared_gallery_image, the same), S of later api-versions.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import sharing
from .errors import AzureError
from .identity import TENANT
from .ids import ResourceId, parse
from .regions import Region, find
from .resource import View
from .shapes import Json, without
from .store import Row, Transaction

_GALLERY = "Microsoft.Compute/galleries"
_KINDS = {"sharedgalleries": "SharedGalleries", "communitygalleries": "CommunityGalleries"}
_VERSIONS = ["images", "versions"]
_DISCLAIMER = "https://aka.ms/community-gallery-disclaimer"
_HIDDEN = ("description", "allowUpdateImage", "releaseNoteUri", "provisioningState")

_Entry = tuple[str, str, Row]
"""The name by which consumers know a resource, the path of its id for them, and the resource."""


def answer(id_: ResourceId, tx: Transaction, view: View, shared_to: str) -> Json | None:
    """The answer to a GET below `locations/{location}/sharedGalleries` or `communityGalleries`; None for another path.

    The location is echoed as it was asked for [W].
    """
    place, *kinds = (each.lower() for each in id_.types)
    if place != "locations" or not kinds or kinds[0] not in _KINDS or kinds[1:] not in ([], ["images"], _VERSIONS):
        return None
    location, *names = id_.names
    region = find(location)
    if region is None:
        raise AzureError(400, "InvalidParameter", f"The location '{location}' is no Azure region.", "location")  # [I]
    if not names and kinds == ["communitygalleries"]:
        return None
    seen = _Seen(_KINDS[kinds[0]], location, region, tx, view)
    found = list(seen.galleries(id_.subscription, shared_to))
    if names and all(name.lower() != names[0].lower() for name, *_ in found):
        # [W: azure-sdk-for-net's SharedGalleryCollectionTests]
        raise AzureError(404, "GalleryNotFound", f"The gallery {names[0]} was not found.")
    for name, inside in zip(names[: len(kinds) - 1], (seen.images, seen.versions), strict=False):
        found = list(inside(*_named(found, name, location)))
    if id_.is_collection:
        return {"value": [seen.shown(*each) for each in found]}
    # Not in a list [W: azure-cli's test_shared_gallery].
    alone: Json = {"properties": {}} if kinds == ["sharedgalleries"] else {}
    return {**alone, **seen.shown(*_named(found, names[-1], location))}


class _Seen:
    """What is seen in one location, by one api-version."""

    def __init__(self, kind: str, location: str, region: Region, tx: Transaction, view: View) -> None:
        self._kind, self._location, self._region, self._tx, self._view = kind, location, region, tx, view

    def galleries(self, subscription: str, shared_to: str) -> Iterator[_Entry]:
        """Those that are open to everybody, or shared with this subscription or its tenant [D]."""
        tenant = shared_to.lower() == "tenant"
        for row in self._tx.of_type("/subscriptions", _GALLERY):
            for name in sharing.known_as(row, self._kind, {(TENANT if tenant else subscription).lower()}):
                yield name, f"/{self._kind}/{name}", row

    def images(self, name: str, path: str, gallery: Row) -> Iterator[_Entry]:
        """The gallery's images that have something in this location, or are there themselves [I]."""
        for row in self._tx.of_type(gallery.id.lower(), f"{_GALLERY}/images"):
            image = row.id.rpartition("/")[2]
            here = row.body["location"] == self._region.name
            if here or any(self.versions(image, "", row)):
                yield image, f"{path}/Images/{image}", row

    def versions(self, name: str, path: str, image: Row) -> Iterator[_Entry]:
        """The image's versions that are replicated to this location [D]."""
        for row in self._tx.of_type(image.id.lower(), f"{_GALLERY}/images/versions"):
            if row.timeline.replicated(self._region.display, self._view.now) and not row.timeline.deleting():
                number = row.id.rpartition("/")[2]
                yield number, f"{path}/Versions/{number}", row

    def shown(self, name: str, path: str, row: Row) -> Json:
        """A resource as consumers read it."""
        body: Json = {"name": name, "location": self._location, "identifier": {"uniqueId": path}}
        id_, api_version = parse(row.id), self._view.api_version
        assert id_, "ids are parsed before they are stored"
        if len(id_.types) == 1:
            properties = self._gallery(row)
            if api_version < "2022-03-03":
                return {**body, **properties}
        else:
            properties = self._version(row) if len(id_.types) == 3 else self._image(row)
            if self._public_since_2022:
                properties = {"disclaimer": _DISCLAIMER, **properties}
        if api_version >= "2023-07-03" and row.body.get("tags"):
            properties["artifactTags"] = row.body["tags"]
        return {**body, "properties": properties} if properties else body

    def _gallery(self, row: Row) -> Json:
        """Who publishes it, if it is open to everybody."""
        info, public = sharing.community_info(row), ("publisherUri", "publisherContact", "eula", "publicNames")
        known = self._view.api_version < "2022-03-03" or self._view.api_version >= "2023-07-03"
        return {"communityMetadata": {name: info[name] for name in public}} if info and known else {}

    def _image(self, row: Row) -> Json:
        """Who publishes it as what, the public of a community gallery isn't told since 2022."""
        shown = {"recommended": {}, **without(row.properties, *_HIDDEN)}
        return {**shown, "identifier": {}} if self._public_since_2022 else shown

    @property
    def _public_since_2022(self) -> bool:
        return self._kind == "CommunityGalleries" and self._view.api_version >= "2022-01-03"

    def _version(self, row: Row) -> Json:
        profile, storage = row.properties["publishingProfile"], row.properties["storageProfile"]
        here = next(each for each in profile["targetRegions"] if each["name"] == self._region.display)
        shown = {name: profile[name] for name in ("publishedDate", "endOfLifeDate") if name in profile}
        disks: Json = {"osDiskImage": _disk(storage["osDiskImage"])}
        if data := storage.get("dataDiskImages"):
            disks["dataDiskImages"] = [{"lun": disk["lun"], **_disk(disk)} for disk in data]
        excluded = here.get("excludeFromLatest", profile["excludeFromLatest"])
        return {**shown, "excludeFromLatest": excluded, "storageProfile": disks}


def _disk(disk: Json) -> Json:
    return {"diskSizeGB": disk["sizeInGB"], "hostCaching": disk["hostCaching"]}


def _named(entries: list[_Entry], name: str, location: str) -> _Entry:
    found = next((each for each in entries if each[0].lower() == name.lower()), None)
    if found is None:
        raise AzureError(404, "NotFound", f"Nothing named '{name}' is shared in the location '{location}'.")  # [I]
    return found
