"""What an image version is made from: which sources fit where, and what they share with the definition."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from . import sharing
from .errors import AzureError, invalid, required, unchangeable
from .ids import parse
from .resource import Change, Disk, Facts
from .shapes import Json
from .store import Row

PATH = "galleryImageVersion.properties.storageProfile"
_WITHOUT_STATE = ("Vhd Blob", "User Image", "Gallery Image Version")
_DEFAULT_GIGABYTES = 30  # of a source that doesn't say how big it is, such as a blob [I]
_KINDS = {
    "image": "The source id: {} must either be a managed image, virtual machine or another gallery image version",
    "disk": "The source id: {} must be a managed disk or snapshot.",
    "blob": "The source id: {} must be a storage account.",  # [I]
}
_MISSING = (
    "Source {} is not found. "
    "Please check source exists, and is in the same region as gallery image version being created."
)
_UNQUALIFIED = (
    "Property id {} at path 'properties.{}' is invalid. Expect fully qualified resource Id that "
    "start with '/subscriptions/{{subscriptionId}}' or '/providers/{{resourceProviderNamespace}}/'."
)
_PUBLIC = re.compile(r"/CommunityGalleries/[^/]+/Images/[^/]+/Versions/[^/]+", re.IGNORECASE)


def check_unchanged(stored: Json, sent: Json) -> None:
    """The source of an existing version stays [G]; one that is left out is kept [W]."""
    known = {value.lower() for value in stored.get("source", {}).values()}
    for member, value in sent.get("source", {}).items():
        if value.lower() not in known:
            raise unchangeable(f"{PATH}.source.{member}")
    before = {place: disk for place, _, disk in _disks(stored)}
    for place, name, disk in _disks(sent):
        was = before.get(place, {})
        for member, value in disk.get("source", {}).items():
            if value.lower() != was.get("source", {}).get(member, "").lower():
                raise unchangeable(f"{PATH}.{name}.source.{member}")
        if disk.get("hostCaching", was.get("hostCaching")) != was.get("hostCaching"):
            raise unchangeable(f"{PATH}.{name}.hostCaching")  # [I]


def check_luns(sent: Json) -> None:
    """Every data disk has a LUN of its own [D]."""
    luns = [disk["lun"] for disk in sent.get("dataDiskImages", [])]
    if len(set(luns)) < len(luns):
        text = (
            "Duplicated lun numbers have been detected in the input data disks. "
            "Lun number must be unique for each data disk."
        )
        raise invalid(text, f"{PATH}.dataDiskImages")


def check_no_new_luns(stored: Json, sent: Json) -> None:
    """The data disks of an existing version stay [D]; those that are left out are kept [W]."""
    known = {disk["lun"] for disk in stored.get("dataDiskImages", [])}
    if any(disk["lun"] not in known for disk in sent.get("dataDiskImages", [])):
        text = "Adding new Data Disks or changing the LUN of a Data Disk in an existing Image is not allowed."
        raise invalid(text, f"{PATH}.dataDiskImages")


def check_one_kind(sent: Json) -> None:
    """Either one image as a whole, or an OS disk and any data disks, each from its own source [D]."""
    whole, parts = sent.get("source", {}), [disk.get("source", {}) for _, _, disk in _disks(sent)]
    mixed = any("id" in part and len(part) > 1 and not _in_account(part) for part in parts)
    if len(whole) > 1 or bool(whole) == any(parts) or mixed:
        text = (
            "The gallery artifact version source can only be specified either directly under storageProfile or within "
            "individual OS or data disks. One and only one source type (user image, snapshot, disk, virtual machine) "
            "can be provided."
        )
        raise invalid(text, PATH)
    if parts and not whole:
        if not sent.get("osDiskImage", {}).get("source"):
            raise required(f"{PATH}.osDiskImage.source")
        if not all(parts):
            raise required(f"{PATH}.dataDiskImages.source")


def check_distinct(sent: Json) -> None:
    """No disk and no blob twice [D]."""
    places = [(place, disk["source"]) for place, _, disk in _disks(sent) if disk.get("source")]
    found = [(source.get("uri") or source.get("id", "")).lower() for _, source in places]
    if len(set(found)) < len(found):
        blob = places[0][1].get("uri", "")
        if places[0][0] == "os" and found.count(blob.lower()) > 1:
            raise invalid(f"OSDiskImage and DataDiskImage cannot point to same blob {blob}", PATH)
        text = "Duplicated source ids are found in the input disks. Source id should be unique for each disk."
        raise invalid(text, PATH)


def resolve(change: Change, sent: Json, definition: Facts) -> tuple[Json, dict[str, str] | None]:
    """The storage profile of a finished version: what was sent, filled in from the sources [W]; and how its build
    fails, if it does.

    Raises AzureError when a source is missing or does not fit.
    """
    check_one_kind(sent)
    check_distinct(sent)
    if "source" in sent:
        ((member, id_),) = sent["source"].items()
        path = f"storageProfile.source.{member}"
        public = member == "communityGalleryImageId"
        row = look_up_public(change, id_, path) if public else look_up(change, id_, "image", path)
        if member == "virtualMachineId" and row.type != "Microsoft.Compute/virtualMachines":
            raise invalid(_KINDS["image"].format(id_), f"{PATH}.source.{member}")
        facts = _facts(change, row)
        check_security(id_, facts, definition)
        return _from_image(sent, id_, facts, definition), facts.failure
    resolved: Json = {}
    failure = None
    for place, name, disk in _disks(sent):
        facts = _disk_facts(change, disk["source"], name)
        failure = failure or facts.failure
        if place == "os":
            check_security("", facts, definition)
            check_matches(disk["source"].get("id", ""), facts, definition)
            resolved["osDiskImage"] = _disk(disk, facts.os_disk, "ReadWrite")
        else:
            shown = {"lun": disk["lun"], **_disk(disk, facts.os_disk, "ReadOnly")}
            resolved.setdefault("dataDiskImages", []).append(shown)
    return resolved, failure


def look_up(change: Change, id_: str, role: str, within: str) -> Row:
    """The source with that id, if it is of the right sort and in the version's region [D; codes I]."""
    target = f"galleryImageVersion.properties.{within}"
    parsed = parse(id_) if id_.startswith("/") else None
    if parsed is None or parsed.is_collection:
        raise invalid(_UNQUALIFIED.format(id_, within), target)
    kind = change.kinds.get(parsed.type.lower())
    if kind is None or kind.source_for != role:
        raise invalid(_KINDS[role].format(id_), target)
    row = kind.as_source(parsed, change.tx)
    if row is None or not kind.available_in(row, change.location, change.now):
        text = f"Source was not found: {id_}. Please make sure the source exists."
        raise AzureError(404, "NotFound", text if role == "blob" else _MISSING.format(id_), target)
    return row


