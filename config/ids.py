"""ARM ids: how they are read, and one named type for each type of resource that galleries refer to."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from config.diagnostics import quoted
from config.types import Deferrable, Deferred, Rule, matching, version_number

GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# What no name has is what a query or a badly copied id brings along ("Naming rules and restrictions for Azure
# resources").
_NAME = r"[^/\s?#%&<>\\]+"

_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)(/resourceGroups/(?P<group>[^/]+))?"
    r"/providers/(?P<provider>[^/]+)/(?P<path>[^/]+/[^/]+(/[^/]+/[^/]+)*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ResourceId:
    """An ARM id: `types` and `names` go from the outside in; `group` is empty for what lies in no resource group."""

    subscription: str
    group: str
    provider: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "ResourceId | None":
        """The id in `text`; None where it is none."""
        match = _ID.fullmatch(text)
        if match is None:
            return None
        parts = match["path"].split("/")
        return cls(match["subscription"], match["group"] or "", match["provider"], (*parts[::2],), (*parts[1::2],))

    @property
    def type(self) -> str:
        """The type of resource, as it is written: Microsoft.Compute/galleries/images."""
        return "/".join((self.provider, *self.types))

    @property
    def short(self) -> str:
        """The id as people tell it apart: types and names, without subscription, group and provider."""
        return "/".join(f"{type}/{name}" for type, name in zip(self.types, self.names, strict=True))

    def is_of(self, type: str) -> bool:
        """Whether it is an id of that type, compared without regard to case, as ARM does."""
        return self.type.casefold() == type.casefold()


def short(id: str) -> str:
    """The id as people tell it apart; any other text as it is."""
    parsed = ResourceId.parse(id)
    return parsed.short if parsed else id


def same_id(one: object, other: object) -> bool:
    """Whether two ids are the same to Azure, which compares them without regard to case."""
    return isinstance(one, str) and isinstance(other, str) and one.casefold() == other.casefold()


def resource_id(noun: str, provider: str, *types: str) -> Rule:
    """The full id of a resource of one type."""
    form = f"/subscriptions/<guid>/resourceGroups/<group>/providers/{provider}" + "".join(f"/{t}/<name>" for t in types)
    return of_form(noun, form)


def of_form(noun: str, form: str) -> Rule:
    """An id of a form with <guid>, <group> and <name>, compared without regard to case, as ARM does."""
    pattern = re.escape(form).replace("<guid>", GUID).replace("<group>", _NAME).replace("<name>", _NAME)
    fits = re.compile(pattern, re.IGNORECASE).fullmatch

    def check(text: str) -> str:
        if not fits(text):
            parsed = ResourceId.parse(text)
            kind = f", an id of type {parsed.type}" if parsed else ""
            raise ValueError(f"found {quoted(text)}{kind}, expected the id of {noun}: {form}")
        return text

    return Rule(check, {"title": f"id of {noun}", "examples": [form]})  # a pattern in any case is too long to read


def _numbered(text: str) -> str:
    version_number(text.rpartition("/")[2])
    return text


Guid = Annotated[
    str,
    matching(f"(?i){GUID}", "GUID", "32 hexadecimal digits with dashes", "00000000-0000-0000-0000-000000000001"),
    AfterValidator(str.lower),
]
PrincipalId = Annotated[str | Deferred, Deferrable(Guid)]
VirtualMachineId = Annotated[
    str | Deferred, Deferrable(Annotated[str, resource_id("a virtual machine", "Microsoft.Compute", "virtualMachines")])
]
ManagedImageId = Annotated[
    str | Deferred, Deferrable(Annotated[str, resource_id("a managed image", "Microsoft.Compute", "images")])
]
ImageVersionId = Annotated[
    str | Deferred,
    Deferrable(
        Annotated[
            str,
            resource_id("an image version", "Microsoft.Compute", "galleries", "images", "versions"),
            AfterValidator(_numbered),
        ]
    ),
]
CommunityImageId = Annotated[
    str,
    of_form("a community gallery's image version", "/CommunityGalleries/<name>/Images/<name>/Versions/<name>"),
    AfterValidator(_numbered),
]
ManagedDiskId = Annotated[
    str | Deferred, Deferrable(Annotated[str, resource_id("a managed disk", "Microsoft.Compute", "disks")])
]
SnapshotId = Annotated[
    str | Deferred, Deferrable(Annotated[str, resource_id("a snapshot", "Microsoft.Compute", "snapshots")])
]
StorageAccountId = Annotated[
    str | Deferred, Deferrable(Annotated[str, resource_id("a storage account", "Microsoft.Storage", "storageAccounts")])
]
DiskEncryptionSetId = Annotated[
    str | Deferred,
    Deferrable(Annotated[str, resource_id("a disk encryption set", "Microsoft.Compute", "diskEncryptionSets")]),
]
UserAssignedIdentityId = Annotated[
    str | Deferred,
    Deferrable(
        Annotated[
            str,
            resource_id("a user-assigned identity", "Microsoft.ManagedIdentity", "userAssignedIdentities"),
        ]
    ),
]
