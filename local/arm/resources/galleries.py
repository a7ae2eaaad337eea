"""Galleries."""

import re
from typing import ClassVar

from .. import managed_identity, sharing
from ..errors import AzureError, invalid, invalid_end, out_of_range
from ..ids import ResourceId, parse
from ..resource import Change, Plan, ResourceType, View
from ..shapes import Json, flag, integer, read_only, record, text
from ..store import Row, Transaction
from .soft_deleted_versions import RETENTION_DAYS
from .soft_deleted_versions import TYPE as SOFT_DELETED

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._]{0,78}[A-Za-z0-9])?")  # [D]
_PERIODS = ("retentionPeriodInDays", "gracePeriodInDays")


class Galleries(ResourceType):
    """A gallery: how it is shared, whether deletion is final, and as whom it acts."""

    type = "Microsoft.Compute/galleries"
    noun = "gallery"
    quota = 100  # [D]
    members: ClassVar = {
        "description": text,
        "identifier": read_only,
        "provisioningState": read_only,
        "sharingStatus": read_only,
        "sharingProfile": sharing.PROFILE,
        "softDeletePolicy": record(
            {"isSoftDeleteEnabled": flag, "retentionPeriodInDays": integer, "gracePeriodInDays": integer}
        ),
    }
    since: ClassVar = {
        "sharingProfile": "2020-09-30",  # [S]
        "softDeletePolicy": "2021-07-01",  # with its retention [W: azure-cli's test_gallery_soft_delete]
        "softDeletePolicy.gracePeriodInDays": "2026-03-03",  # [W: test_gallery_soft_delete_policy_and_recycle_bin]
    }
    envelope: ClassVar = {"identity": managed_identity.identity}
    actions: ClassVar = {"share": sharing.share}

    def check_name(self, id_: ResourceId) -> None:
        """Letters and digits, `_` and `.` in the middle, up to 80 [D]."""
        if id_.name.endswith((".", "_")):
            raise invalid_end(id_.name, "galleryName")
        if not _NAME.fullmatch(id_.name):
            text_ = (
                "Gallery name is invalid. Allowed characters are English alphanumeric characters, with underscores, "
                "and periods allowed in the middle, up to 80 characters total. All other special characters, including "
                "dashes, are disallowed."
            )
            raise invalid(text_, "galleryName")

    def check_delete(self, row: Row, tx: Transaction) -> None:
        """A gallery that is open to everybody is closed first [D]; text and code [I]."""
        if sharing.enabled(row):
            text_ = "The gallery is shared with the community. Reset its sharing profile before deleting it."
            raise AzureError(409, "OperationNotAllowed", text_)

    def plan(self, change: Change) -> Plan:
        """Names are unique within the subscription; `uniqueName` is made from both [W]."""
        if change.row is None:
            check_unique(change)
        name = f"{change.id.subscription}-{change.id.name.upper()}"
        properties = {**change.properties, "identifier": {"uniqueName": name}}
        if profile := sharing.profile(change.properties.get("sharingProfile", {}), change.row):
            properties["sharingProfile"] = profile
        properties |= {name: each for name, each in change.old.items() if name == "sharingStatus"}
        if "softDeletePolicy" in change.properties:
            properties["softDeletePolicy"] = soft_delete_policy(change)
        if change.row and soft_deletes(change.row) and not _enabled(properties):
            forget(change)
        return Plan(properties, change.at(self.change_seconds))

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """With the identity's principals, and the groups that it is shared with when they are asked for.

        One api-version says of every gallery whether it deletes softly [W: azure-sdk-for-python's
        test_compute_galleries].
        """
        shown = managed_identity.shown(super().render(id_, row, view), row.id)
        if view.api_version == "2021-07-01":
            shown["properties"].setdefault("softDeletePolicy", {"isSoftDeleteEnabled": False})
        groups, selected = "sharingprofile/groups" in view.expand, "permissions" in view.expand
        if view.api_version < "2021-07-01" and not (view.written or groups or selected):
            # Only where it is asked for [W: azure-sdk-for-net's Gallery_WithSharingProfile_CRUD_Tests, 2020-09-30].
            shown["properties"].pop("sharingProfile", None)
        return {**shown, "properties": sharing.shown(shown["properties"], groups, selected, view.now)}


def gallery_of(id_: ResourceId, tx: Transaction) -> Row:
    """The gallery that a definition or a version is in."""
    while len(id_.types) > 1 and id_.parent:
        id_ = id_.parent
    row = tx.find(id_.key)
    assert row, "a gallery with something in it can't be deleted"
    return row


def soft_deletes(gallery: Row) -> bool:
    """Whether a deleted version of this gallery can be brought back."""
    return _enabled(gallery.properties)


def periods(gallery: Row) -> tuple[int, int]:
    """For how many days a deleted version can be used, and for how many more it can be brought back [S]."""
    policy = gallery.properties["softDeletePolicy"]
    return policy["retentionPeriodInDays"], policy.get("gracePeriodInDays", 0)


def soft_delete_policy(change: Change) -> Json:
    """The policy to keep: seven days of retention [D], until an api-version in which both periods can be chosen [S].

    Soft deletion needs everything in one location [D]; text and code [I]. That a period has a day at least is [I].
    """
    path = "gallery.properties.softDeletePolicy"
    inside = change.tx.below(change.id.key) if _enabled(change.properties) else []
    if any(row.body.get("location", change.location.name) != change.location.name for row in inside):
        text_ = "Soft delete can't be enabled while image definitions or versions are in another location."
        raise AzureError(409, "OperationNotAllowed", text_, path)
    sent, before = change.properties["softDeletePolicy"], change.old.get("softDeletePolicy", {})
    if change.api_version < "2026-03-03":
        sent = {name: value for name, value in sent.items() if name == "isSoftDeleteEnabled"} | {
            name: before[name] for name in _PERIODS if name in before
        }
    for name in _PERIODS:
        if sent.get(name, 1) < 1:
            raise out_of_range(sent[name], f"{path}.{name}", 1, 2**31 - 1)
    return {**({"retentionPeriodInDays": RETENTION_DAYS} if _enabled(change.properties) else {}), **sent}


def forget(change: Change) -> None:
    """Without soft deletion what was deleted softly is gone, and holds nothing back any more [D; that it goes: I]."""
    for row in change.tx.of_type(change.id.key, SOFT_DELETED.type):
        change.tx.save(row, change.now, change.now)


def _enabled(properties: Json) -> bool:
    return bool(properties.get("softDeletePolicy", {}).get("isSoftDeleteEnabled"))


def check_unique(change: Change) -> None:
    """No other gallery of that name in any group of the subscription [D]."""
    subscription = f"/subscriptions/{change.id.subscription}"
    for row in change.tx.of_type(subscription.lower(), Galleries.type):
        other = parse(row.id)
        if other and other.name.lower() == change.id.name.lower():
            text_ = (
                f"The gallery name {change.id.name} is not unique within the subscription {change.id.subscription}. "
                "Please pick another gallery name"
            )
            raise invalid(text_, "galleryName")


TYPE = Galleries()
