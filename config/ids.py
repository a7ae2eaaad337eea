"""Resource ids: one named type for each type of resource that an image version can be made from."""

import re
from typing import Annotated

from pydantic import AfterValidator

from config.mistakes import quoted
from config.types import version_number


def resource_id(noun: str, provider: str, *types: str) -> AfterValidator:
    """The full id of a resource of one type, compared without regard to case, as ARM does."""
    form = f"/subscriptions/<guid>/resourceGroups/<group>/providers/{provider}" + "".join(f"/{t}/<name>" for t in types)
    guid = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    pattern = re.escape(form).replace("<guid>", guid).replace("<group>", "[^/]+").replace("<name>", "[^/]+")
    fits = re.compile(pattern, re.IGNORECASE).fullmatch

    def check(text: str) -> str:
        if not fits(text):
            raise ValueError(f"{_what_is(text)}, expected the id of {noun}: {form}")
        return text

    return AfterValidator(check)


def _what_is(text: str) -> str:
    """A text that was to be a resource id, in words: its type where it has one."""
    parts = re.split("/providers/", text, maxsplit=1, flags=re.IGNORECASE)[-1].split("/")
    complete = text.startswith("/") and len(parts) > 2 and len(parts) % 2 and all(parts)
    kind = f", an id of type {'/'.join([parts[0], *parts[1::2]])}" if complete and "/providers/" in text.lower() else ""
    return f"found {quoted(text)}{kind}"


def _numbered(text: str) -> str:
    version_number(text.rpartition("/")[2])
    return text


VirtualMachineId = Annotated[str, resource_id("a virtual machine", "Microsoft.Compute", "virtualMachines")]
ManagedImageId = Annotated[str, resource_id("a managed image", "Microsoft.Compute", "images")]
ImageVersionId = Annotated[
    str,
    resource_id("an image version", "Microsoft.Compute", "galleries", "images", "versions"),
    AfterValidator(_numbered),
]
ManagedDiskId = Annotated[str, resource_id("a managed disk", "Microsoft.Compute", "disks")]
SnapshotId = Annotated[str, resource_id("a snapshot", "Microsoft.Compute", "snapshots")]
StorageAccountId = Annotated[str, resource_id("a storage account", "Microsoft.Storage", "storageAccounts")]
