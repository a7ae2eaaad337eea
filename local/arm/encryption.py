"""With whose keys the replicas of an image version are encrypted, region by region."""

from __future__ import annotations

import json
from typing import Any

from .errors import AzureError, invalid, unchangeable
from .ids import parse
from .regions import find
from .resource import Change, Facts
from .shapes import Json, choice, dig, integer, items, record, text

_REGIONS = "publishingProfile.targetRegions"
_PATH = f"galleryImageVersion.properties.{_REGIONS}.encryption"
_IN_TEXTS = f"galleryArtifactVersion.properties.{_REGIONS}.encryption"  # the name that the service's texts use [D]
_TYPE = "Microsoft.Compute/diskEncryptionSets"
_OS_DISK = record(
    {
        "diskEncryptionSetId": text,
        "securityProfile": record(
            {
                "confidentialVMEncryptionType": choice(
                    "EncryptedVMGuestStateOnlyWithPmk",
                    "EncryptedWithPmk",
                    "EncryptedWithCmk",
                    "NonPersistedTPM",
                ),
                "secureVMDiskEncryptionSetId": text,
            }
        ),
    }
)


def _os_disk(value: Any, path: str) -> Any:
    """Keys of an OS disk; a security profile is there even where nothing is said [W: azure-cli's test_gallery_e2e]."""
    found = _OS_DISK(value, path)
    return {"securityProfile": {}, **found} if found else found


ENCRYPTION = record(
    {
        "osDiskImage": _os_disk,
        "dataDiskImages": items(record({"lun": integer, "diskEncryptionSetId": text}, "lun")),
    }
)


def encrypted(profile: Json) -> bool:
    """Whether a publishing profile has an encryption anywhere."""
    return any("encryption" in place for place in _places(profile))


def check_unchanged(old: Json, new: Json) -> None:
    """The encryption of a region stays [D for a new LUN, I for anything else]."""
    before = {_name(place): place.get("encryption", {}) for place in _places(old)}
    for place in _places(new):
        if _name(place) not in before:
            continue
        was, now = before[_name(place)], place.get("encryption", {})
        for lun in _data(now):
            if lun not in _data(was):
                text_ = (
                    f"Cannot specify new data disk image encryption lun [{lun}] with a disk encryption set in region "
                    f"[{place['name']}] for update gallery image version request. To update this version, remove the "
                    "new lun. If you need to change the data disk image encryption settings, you must create a new "
                    "gallery image version with the correct settings."
                )
                raise invalid(text_, f"{_PATH}.dataDiskImages")
        if _folded(was) != _folded(now):
            raise unchangeable(_PATH)


def check(change: Change, profile: Json, storage: Json, shared: bool, definition: Facts) -> None:
    """All rules about the encryption of a version's disks [D where not said otherwise]."""
    check_confidential_everywhere(profile, definition, change.location.name)
    if not encrypted(profile):
        return
    if shared:
        raise invalid("An encrypted image version is not allowed in a shared gallery.", _PATH)  # [D; text I]
    check_known_luns(profile, [disk["lun"] for disk in storage.get("dataDiskImages", [])])
    check_everywhere(profile)
    check_confidential(profile)
    for place in _places(profile):
        for member, id_ in _sets(place.get("encryption", {})):
            if profile.get("replicationMode") == "Shallow":
                text_ = "A disk encryption set is not supported with replication mode 'Shallow'."  # [C; text I]
                raise invalid(text_, f"{_PATH}.{member}")
            check_set(change, id_, place["name"], member)
    check_source(storage)


def check_luns(profile: Json) -> None:
    """Each encrypted data disk is there once in a region."""
    for place in _places(profile):
        luns = [disk["lun"] for disk in place.get("encryption", {}).get("dataDiskImages", [])]
        twice = [lun for lun in luns if luns.count(lun) > 1]
        if twice:
            text_ = f"Duplicate luns '{twice[0]}' were specified in target region '{place['name']}' "
            raise invalid(f"{text_}encryption.dataDiskImages", f"{_PATH}.dataDiskImages")


def check_known_luns(profile: Json, luns: list[int]) -> None:
    """Each encrypted LUN is one of the version's data disks, if it has any [D, W of none: azure-cli's
    test_create_image_version_with_region_cvm_encryption]."""
    for place in _places(profile) if luns else ():
        for disk in place.get("encryption", {}).get("dataDiskImages", []):
            if disk["lun"] not in luns:
                listed = ",".join(str(lun) for lun in luns)
                text_ = (
                    f"An invalid lun [{disk['lun']}] was specified in encryption.dataDiskImages. "
                    f"The lun must be one of the following values ['{listed}']"
                )
                raise invalid(text_, f"{_PATH}.dataDiskImages")


def check_everywhere(profile: Json) -> None:
    """A disk that has a disk encryption set in one region has one in every region."""
    regions = profile["targetRegions"]
    used = {region["name"]: _disks(region.get("encryption", {})) for region in regions}
    for region, disks in used.items():
        for disk, id_ in disks.items():
            for other, there in used.items():
                if disk not in there:
                    text_ = (
                        f"A disk encryption set is required for disk '{disk}' in target region '{other}' since disk "
                        f"encryption set '{id_}' is used for the corresponding disk in region '{region}'"
                    )
                    raise invalid(text_, _PATH)


