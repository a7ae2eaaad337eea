"""The share action of a gallery: what Azure has, and the way from there to what is wanted.

From a gallery with the permissions Groups access is withdrawn by Remove: a Reset would leave it private, and a private
gallery can't be shared again. For a community gallery Reset is the only way (recorded in azure-cli's
test_community_gallery_operations).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cloud.client import Refused, call, in_words
from config.azure.sharing import Shared, public_name
from config.azure.view import View
from config.azure.words import listed
from config.ids import ResourceId
from config.paths import at
from config.regions import normalised

if TYPE_CHECKING:
    from azure.mgmt.compute import ComputeManagementClient

EXPAND = "SharingProfile/Groups"
ROLE = "Compute Gallery Sharing Admin"
PATIENCE_SECONDS = 900.0
"""For Azure to share a gallery in all its regions."""
POLL_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 10.0


class Place(NamedTuple):
    """Where a gallery is."""

    subscription: str
    group: str
    name: str

    @classmethod
    def of(cls, id: str) -> Place:
        """By the gallery's ARM id. Raises Refused where it is none."""
        parsed = ResourceId.parse(id)
        if parsed is None or not parsed.is_of("Microsoft.Compute/galleries"):
            raise Refused(f"{id!r} is no id of a gallery")
        return cls(parsed.subscription, parsed.group, parsed.names[0])


class Region(NamedTuple):
    """How the sharing in a region is: Azure's state (Unknown, InProgress, Succeeded, Failed), and its words."""

    state: str
    details: str


@dataclass(frozen=True)
class Found:
    """How Azure has shared a gallery."""

    permissions: str
    shared: Shared
    public_name: str
    at_work: bool
    """Whether Azure is at work on the gallery itself."""
    regions: Mapping[str, Region]

    @classmethod
    def of_answer(cls, answer: Mapping[str, Any]) -> Found:
        view = View.of_answer("gallery", answer)
        summary = at(view.inputs, "sharingStatus.summary") or ()
        regions = {
            normalised(each["region"]): Region(each.get("state") or "Unknown", each.get("details") or "")
            for each in summary
        }
        permissions = str(view["sharingProfile.permissions"])
        return cls(permissions, Shared.of_answer(answer), public_name(answer), view.at_work, regions)

    @property
    def busy(self) -> bool:
        """Whether Azure is at work on the gallery, or on its sharing."""
        return self.at_work or any(each.state == "InProgress" for each in self.regions.values())

    @property
    def unfinished(self) -> str:
        """Where the sharing isn't what it is to be, in words; empty where it is, as far as Azure tells."""
        told = {"Failed": "failed", "InProgress": "isn't finished"}
        found = [
            " ".join((told[each.state], "in", region, *([f"({each.details.rstrip('.')})"] if each.details else [])))
            for region, each in self.regions.items()
            if each.state in told
        ]
        return listed(found) if found else ""


def look(client: ComputeManagementClient, place: Place) -> Found | None:
    """How a gallery is shared; None where there is no such gallery."""
    answer = call(client.galleries.get, place.group, place.name, expand=EXPAND)
    return None if answer is None else Found.of_answer(answer.as_dict())


def share(client: ComputeManagementClient, place: Place, wanted: Shared, before: Shared | None) -> Found:
    """Shares a gallery with those who are wanted, and with nobody else; who isn't wanted and isn't in `before` (where
    that is known) stays, since nobody has decided about them. Waits until Azure has done so in all regions.

    Raises Refused where Azure refuses, or where the gallery can't be shared like that.
    """
    found = _settled(client, place)
    if found is None:
        raise Refused(f"the gallery {place.name} isn't there")
    needed = "Community" if wanted.public else "Groups"
    if wanted and found.permissions != needed:
        raise Refused(
            f"{place.name} has the permissions {found.permissions} in Azure, so it can't be shared with "
            f"{wanted.in_words}: Azure never gives {needed} back to a gallery that was reset; make another one"
        )
    again = bool(found.unfinished)
    gone = found.shared - wanted if before is None else (before - wanted) & found.shared
    come = wanted if again else wanted - found.shared
    # In this order there are never more at once than Azure allows.
    if gone.public:
        _act(client, place, "Reset")
    elif gone:
        _act(client, place, "Remove", gone)
    if come.public:
        _act(client, place, "EnableCommunity")
    elif come:
        _act(client, place, "Add", come)
    return _settled(client, place) or found


def withdraw(client: ComputeManagementClient, place: Place) -> None:
    """Shares a gallery with nobody any more, before it is deleted. One that isn't there is shared with nobody."""
    found = _settled(client, place)
    if found is None:
        return
    if found.shared.public:
        _act(client, place, "Reset")
    elif found.shared:
        _act(client, place, "Remove", found.shared)


def _act(client: ComputeManagementClient, place: Place, operation: str, shared: Shared | None = None) -> None:
    """The action, to its end."""
    update: dict[str, Any] = {"operationType": operation, **({"groups": shared.groups} if shared else {})}
    begin: Any = client.gallery_sharing_profile.begin_update
    try:
        with in_words(f"Azure refuses to share {place.name} ({operation})"):
            begin(place.group, place.name, update, polling_interval=POLL_SECONDS).result()
    except Refused as error:
        if error.code != "AuthorizationFailed":
            raise
        raise Refused(f"{error}: it takes the role {ROLE} on the gallery, or Owner", error.code) from None


def _settled(client: ComputeManagementClient, place: Place) -> Found | None:
    """The gallery when Azure is at work on it no longer, or not within the time that this may take."""
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, 0.1
    while (found := look(client, place)) and found.busy and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_WAIT_SECONDS)
    return found
