"""Resource ids: one named type for each type of resource that galleries refer to."""

import re
from typing import Annotated

from pydantic import AfterValidator

from config.mistakes import quoted
from config.types import LATER, Rule, matching, version_number

GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def resource_id(noun: str, provider: str, *types: str) -> Rule:
    """The full id of a resource of one type."""
    form = f"/subscriptions/<guid>/resourceGroups/<group>/providers/{provider}" + "".join(f"/{t}/<name>" for t in types)
    return of_form(noun, form)


def of_form(noun: str, form: str) -> Rule:
    """An id of a form with <guid>, <group> and <name>, compared without regard to case, as ARM does."""
    pattern = re.escape(form).replace("<guid>", GUID).replace("<group>", "[^/]+").replace("<name>", "[^/]+")
    fits = re.compile(pattern, re.IGNORECASE).fullmatch

    def check(text: str) -> str:
        if not fits(text):
            raise ValueError(f"{_what_is(text)}, expected the id of {noun}: {form}")
        return text

    return Rule(check, {"title": f"id of {noun}", "examples": [form]})  # a pattern in any case is too long to read


def _what_is(text: str) -> str:
    """A text that was to be a resource id, in words: its type where it has one."""
    parts = re.split("/providers/", text, maxsplit=1, flags=re.IGNORECASE)[-1].split("/")
    complete = text.startswith("/") and len(parts) > 2 and len(parts) % 2 and all(parts)
    kind = f", an id of type {'/'.join([parts[0], *parts[1::2]])}" if complete and "/providers/" in text.lower() else ""
    return f"found {quoted(text)}{kind}"


def _numbered(text: str) -> str:
    version_number(text.rpartition("/")[2])
    return text


Guid = Annotated[
    str,
    matching(f"(?i){GUID}", "GUID", "32 hexadecimal digits with dashes", "00000000-0000-0000-0000-000000000001"),
    AfterValidator(str.lower),
]
PrincipalId = Annotated[Guid, LATER]
VirtualMachineId = Annotated[str, resource_id("a virtual machine", "Microsoft.Compute", "virtualMachines"), LATER]
ManagedImageId = Annotated[str, resource_id("a managed image", "Microsoft.Compute", "images"), LATER]
ImageVersionId = Annotated[
    str,
    resource_id("an image version", "Microsoft.Compute", "galleries", "images", "versions"),
    AfterValidator(_numbered),
    LATER,
]
CommunityImageId = Annotated[
    str,
    of_form("a community gallery's image version", "/CommunityGalleries/<name>/Images/<name>/Versions/<name>"),
    AfterValidator(_numbered),
]
ManagedDiskId = Annotated[str, resource_id("a managed disk", "Microsoft.Compute", "disks"), LATER]
SnapshotId = Annotated[str, resource_id("a snapshot", "Microsoft.Compute", "snapshots"), LATER]
StorageAccountId = Annotated[str, resource_id("a storage account", "Microsoft.Storage", "storageAccounts"), LATER]
DiskEncryptionSetId = Annotated[
    str, resource_id("a disk encryption set", "Microsoft.Compute", "diskEncryptionSets"), LATER
]
UserAssignedIdentityId = Annotated[
    str, resource_id("a user-assigned identity", "Microsoft.ManagedIdentity", "userAssignedIdentities"), LATER
]
