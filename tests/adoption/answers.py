"""What Azure answers for galleries, without what no data file decides: for comparing two clouds."""

from __future__ import annotations

from typing import Any

from tests.azure import Azure

_OWN = (
    *("systemData", "etag", "provisioningState", "publishedDate", "sharingStatus", "replicationStatus", "publicNames"),
    "retentionPeriodInDays",  # told as unmanaged
)
_STANDARD = {"SecurityType": "Standard", "DiskControllerTypes": "SCSI", "IsHibernateSupported": "False"}


def answers(cloud: Azure, group: str) -> dict[str, Any]:
    """All galleries of a resource group with what is in them and on them, by id; role assignments by what they say."""
    found: dict[str, Any] = {}
    for gallery in _listed(cloud, f"{group}/providers/Microsoft.Compute/galleries"):
        found[gallery] = _told(cloud.get(gallery, **{"$expand": "SharingProfile/Groups"}))
        for image in _listed(cloud, f"{gallery}/images"):
            found[image] = _told(cloud.get(image))
            for version in _listed(cloud, f"{image}/versions"):
                found[version] = _told(cloud.get(version, **{"$expand": "UefiSettings"}))
    for lock in _listed(cloud, f"{group}/providers/Microsoft.Authorization/locks"):
        found[lock] = _told(cloud.get(lock))
    for id in _listed(cloud, f"{group}/providers/Microsoft.Authorization/roleAssignments"):
        scope, properties = id.rpartition("/providers/")[0], cloud.get(id)["properties"]
        role = properties["roleDefinitionId"].rpartition("/")[2]
        found[f"{scope}: {role} for {properties['principalId']}"] = properties.get("description")
    return found


def _listed(cloud: Azure, path: str) -> list[str]:
    found, following = [], cloud.get(path)
    while following:
        found += [each["id"] for each in following["value"]]
        following = cloud.get(following["nextLink"]) if "nextLink" in following else None
    return found


def _told(answer: Any) -> Any:
    """An answer in which what means the same looks the same."""
    told = _plain(answer)
    properties = told.get("properties", {})
    if "features" in properties:
        spoken = {each["name"]: {**each, "value": each["value"].capitalize()} for each in properties["features"]}
        properties["features"] = {n: f for n, f in spoken.items() if f["value"] != _STANDARD.get(n, "").capitalize()}
    profile = properties.get("publishingProfile")
    if profile:
        if profile.get("replicationMode") == "Full":
            del profile["replicationMode"]
        profile.pop("storageAccountStrategy", None)
        profile.setdefault("storageAccountType", "Standard_LRS")
        for region in profile["targetRegions"]:
            if region.get("excludeFromLatest") is False and not profile["excludeFromLatest"]:
                del region["excludeFromLatest"]
        profile["targetRegions"] = {each.pop("name"): each for each in profile["targetRegions"]}
    safety = properties.get("safetyProfile", {})
    if safety.get("blockDeletionBeforeEndOfLife") is False:
        del safety["blockDeletionBeforeEndOfLife"]
    source = properties.get("storageProfile", {}).get("source")
    if source:
        properties["storageProfile"]["source"] = next(iter(source.values()))
    disk = properties.get("storageProfile", {}).get("osDiskImage", {}).get("source")
    if disk and "uri" in disk:  # a blob, whose account goes by one of two names
        disk["storageAccountId"] = disk.pop("id", None) or disk["storageAccountId"]
    if properties.get("softDeletePolicy", {}).get("isSoftDeleteEnabled") is False:
        del properties["softDeletePolicy"]
    if properties.get("sharingProfile") == {"permissions": "Private"}:
        del properties["sharingProfile"]
    return _without_nothing(told)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if key not in _OWN}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        inside = {key: _without_nothing(each) for key, each in value.items()}
        return {key: each for key, each in inside.items() if each not in ({}, [], None)}
    return value
