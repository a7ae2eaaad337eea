"""Azure's shape in the words of a data file, one resource at a time: the way back of `config.azure.bodies`.

What means the same as nothing is left out, but for what versions inherit, which is said in full:
`config.azure.adoption` decides where that is written. Values are as Azure spells them; what a rule thinks of them is no
matter here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from config.azure.inventory import Held
from config.azure.sharing import Shared
from config.azure.view import View
from config.ids import ResourceId
from config.model import Raw
from config.paths import at
from config.regions import normalised
from config.roles import ROLES, role_name
from config.yaml_text import Noted


class Inexpressible(Exception):
    """Why a data file can't describe a resource that Azure has, in half a sentence."""


def gallery(held: Held) -> Raw:
    """A gallery, without where it lies and its tags."""
    view = held.view
    return _set(
        description=view["description"],
        softDeletePolicy=_set(isSoftDeleteEnabled=view["softDeletePolicy.isSoftDeleteEnabled"] or None),
        identity=_identity(view),
        sharingProfile=_sharing_profile(view),
    )


def definition(held: Held) -> Raw:
    """What an image is, whatever the stack."""
    view = held.view
    generation, architecture = view["hyperVGeneration"], view["architecture"]
    return _set(
        osType=view["osType"],
        osState=view["osState"],
        identifier={part: view[f"identifier.{part}"] for part in ("publisher", "offer", "sku")},
        hyperVGeneration=None if generation == "V1" else generation,
        architecture=None if architecture == "x64" else architecture,
        purchasePlan=_of(view["purchasePlan"], "name", "publisher", "product"),
        description=view["description"],
        eula=view["eula"],
        privacyStatementUri=view["privacyStatementUri"],
        releaseNoteUri=view["releaseNoteUri"],
        endOfLifeDate=_date(view["endOfLifeDate"]),
        recommended=_set(
            **{
                key: _set(min=view[f"recommended.{key}.min"], max=view[f"recommended.{key}.max"])
                for key in ("vCPUs", "memory")
            }
        ),
        disallowedDiskTypes=[*(view["disallowed.diskTypes"] or ())],
        features=_features(view),
    )


def version(held: Held) -> Raw:
    """A version, without where it lies and its tags. Raises Inexpressible where its source has no words."""
    view = held.view
    profile = "publishingProfile"
    return _set(
        source=_source(view),
        replicationMode=None if (mode := view[f"{profile}.replicationMode"]) == "Full" else mode,
        excludeFromLatest=view[f"{profile}.excludeFromLatest"] or None,
        endOfLifeDate=_date(view[f"{profile}.endOfLifeDate"]),
        securityProfile=_security_profile(view),
    )


def replication(held: Held) -> Raw:
    """Where a version is: replicas, storage, regions beside its own, edge zones; in full."""
    view = held.view
    home = normalised(held.answer.get("location") or "")
    targets = {normalised(str(each["name"])): _region(each, view) for each in view.elements(f"{_REGIONS}[]").values()}
    if targets.get(home) == {}:
        del targets[home]
    return {
        "replicas": view["publishingProfile.replicaCount"],
        "storageAccountType": view["publishingProfile.storageAccountType"],
        "regions": targets,
        "edgeZones": dict(_edge_zones(view)),
    }


def safety(held: Held) -> Raw:
    """What a version is protected against, in full."""
    flags = ("allowDeletionOfReplicatedLocations", "blockDeletionBeforeEndOfLife")
    return {flag: bool(held.view[f"safetyProfile.{flag}"]) for flag in flags}


def lock(held: Held) -> Raw:
    """A management lock."""
    return _set(level=held.view["level"], notes=held.view["notes"])