def look_up_public(change: Change, id_: str, within: str) -> Row:
    """The image version of a community gallery, by its public id [S], in whatever subscription it is."""
    target = f"galleryImageVersion.properties.{within}"
    if not _PUBLIC.fullmatch(id_):
        raise invalid(_UNQUALIFIED.format(id_, within), target)
    known = sharing.behind(id_, change.tx, set())
    row = change.tx.find(known.key) if known else None
    if row and change.kinds[row.type.lower()].available_in(row, change.location, change.now):
        return row
    raise AzureError(404, "NotFound", _MISSING.format(id_), target)


def check_matches(id_: str, source: Facts, definition: Facts) -> None:
    """OS type, OS state, generation, architecture and purchase plan are those of the definition [D].

    The generation of a single disk without an OS doesn't matter [W: azure-cli's test_gallery_specialized].
    """
    if source.os_type and source.os_type.lower() != str(definition.os_type).lower():
        text = (
            f"The resource with id '{id_}' has a different OS type ['{source.os_type}'] "
            f"than the parent gallery image OS type generation ['{definition.os_type}']"
        )
        raise invalid(text, PATH)
    if source.os_state and source.os_state.lower() != str(definition.os_state).lower():
        text = (
            f"Cannot create Gallery Image Version from: {id_} since the OS State in the parent gallery image "
            f"({definition.os_state}) is not {source.os_state}."
        )
        raise invalid(text, PATH)
    bootable = source.os_type or source.kind not in ("Managed Disk", "Snapshot")
    if bootable and source.generation and source.generation.lower() != str(definition.generation).lower():
        text = (
            f"The resource with id '{id_}' has a different Hypervisor generation ['{source.generation}'] "
            f"than the parent gallery image Hypervisor generation ['{definition.generation}']"
        )
        raise invalid(text, PATH)
    if source.architecture and source.architecture.lower() != str(definition.architecture).lower():
        text = (
            f"The resource with id '{id_}' has a different architecture ['{source.architecture}'] "
            f"than the parent gallery image architecture ['{definition.architecture}']"
        )  # [I]
        raise invalid(text, PATH)
    if source.plan and _plan(source.plan) != _plan(definition.plan or {}):
        text = (
            f"The resource with id '{id_}' has a different plan ['{json.dumps(source.plan)}'] "
            f"than the parent gallery image plan ['{json.dumps(definition.plan)}']"
        )
        raise invalid(text, PATH)


def check_security(id_: str, source: Facts, definition: Facts) -> None:
    """What a definition's security type lets it be made from.

    Those that are "Supported" take what carries no guest state: text, code and the empty id of disks as seen for
    TrustedLaunchSupported [G: packer-plugin-azure#304, microsoft/STL#4682], the others in its manner [I]. What carries
    none makes no confidential image; text as far as it was shown [G: packer-plugin-azure#372]. A managed image carries
    none [G: packer#13189], so that it makes no image with one; text [I]. What has a guest state is of the definition's
    security type [I].
    """
    wanted = definition.security or "Standard"
    if wanted.lower().endswith("supported") and source.kind not in _WITHOUT_STATE:
        raise _unsupported(wanted, id_, "Vhd Blob, User Image and Gallery Image Version")
    if wanted == "TrustedLaunch" and source.kind == "User Image":
        raise _unsupported(wanted, id_, "Virtual Machine, Managed Disk, Snapshot, Vhd Blob and Gallery Image Version")
    if wanted == "ConfidentialVM" and source.kind in _WITHOUT_STATE:
        text = (
            f"Confidential VM is not supported for the source id '{id_}'. Currently Snapshot, Disk and VM sources are "
            "supported for the Confidential VM security type."
        )
        raise invalid(text, f"{PATH}.osDiskImage.source.id")
    if source.security and source.security != wanted:
        text = (
            f"The resource with id '{id_}' has a different security type ['{source.security}'] "
            f"than the parent gallery image security type ['{wanted}']"
        )
        raise invalid(text, PATH)


