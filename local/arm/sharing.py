"""How a gallery is shared: by roles alone, directly with subscriptions and tenants, or with everybody."""

from __future__ import annotations

import re
import uuid

from .errors import AzureError, invalid, reserved_name, unchangeable
from .ids import ResourceId, parse
from .regions import find
from .shapes import Json, choice, items, read_only, record, require, text
from .store import Row, Transaction

PATH = "gallery.properties.sharingProfile"
PROFILE = record(
    {
        "permissions": choice("Private", "Groups", "Community"),
        "groups": read_only,
        "communityGalleryInfo": record(
            {
                "publisherUri": text,
                "publisherContact": text,
                "eula": text,
                "publicNamePrefix": text,
                "communityGalleryEnabled": read_only,
                "publicNames": read_only,
            }
        ),
    }
)
_COMMUNITY = ("publisherUri", "publisherContact", "eula", "publicNamePrefix")
_SIGNED = re.compile(r"[?&]sig=", re.IGNORECASE)
_PREFIX = re.compile(r"[A-Za-z0-9]{5,16}")  # [C]
_RESET = {"permissions": "Private"}
_MOST = {"Subscriptions": 30, "AADTenants": 5}  # [D]
_GALLERIES = "Microsoft.Compute/galleries"
_VERSIONS = f"{_GALLERIES}/images/versions"
_CONSUMED = re.compile(
    r"/(?P<kind>SharedGalleries|CommunityGalleries)/(?P<gallery>[^/]+)/Images/(?P<image>[^/]+)"
    r"(/Versions/(?P<version>[^/]+))?",
    re.IGNORECASE,
)
_REGION_SECONDS = 5.0  # until a region has taken note of who has access [I]
_UPDATE = record(
    {
        "operationType": choice("Add", "Remove", "Reset", "ResetToPrivate", "EnableCommunity"),
        "groups": items(record({"type": choice(*_MOST), "ids": items(text)}, "type", "ids")),
    },
    "operationType",
)


def permissions(gallery: Row) -> str:
    """Private, Groups or Community."""
    found: str = gallery.properties.get("sharingProfile", {}).get("permissions", "Private")
    return found


def enabled(gallery: Row) -> list[str]:
    """The public names of a gallery that is shared with everybody."""
    info = community_info(gallery)
    return list(info["publicNames"]) if info.get("communityGalleryEnabled") else []


def community_info(gallery: Row) -> Json:
    """Who publishes a community gallery, and under which names; empty for any other gallery."""
    found: Json = gallery.properties.get("sharingProfile", {}).get("communityGalleryInfo", {})
    return found


def groups(gallery: Row, type_: str) -> list[str]:
    """The subscriptions, or the tenants, that a gallery is shared with directly."""
    listed = gallery.properties.get("sharingProfile", {}).get("groups", [])
    return [id_.lower() for group in listed if group["type"] == type_ for id_ in group["ids"]]


def known_as(gallery: Row, kind: str, whom: set[str]) -> list[str]:
    """The names by which these subscriptions and tenants find a gallery below SharedGalleries or CommunityGalleries."""
    if kind.lower() == "communitygalleries":
        return enabled(gallery)
    shared = whom & {*groups(gallery, "Subscriptions"), *groups(gallery, "AADTenants")}
    return [gallery.properties["identifier"]["uniqueName"]] if shared else []


def behind(id_: str, tx: Transaction, whom: set[str]) -> ResourceId | None:
    """The image or the version that others know by such an id [W: azure-cli's test_create_vm_with_shared_gallery_image
    and test_create_vm_with_community_gallery_image]; None for another id, and where they don't see the gallery.
    """
    found = _CONSUMED.fullmatch(id_)
    for gallery in tx.of_type("/subscriptions", _GALLERIES) if found else ():
        if found and found["gallery"].lower() in map(str.lower, known_as(gallery, found["kind"], whom)):
            latest = (found["version"] or "latest").lower() == "latest"
            return parse(f"{gallery.id}/images/{found['image']}{'' if latest else '/versions/' + found['version']}")
    return None