def check_set(change: Change, id_: str, region: str, member: str) -> None:
    """The disk encryption set exists, in the gallery's subscription and in the region that it encrypts."""
    parsed, target = parse(id_), f"{_PATH}.{member}"
    if parsed is None or parsed.is_collection or parsed.type.lower() != _TYPE.lower():
        raise invalid(f"The value of parameter {_IN_TEXTS}.{member} is invalid.", target)
    if parsed.subscription.lower() != change.id.subscription.lower():
        text_ = (
            f"The disk encryption set '{id_}' must be in the same subscription '{change.id.subscription}' as the "
            "gallery resource."
        )
        raise invalid(text_, target)
    row = change.tx.find(parsed.key)
    if row is None:
        raise AzureError(404, "NotFound", f"The disk encryption set {id_} was not found.", target)
    if find(row.body["location"]) != find(region):
        text_ = f"The disk encryption set {id_} must be in the region '{region}' that it is used in."  # [I]
        raise invalid(text_, target)


def check_source(storage: Json) -> None:
    """No encryption of what comes from another image version or from a blob; the second sentence is [I]."""
    source = storage.get("source", {})
    parsed = parse(source.get("id", ""))
    found = source.get("communityGalleryImageId")
    if parsed and parsed.type.lower() == "microsoft.compute/galleries/images/versions":
        found = source["id"]
    disks = [storage.get("osDiskImage", {}), *storage.get("dataDiskImages", [])]
    blobs = [disk["source"]["uri"] for disk in disks if "uri" in disk.get("source", {})]
    if found or blobs:
        text_ = (
            f"Encryption is not supported for source resource '{found or blobs[0]}'. "
            "Please use a different source resource type which supports encryption or remove encryption properties."
        )
        raise invalid(text_, _PATH)


def check_confidential(profile: Json) -> None:
    """A set for a confidential machine's disk goes with EncryptedWithCmk, and with nothing else [C; texts I]."""
    for place in _places(profile):
        security = place.get("encryption", {}).get("osDiskImage", {}).get("securityProfile", {})
        with_key = security.get("confidentialVMEncryptionType") == "EncryptedWithCmk"
        if with_key != ("secureVMDiskEncryptionSetId" in security):
            text_ = "The confidentialVMEncryptionType 'EncryptedWithCmk' goes with a secureVMDiskEncryptionSetId."
            raise invalid(text_, f"{_PATH}.osDiskImage.securityProfile")


def check_confidential_everywhere(profile: Json, definition: Facts, home: str) -> None:
    """How confidential machines' disks are encrypted is said in every region of a confidential image [G:
    azure-cli#22995], and of no other image [C; text I]; it stays in its own region unless it keeps no state there [G:
    packer-plugin-azure#373]. That edge zones are regions in this is [I].
    """
    said = {_name(place): _confidential(place) for place in _places(profile)}
    if definition.security != "ConfidentialVM":
        if any(said.values()):
            text_ = f"A confidentialVMEncryptionType is not supported for the security type '{definition.security}'."
            raise invalid(text_, f"{_PATH}.osDiskImage.securityProfile")
        return
    if not all(said.values()):
        text_ = (
            "The regional encryption.osDiskImage.securityProfile.type must be specified when the SecurityType of the "
            "image definition is ConfidentialVM."
        )
        raise invalid(text_, f"{_PATH}.osDiskImage.securityProfile")
    regions = {place["name"]: _confidential(place) for place in profile["targetRegions"]}
    if len(regions) > 1 and set(regions.values()) != {"NonPersistedTPM"}:
        text_ = (
            f"Only the home region '{home}' can be specified as a target region for Images with the ConfidentialVM "
            "feature unless the Confidential VM encryption type is set to 'NonPersistedTPM'."
        )
        raise invalid(text_, f"galleryImageVersion.properties.{_REGIONS}")


def _confidential(place: Json) -> str | None:
    found: str | None = dig(place, "encryption.osDiskImage.securityProfile.confidentialVMEncryptionType")
    return found


def _places(profile: Json) -> list[Json]:
    """The regions and edge zones of a publishing profile."""
    return [*profile.get("targetRegions", []), *profile.get("targetExtendedLocations", [])]


def _name(place: Json) -> tuple[str, ...]:
    return (place["name"], place.get("extendedLocation", {}).get("name", ""))


def _data(encryption: Json) -> dict[int, str]:
    """The disk encryption sets of the data disks, by LUN."""
    disks = encryption.get("dataDiskImages", [])
    return {disk["lun"]: disk["diskEncryptionSetId"] for disk in disks if "diskEncryptionSetId" in disk}


def _disks(encryption: Json) -> dict[str, str]:
    """The disk encryption set of each disk, by what the service's texts call the disk."""
    os_disk = encryption.get("osDiskImage", {})
    found = {f"{_IN_TEXTS}.osDiskImage.diskEncryptionSetId": os_disk.get("diskEncryptionSetId")}
    found |= {f"LUN {lun}": id_ for lun, id_ in _data(encryption).items()}
    return {disk: id_ for disk, id_ in found.items() if id_}


def _sets(encryption: Json) -> list[tuple[str, str]]:
    """Every disk encryption set that an encryption names, with the path of the member that does."""
    os_disk = encryption.get("osDiskImage", {})
    secure = os_disk.get("securityProfile", {}).get("secureVMDiskEncryptionSetId")
    found = [
        ("osDiskImage.diskEncryptionSetId", os_disk.get("diskEncryptionSetId")),
        ("osDiskImage.securityProfile.secureVMDiskEncryptionSetId", secure),
        *(("dataDiskImages.diskEncryptionSetId", id_) for id_ in _data(encryption).values()),
    ]
    return [(member, id_) for member, id_ in found if id_]


def _folded(encryption: Json) -> str:
    """An encryption in a form that can be compared: ids in any case, data disks in any order, the profile filled in."""
    disks = sorted(encryption.get("dataDiskImages", []), key=lambda disk: disk.get("lun", 0))
    os_disk = {"securityProfile": {}, **encryption.get("osDiskImage", {})}
    return json.dumps({**encryption, "osDiskImage": os_disk, "dataDiskImages": disks}, sort_keys=True).lower()