def _unsupported(wanted: str, id_: str, kinds: str) -> AzureError:
    text = (
        f"The security type '{wanted}' is not supported for the source id '{id_}'. "
        f"Currently only {kinds} sources are supported for '{wanted}' images."
    )
    return invalid(text, PATH)


def check_blob(uri: str, account: str) -> None:
    """The blob belongs to the account [D: the account is needed to read it; G: azure-rest-api-specs#10466]; text [I].

    A host that isn't the storage service's own tells no account: it is taken [I].
    """
    try:
        parts = urlsplit(uri)
        labels = (parts.hostname or "").split(".")
    except ValueError:
        parts, labels = urlsplit(""), []
    service = "blob" in labels[1:3]
    elsewhere = service and labels[0].removesuffix("-secondary") != account.lower()
    if len(labels) < 2 or elsewhere or parts.scheme not in ("https", "http"):
        raise invalid(f"The blob '{uri}' is not in the storage account '{account}'.", f"{PATH}.osDiskImage.source.uri")


def gigabytes(profile: Json) -> list[int]:
    """The sizes of all disks of a finished version."""
    return [disk["sizeInGB"] for _, _, disk in _disks(profile)]


def _disks(profile: Json) -> Iterator[tuple[str, str, Json]]:
    """Place (`os` or a LUN), member name and body of each disk that a storage profile mentions."""
    if "osDiskImage" in profile:
        yield "os", "osDiskImage", profile["osDiskImage"]
    for disk in profile.get("dataDiskImages", []):
        yield str(disk["lun"]), "dataDiskImages", disk


def _facts(change: Change, row: Row) -> Facts:
    """What a source says about itself, if a version of this subscription can be made from it [D]."""
    facts = change.kinds[row.type.lower()].facts(row, change.tx)
    if facts.flaw:
        raise invalid(facts.flaw, PATH)
    theirs, ours = row.id.split("/")[2], change.id.subscription
    if facts.encrypted and theirs.lower() != ours.lower():
        text = (
            f"Encrypted source: '{row.id}' is in a different subscription ID than the current gallery image version "
            f"subscription '{ours}'. Please retry with an unencrypted source(s) or use the source's subscription "
            f"'{theirs}' to create the gallery image version"
        )
        raise invalid(text, PATH)
    return facts


def _in_account(source: Json) -> bool:
    """Whether a source is a blob whose account is named by `id`, as az does [W: azure-cli's
    test_gallery_image_version_vhd and test_image_version_create_os_vhd]."""
    return source.keys() == {"id", "uri"}


def _disk_facts(change: Change, source: Json, name: str) -> Facts:
    if "id" in source and not _in_account(source):
        return _facts(change, look_up(change, source["id"], "disk", f"storageProfile.{name}.source.id"))
    account = "id" if _in_account(source) else "storageAccountId"
    for member in ("uri", account):
        if member not in source:
            raise required(f"{PATH}.{name}.source.{member}")
    row = look_up(change, source[account], "blob", f"storageProfile.{name}.source.{account}")
    check_blob(source["uri"], row.id.rpartition("/")[2])
    return Facts(kind="Vhd Blob")


def _from_image(sent: Json, id_: str, source: Facts, definition: Facts) -> Json:
    check_matches(id_, source, definition)
    check_no_new_luns({"dataDiskImages": [{"lun": disk.lun} for disk in source.data_disks]}, sent)
    wanted = {place: disk for place, _, disk in _disks(sent)}
    os_disk = {**_disk(wanted.get("os", {}), source.os_disk, "ReadWrite"), "source": {}}
    data = [
        {"lun": disk.lun, **_disk(wanted.get(str(disk.lun), {}), disk, "None")}
        for disk in sorted(source.data_disks, key=lambda disk: disk.lun)
    ]
    return {"source": sent["source"], "osDiskImage": os_disk, **({"dataDiskImages": data} if data else {})}


def _disk(sent: Json, source: Disk, caching: str) -> Json:
    caching = sent.get("hostCaching") or source.caching or caching
    shown: Json = {"sizeInGB": source.size or _DEFAULT_GIGABYTES, "hostCaching": caching}
    return {**shown, "source": sent["source"]} if "source" in sent else shown


def _plan(plan: Json) -> list[str]:
    return [str(plan.get(member, "")).lower() for member in ("name", "publisher", "product")]