def profile(sent: Json, gallery: Row | None) -> Json:
    """The sharing profile to keep: what was sent, and what the share action has made of it so far.

    Chosen at creation [D]; that a change is refused, and how, is [I]. What isn't said stays [W of Groups:
    azure-powershell's TestGalleryDirectSharing; of Community: I]. A gallery that was reset can be shared again: with
    groups [W: the same], with the community, by a new name [W: azure-cli's test_update_gallery_permissions], and so can
    any private one with the community [G: azure-cli#22223]. Community galleries say who publishes them [S],
    under a prefix of letters and digits [C], to which Azure adds a GUID at once [W: azure-cli's
    test_community_gallery_operations]; texts [I]. Address and licence can be any text [W], but for a licence behind a
    shared access signature [D].
    """
    community = sent.get("communityGalleryInfo", {})
    kept = gallery.properties.get("sharingProfile", {}) if gallery else {}
    sent = {**({"permissions": kept["permissions"]} if "permissions" in kept else {}), **sent}
    opened = {"Community": permissions(gallery) == "Private", "Groups": kept == _RESET} if gallery else {}
    if gallery is None or opened.get(sent.get("permissions", "")):
        if sent.get("permissions") == "Community":
            require(community, f"{PATH}.communityGalleryInfo", *_COMMUNITY)
        elif community:
            raise invalid("Only a gallery with the permissions 'Community' has a communityGalleryInfo.", PATH)
        prefix = community.get("publicNamePrefix", "prefix")
        if not _PREFIX.fullmatch(prefix):
            path = f"{PATH}.communityGalleryInfo.publicNamePrefix"
            raise invalid(f"The public name prefix '{prefix}' is invalid. It has 5 to 16 letters and digits.", path)
        check_public_name(prefix)
        if _SIGNED.search(community.get("eula", "")):
            text_ = "The eula of a community gallery can't be a URI with a shared access signature."
            raise invalid(text_, f"{PATH}.communityGalleryInfo.eula")
        if not community:
            return sent
        made = {"communityGalleryEnabled": False, "publicNames": [f"{prefix}-{uuid.uuid4()}"]}
        return {**sent, "communityGalleryInfo": {**community, **made}}
    if permissions(gallery) != sent.get("permissions", "Private"):
        raise unchangeable(f"{PATH}.permissions")
    stored = kept.get("communityGalleryInfo", {})
    for member in _COMMUNITY if "communityGalleryInfo" in sent else ():
        if stored.get(member) != community.get(member):
            raise unchangeable(f"{PATH}.communityGalleryInfo.{member}")
    shared = {"groups": kept["groups"]} if "groups" in kept else {}
    return {**sent, **shared, **({"communityGalleryInfo": stored} if stored else {})}


def check_public_name(name: str) -> None:
    """Azure reserves two words wherever they stand in a name that the public sees [D; for images: G]."""
    if any(word in name.lower() for word in ("microsoft", "windows")):
        raise reserved_name(name)


def share(gallery: Row, body: Json, tx: Transaction, speed: float) -> Json:
    """The share action: the gallery's properties after it. What contradicts its permissions is refused [I].

    A reset leaves a private gallery [W: azure-cli's test_community_gallery_operations, test_shared_gallery]. Its first
    name was ResetToPrivate [W: azure-sdk-for-net's Gallery_WithSharingProfile_CRUD_Tests].
    """
    update = _UPDATE(body, "sharingUpdate")
    operation, kept = update["operationType"], gallery.properties.get("sharingProfile", {})
    wanted = {"Add": "Groups", "Remove": "Groups", "EnableCommunity": "Community"}.get(operation)
    if wanted and permissions(gallery) != wanted:
        text_ = (
            f"The sharing operation '{operation}' is not allowed on a gallery with the permissions "
            f"'{permissions(gallery)}'; it needs '{wanted}'."
        )
        raise AzureError(409, "OperationNotAllowed", text_, "sharingUpdate.operationType")
    after = {name: value for name, value in kept.items() if name != "groups"}
    if operation in ("Add", "Remove"):
        after |= _groups(kept.get("groups", []), operation, update.get("groups", []))
    elif operation == "EnableCommunity":
        after["communityGalleryInfo"] = {**community_info(gallery), "communityGalleryEnabled": True}
    elif permissions(gallery) != "Private":
        after = _RESET
    changed = {name: each for name, each in gallery.properties.items() if name != "sharingStatus"}
    if after.get("permissions", "Private") != "Private":
        ends = [tx.now, tx.now + _REGION_SECONDS / speed]
        changed["sharingStatus"] = {"regions": dict.fromkeys(_regions(gallery, tx), ends), "failing": []}
    return {**changed, **({"sharingProfile": after} if after else {})}