def role_assignment(held: Held) -> Raw:
    """A role assignment. Raises Inexpressible for what a data file can't say of one."""
    view = held.view
    kind = view["principalType"] or "User"
    if held.unknown or kind not in ("User", "Group", "ServicePrincipal"):
        raise Inexpressible(f"its {held.unknown[0]}" if held.unknown else f"its principal is a {kind}")
    return _set(
        principalId=view["principalId"],
        principalType=kind,
        role=role_name(str(view["roleDefinitionId"])),
        description=view["description"],
    )


def role_assignment_key(settings: Raw) -> str:
    """A name of one's own for a role assignment, which Azure has none for."""
    role, who = str(settings["role"]), str(settings["principalId"])[:8]
    return f"{role if role in ROLES else role[:8]} {who}"


_REGIONS = "publishingProfile.targetRegions"


def _set(**members: Any) -> Raw:
    """The members that are set; an empty mapping or list is none."""
    return {name: value for name, value in members.items() if value not in (None, {}, [])}


def _of(value: Mapping[str, Any] | None, *keys: str) -> Raw:
    return _set(**{key: value.get(key) for key in keys}) if value else {}


def _date(text: str | None) -> str | None:
    """A date as people write it; midnight UTC needs no time."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    written = moment.isoformat()
    return written[:10] if written[10:] == "T00:00:00+00:00" else written.replace("+00:00", "Z")


def _identity(view: View) -> Raw:
    kind = view["identity.type"]
    if kind == "None":
        return {}
    spelled = ", ".join(part.strip() for part in str(kind).split(","))  # Azure CLI joins two kinds without a space
    return _set(type=spelled, userAssignedIdentities=[*(view["identity.userAssignedIdentities"] or ())])


def _sharing_profile(view: View) -> Raw:
    permissions = view["sharingProfile.permissions"]
    if permissions == "Private":
        return {}
    shared = Shared.of_gallery(view)
    public = at(view.inputs, "sharingProfile.communityGalleryInfo")
    off = permissions == "Community" and not shared.public
    return _set(
        permissions=Noted(permissions, "not enabled in Azure, which pulumi up would do") if off else permissions,
        groups=_set(subscriptions=[*shared.subscriptions], tenants=[*shared.tenants]),
        communityGalleryInfo=_of(public, "publisherUri", "publisherContact", "eula", "publicNamePrefix"),
    )


def _features(view: View) -> Raw:
    found: Raw = {}
    for each in view.elements("features[]").values():
        name, text, since = each.get("name"), str(each.get("value")), each.get("startsAtVersion")
        value: Any = text
        if name in ("IsAcceleratedNetworkSupported", "IsHibernateSupported"):
            value = {"true": True, "false": False}.get(text.lower(), text)
        elif name == "DiskControllerTypes":
            value = [part.strip() for part in text.split(",")]
        written = {"value": value, "startsAtVersion": since} if since else value
        known = name in (
            *("SecurityType", "IsAcceleratedNetworkSupported", "IsHibernateSupported", "DiskControllerTypes"),
        )
        if known:
            found[name] = written
        else:
            found.setdefault("other", {})[name] = written
    return found


def _region(target: Mapping[str, Any], view: View) -> Raw:
    """What a region does differently from the version."""
    count, storage = target.get("regionalReplicaCount"), target.get("storageAccountType")
    return _set(
        replicas=None if count in (None, view["publishingProfile.replicaCount"]) else int(count),
        storageAccountType=None if storage in (None, view["publishingProfile.storageAccountType"]) else storage,
        excludeFromLatest=_flag(target.get("excludeFromLatest"), bool(view["publishingProfile.excludeFromLatest"])),
        encryption=_encryption(target.get("encryption")),
        additionalReplicaSets=[
            {"storageAccountType": each["storageAccountType"], "replicas": int(each.get("regionalReplicaCount") or 1)}
            for each in target.get("additionalReplicaSets") or ()
        ],
    )


def _flag(own: bool | None, inherited: bool) -> bool | None:
    """A region's own flag; where it says what the version says, it says nothing but for the mark of a retirement."""
    return own if own is not None and (own or own != inherited) else None


