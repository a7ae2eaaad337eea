"""How the galleries of a stack are shared in Azure, beside what the data file wants."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from commands.common import CommandError

if TYPE_CHECKING:
    from azure.mgmt.compute import ComputeManagementClient

    from cloud.sharing import Found
    from config import Gallery
    from config.azure.sharing import Shared


@dataclass(frozen=True)
class SharingStatus:
    """A gallery that the data file or Azure shares beyond roles; `found` is None where there is no such gallery."""

    gallery: str
    wanted: "Shared"
    found: "Found | None"
    declared: bool = True

    @property
    def outcome(self) -> Literal["done", "failed", "running"]:
        if self.found is None:
            return "running"
        if any(region.state == "Failed" for region in self.found.regions.values()):
            return "failed"
        return "running" if self.found.busy or self.wanted - self.found.shared else "done"

    @property
    def lines(self) -> list[str]:
        """In sentences."""
        if self.found is None:
            return [f"{self.gallery}: not there yet, to be shared with {self.wanted.in_words}"]
        shared, public_name = self.found.shared, self.found.public_name
        name = f", under the name {public_name}" if shared.public and public_name else ""
        told = [f"{self.gallery}: {self.found.permissions}, shared with {shared.in_words}{name}"]
        if missing := self.wanted - shared:
            told.append(f"{self.gallery}: not shared yet with {missing.in_words}")
        if more := shared - self.wanted:
            told.append(f"{self.gallery}: the data file doesn't share it with {more.in_words}")
        if self.found.unfinished:
            told.append(f"{self.gallery}: sharing it {self.found.unfinished}")
        return told

    @property
    def shown(self) -> dict[str, Any]:
        """For programs."""
        told: dict[str, Any] = {"gallery": self.gallery, "permissions": None, "outcome": self.outcome, "regions": []}
        if self.found:
            shared, public_name = self.found.shared, self.found.public_name
            told |= {"permissions": self.found.permissions, "subscriptions": list(shared.subscriptions)}
            told |= {"tenants": list(shared.tenants), "community": shared.public, "publicName": public_name or None}
            told["regions"] = [{"region": name, **each._asdict()} for name, each in self.found.regions.items()]
        return told


def sharing_status(client: "ComputeManagementClient", name: str, gallery: "Gallery") -> SharingStatus | None:
    """How a gallery is shared; None where it is private, and is to be.

    Raises Unreachable where Azure doesn't answer, CommandError where it refuses to.
    """
    from cloud.client import Refused
    from cloud.sharing import Place, look
    from config.azure.sharing import Shared

    profile = gallery.sharing_profile
    try:
        found = look(client, Place(client._config.subscription_id, str(gallery.resource_group.name), name))
    except Refused as error:
        raise CommandError(str(error)) from None
    private = profile.permissions == "Private" and (found is None or found.permissions == "Private")
    return None if private else SharingStatus(name, Shared.of_profile(profile), found)
