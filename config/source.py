"""What an image version is made from."""

import re
from collections.abc import Callable, Iterable
from typing import Annotated

from pydantic import Field

from config.diagnostics import quoted
from config.ids import (
    CommunityImageId,
    ImageVersionId,
    ManagedDiskId,
    ManagedImageId,
    ResourceId,
    SnapshotId,
    StorageAccountId,
    VirtualMachineId,
)
from config.model import Model, Raw, Violation, checked_by, nearest, reach
from config.types import BlobUri, HostCaching, Lun

# Azure refuses another source for an existing version, so no field of this file can be changed in place.


KINDS: dict[tuple[str, ...], str] = {
    ("virtualMachine",): "a virtual machine",
    ("disks", "os", "managedDisk"): "a managed disk",
    ("disks", "os", "snapshot"): "a snapshot",
    ("disks", "os", "vhd"): "a VHD blob",
    ("managedImage",): "a managed image",
    ("imageVersion",): "an image version",
    ("communityGalleryImage",): "a community gallery's image version",
}
"""The kinds of source of what machines boot from, by where it is written."""


def written_kinds(source: object) -> list[tuple[str, ...]]:
    """The kinds of a source as it was read; one of a source that is right."""
    return [kind for kind in KINDS if reach(source, *kind) is not None]


def exactly_one(noun: str, *kinds: str) -> Callable[[Raw], Iterable[Violation]]:
    """A rule for `checked_by`: one of the keys `kinds`, and only one."""

    def rule(raw: Raw) -> Iterable[Violation]:
        found = [kind for kind in kinds if raw.get(kind) is not None]
        if len(found) > 1:
            yield Violation((), f"found {noun} of {len(found)} kinds, {' and '.join(found)}: keep one of them")
        elif not found and not any(nearest(key, kinds) for key in raw.keys() - set(kinds)):  # misspelt: told already
            yield Violation((), f"found {noun} of no kind: expected one of {', '.join(kinds)}", "key")

    return rule


def in_the_account(raw: Raw) -> Iterable[Violation]:
    """A rule for `checked_by`: URI and id name one storage account, as the service wants it (azure-rest-api-specs pull
    request 10466).

    Hosts tell their account in every cloud (<account>.blob.core.windows.net), also for a second endpoint
    (<account>-secondary) and in a DNS zone (<account>.z01.blob.storage.azure.net); a domain of one's own doesn't.
    """
    uri, account = raw.get("uri"), raw.get("storageAccount")
    host = _BLOB_HOST.match(uri) if isinstance(uri, str) else None
    parsed = ResourceId.parse(account) if isinstance(account, str) else None
    if host and parsed and host["account"].casefold() != (name := parsed.names[-1]).casefold():
        found = f"found a blob of {host['account']} with the storage account {name}"
        yield Violation(("uri",), f"{found}: expected both to name the same account")


_BLOB_HOST = re.compile(r"https?://(?P<account>[a-z0-9]+)(-secondary)?\.(z\d+\.)?blob\.", re.IGNORECASE)


class Vhd(Model):
    """A VHD blob in a storage account."""

    uri: BlobUri = Field(examples=["https://account.blob.core.windows.net/vhds/os.vhd"])
    """URI of the page blob."""
    storage_account: StorageAccountId = Field(
        examples=["/subscriptions/<guid>/resourceGroups/<group>/providers/Microsoft.Storage/storageAccounts/<name>"]
    )
    """Id of the storage account that holds the blob."""


class DiskSource(Model):
    """One disk of an image version: a managed disk, a snapshot or a VHD blob."""

    managed_disk: ManagedDiskId | None = None
    """Id of a managed disk."""
    snapshot: SnapshotId | None = None
    """Id of a snapshot."""
    vhd: Annotated[Vhd, checked_by(in_the_account)] | None = None
    """A VHD blob."""
    host_caching: HostCaching | None = None
    """Caching of the disk on the host."""


Disk = Annotated[DiskSource, checked_by(exactly_one("a disk", "managedDisk", "snapshot", "vhd"), always=True)]


def disks_differ(raw: Raw) -> Iterable[Violation]:
    """A rule for `checked_by`: Azure wants a source of its own for each disk, OS disk and data disks alike."""
    data = raw.get("data")
    disks = {("os",): raw.get("os")} | {
        ("data", key): disk for key, disk in (data if isinstance(data, dict) else {}).items()
    }
    seen: dict[str, tuple[str, ...]] = {}
    for path, disk in disks.items():
        if not isinstance(disk, dict):
            continue
        vhd = disk.get("vhd")
        written = {
            ("managedDisk",): disk.get("managedDisk"),
            ("snapshot",): disk.get("snapshot"),
            ("vhd", "uri"): vhd.get("uri") if isinstance(vhd, dict) else None,
        }
        for key, source in written.items():
            # Ids of resources are compared without regard to case, names of blobs with it.
            if (
                isinstance(source, str)
                and (first := seen.setdefault(source if len(key) > 1 else source.lower(), path)) != path
            ):
                sentence = f"{quoted(source)} is the source of {'.'.join(first)} already: each disk needs its own"
                yield Violation((*path, *key), sentence)


class DiskSources(Model):
    """The disks of an image version, one by one, in any mixture of kinds."""

    os: Disk = Field(examples=["{snapshot: <id>}"])
    """The OS disk."""
    data: dict[Lun, Disk] = Field(default={})
    """Data disks by LUN, 0 to 63."""


Disks = Annotated[DiskSources, checked_by(disks_differ)]


class ImageSource(Model):
    """What a version is made from: exactly one of its fields is set."""

    virtual_machine: VirtualMachineId | None = None
    """Id of a virtual machine in the version's region."""
    managed_image: ManagedImageId | None = None
    """Id of a managed image in the version's region."""
    image_version: ImageVersionId | None = None
    """Id of another image version, in any gallery of the tenant: this is how a version is promoted from one environment
    to the next.
    """
    community_gallery_image: CommunityImageId | None = None
    """Id of an image version in a community gallery."""
    disks: Disks | None = None
    """Single disks."""


Source = Annotated[
    ImageSource,
    checked_by(
        exactly_one("a source", "virtualMachine", "managedImage", "imageVersion", "communityGalleryImage", "disks"),
        always=True,
    ),
]