def _regions(gallery: Row, tx: Transaction) -> list[str]:
    """Where others see something of the gallery: where it is itself, and where its versions are [I]."""
    home = find(gallery.body["location"])
    versions = tx.of_type(gallery.id.lower(), _VERSIONS)
    found = [home.display] if home else []
    return [*dict.fromkeys([*found, *(region for version in versions for region in version.timeline.regions)])]


def failing(properties: Json, displays: tuple[str, ...], started: float) -> Json | None:
    """The properties of a gallery when a share action, accepted then, fails in some regions; None where it is at work
    in none of them. That the action itself succeeds all the same is [I]: the status of each region is told apart [S].
    """
    status = properties.get("sharingStatus", {})
    lost = [region for region, (begin, _) in status.get("regions", {}).items() if begin >= started]
    lost = [region for region in lost if region in displays]
    return {**properties, "sharingStatus": {**status, "failing": lost}} if lost else None


def _status(kept: Json, now: float) -> Json:
    """How far the last share action is, region by region; shape [S], words [I]."""
    summary = []
    for region, (_, end) in kept["regions"].items():
        if now < end:
            summary.append({"region": region, "state": "InProgress"})
        elif region in kept["failing"]:
            summary.append({"region": region, "state": "Failed", "details": "Failed with internal server error."})
        else:
            summary.append({"region": region, "state": "Succeeded"})
    states = [each["state"] for each in summary]
    aggregated = next((state for state in ("InProgress", "Failed") if state in states), "Succeeded")
    return {"aggregatedState": aggregated, "summary": summary}


def shown(properties: Json, with_groups: bool, selected: bool, now: float) -> Json:
    """The properties as a GET shows them: the groups only when they are asked for [S], and the status with them [I];
    `$select=Permissions` shows no status [W: azure-cli's test_shared_gallery].

    `$select=Permissions` shows the groups, too [W: the same], and that a gallery is private [I].
    """
    status = properties.get("sharingStatus")
    properties = {name: each for name, each in properties.items() if name != "sharingStatus"}
    if status and with_groups:
        properties["sharingStatus"] = _status(status, now)
    kept = properties.get("sharingProfile")
    if selected:
        return {**properties, "sharingProfile": {"permissions": "Private", **(kept or {})}}
    if kept is None or with_groups:
        return properties
    return {**properties, "sharingProfile": {name: value for name, value in kept.items() if name != "groups"}}


def _groups(before: list[Json], operation: str, sent: list[Json]) -> Json:
    """The groups after an Add or a Remove; at most 30 subscriptions and 5 tenants [D], text [I].

    A gallery can be shared with its own subscription, too [W: azure-cli's test_shared_gallery]. Subscriptions come
    first [W: azure-sdk-for-net's Gallery_SharingToSubscriptionAndTenant_CRUD_Tests]. That the case of an id doesn't
    matter is [I].
    """
    ids = {group["type"]: {id_.lower(): id_ for id_ in group["ids"]} for group in before}
    for group in sent:
        for id_ in group["ids"]:
            known = ids.setdefault(group["type"], {})
            known.pop(id_.lower(), None)
            if operation == "Add":
                known[id_.lower()] = id_
    for type_, most in _MOST.items():
        if len(ids.get(type_, {})) > most:
            raise invalid(f"A gallery can be shared with at most {most} {type_}.", "sharingUpdate.groups")
    found = [{"type": type_, "ids": list(ids[type_].values())} for type_ in _MOST if ids.get(type_)]
    return {"groups": found} if found else {}