def _edge_zones(view: View) -> Iterator[tuple[str, Raw]]:
    for each in view.elements("publishingProfile.targetExtendedLocations[]").values():
        count, storage = each.get("extendedLocationReplicaCount"), each.get("storageAccountType")
        settings = _set(
            region=normalised(str(each.get("name"))),
            replicas=None if count in (None, view["publishingProfile.replicaCount"]) else int(count),
            storageAccountType=None if storage in (None, view["publishingProfile.storageAccountType"]) else storage,
            encryption=_encryption(each.get("encryption")),
        )
        yield str(at(each, "extendedLocation.name")), settings


def _encryption(value: Mapping[str, Any] | None) -> Raw:
    if not value:
        return {}
    disk = value.get("osDiskImage") or {}
    profile = _of(disk.get("securityProfile"), "confidentialVMEncryptionType", "secureVMDiskEncryptionSetId")
    data = {
        str(int(each["lun"])): each["diskEncryptionSetId"]
        for each in value.get("dataDiskImages") or ()
        if each.get("diskEncryptionSetId")
    }
    os_disk = _set(diskEncryptionSetId=disk.get("diskEncryptionSetId"), securityProfile=profile)
    return _set(osDiskImage=os_disk, dataDiskImages=data)


_SOURCES = {
    "microsoft.compute/virtualmachines": "virtualMachine",
    "microsoft.compute/images": "managedImage",
    "microsoft.compute/galleries/images/versions": "imageVersion",
}
_DISKS = {"microsoft.compute/disks": "managedDisk", "microsoft.compute/snapshots": "snapshot"}


def _source(view: View) -> Raw:
    source = at(view.inputs, "storageProfile.source") or {}
    if id := source.get("communityGalleryImageId"):
        return {"communityGalleryImage": id}
    if id := source.get("virtualMachineId") or source.get("id"):
        return {_kind(id, _SOURCES): id}
    os_disk = at(view.inputs, "storageProfile.osDiskImage") or {}
    data = view.elements("storageProfile.dataDiskImages[]").values()
    if not os_disk.get("source"):
        raise Inexpressible("Azure doesn't tell its source")
    return {
        "disks": _set(os=_disk(os_disk), data={str(int(each["lun"])): _disk(each) for each in data}),
    }


def _disk(disk: Mapping[str, Any]) -> Raw:
    source = disk.get("source") or {}
    written: Raw
    if (uri := source.get("uri")) and (account := source.get("storageAccountId") or source.get("id")):
        written = {"vhd": {"uri": uri, "storageAccount": account}}
    elif id := source.get("id"):
        written = {_kind(id, _DISKS): id}
    else:
        raise Inexpressible(f"Azure doesn't tell the storage account of its source {source.get('uri')}")
    return written | _set(hostCaching=disk.get("hostCaching"))


def _kind(id: str, kinds: Mapping[str, str]) -> str:
    parsed = ResourceId.parse(id)
    kind = kinds.get(parsed.type.casefold()) if parsed else None
    if kind is None:
        raise Inexpressible(f"its source is {id}, of no kind that a data file knows")
    return kind


def _security_profile(view: View) -> Raw:
    settings = view["securityProfile.uefiSettings"]
    if not settings:
        return {}
    signatures = settings.get("additionalSignatures") or {}
    keys = {name: signatures.get(name) for name in ("pk", "kek", "db", "dbx")}
    return {
        "uefiSettings": _set(
            signatureTemplateNames=[*(settings.get("signatureTemplateNames") or ())],
            additionalSignatures=_set(
                **{name: [*map(_key, key)] if isinstance(key, list) else _key(key) for name, key in keys.items() if key}
            ),
        )
    }


def _key(key: Mapping[str, Any]) -> Raw:
    return {"type": key.get("type"), "value": [*(key.get("value") or ())]}
