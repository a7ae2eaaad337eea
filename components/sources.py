"""Sources are verified before a version is made: in the preview, where Azure would say so minutes into an update.

A hook before creation looks the source up, so only versions that don't exist yet are verified, and a published version
whose source is long gone troubles nobody. What the source is compared with is the definition; what a look-up doesn't
tell isn't compared. An image version of a community gallery can't be looked up by azure-native.

Sources: "Troubleshoot shared images" and "Store and share images in an Azure Compute Gallery" (Microsoft's
documentation). That a look-up may name another subscription than the provider's is azure-native's way to read the
parameters of a path (pulumi-azure-native, provider/pkg/provider/crud).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pulumi

import config

from .inputs import Inputs, get
from .look_up import look_up

GIGABYTES = {"Full": 2048, "Shallow": 32768}
"""The largest disk that a version may have, by replication mode ("Limits", and "Shallow replication")."""


@dataclass(frozen=True)
class Facts:
    """What is known about a source; None where its look-up doesn't tell."""

    regions: tuple[str, ...]
    """Where it is: one region, or all that an image version is replicated to. As Azure writes them."""
    os_type: str | None = None
    os_state: str | None = None
    generation: str | None = None
    architecture: str | None = None
    plan: Inputs | None = None
    gigabytes: tuple[float, ...] = ()
    """Sizes of its disks."""
    running: bool = False
    unfit: str | None = None
    """Why Azure makes no version from it, whatever the definition says."""


def verification(
    image: config.Image, mine: Callable[[str], bool], component: pulumi.Resource, name: str
) -> pulumi.ResourceHook:
    """The hook before the creation of a version of `image`, the definition whose logical name is `name`.

    `mine` tells whether a version of that id is made by the same program: it needn't be there while a preview runs.
    """
    look_ups = _LookUps(component)

    async def before_create(args: pulumi.ResourceHookArgs) -> None:
        version = image.versions[args.name.rpartition("/")[2]]
        if not version.verify_sources:
            return
        wrong: list[str] = []
        for what, id, types in _sources(args.new_inputs or {}):
            if isinstance(id, str) and not (pulumi.runtime.is_dry_run() and mine(id)):
                wrong += [f"{what} {told}" async for told in _verified(id, types, image, version, look_ups, args.name)]
        if wrong:
            raise pulumi.RunError("\n".join(f"{args.name}: {sentence}" for sentence in wrong))

    return pulumi.ResourceHook(f"verify-sources-{name}", before_create, pulumi.ResourceHookOptions(on_dry_run=True))


def mismatches(facts: Facts, image: config.Image, version: config.Version) -> Iterator[str]:
    """What Azure would refuse about a version made from this source, in sentences that begin with a verb."""
    if facts.unfit:
        yield facts.unfit
    home = version.location
    if facts.regions and home.name not in [config.normalised(region) for region in facts.regions]:
        yield (
            f"is in {', '.join(facts.regions)}, but the version is made in {home.name}: a source has to be where its "
            "version is made"
        )
    plan = image.purchase_plan
    wanted = {
        "OS type": (facts.os_type, image.os_type),
        "OS state": (facts.os_state, image.os_state),
        "Hyper-V generation": (facts.generation, image.hyper_v_generation),
        "architecture": (facts.architecture, image.architecture),
        "purchase plan": (_plan(facts.plan or {}), _plan(plan.model_dump()) if plan else "none"),
    }
    for what, (found, said) in wanted.items():
        if found and found.lower() != said.lower():
            yield f"has the {what} {found}, but the definition says {said}: they have to agree"
    mode = version.replication_mode or "Full"
    for size in facts.gigabytes:
        if size > GIGABYTES[mode]:
            yield f"has a disk of {size:g} GB, but with {mode} replication {GIGABYTES[mode]} GB is the limit"


async def _verified(
    id: str, types: tuple[str, ...], image: config.Image, version: config.Version, look_ups: _LookUps, name: str
) -> Any:
    kind, parameters = _parsed(id)
    if kind not in types:
        yield f"{id} is no id of the type {' or '.join(types)}"
        return
    try:
        facts = await look_ups.facts(kind, parameters)
    except LookupError as error:
        yield f"{id} {error}"
        return
    for sentence in mismatches(facts, image, version):
        yield f"{_short(id)} {sentence}"
    if facts.running:
        advice = "stop or deallocate it before an image is made from it"
        pulumi.log.warn(f"{name}: the source {_short(id)} is running: {advice}")


class _LookUps:
    """Facts about sources, each looked up once, by the provider of a component."""

    def __init__(self, component: pulumi.Resource) -> None:
        self._component = component
        self._found: dict[str, asyncio.Future[Inputs]] = {}

    async def facts(self, kind: str, parameters: dict[str, str]) -> Facts:
        """Raises LookupError with half a sentence where there is nothing to be read."""
        return await _KINDS[kind](self, parameters)

    async def look_up(self, function: str, **arguments: str) -> Inputs:
        key = "/".join((function, *arguments.values())).lower()
        if key not in self._found:
            self._found[key] = asyncio.ensure_future(look_up(f"azure-native:{function}", arguments, self._component))
        try:
            return await self._found[key]
        except LookupError as error:
            raise LookupError(_why(str(error))) from None


def _why(error: str) -> str:
    if "Status=404" in error or "NotInputs" in error:
        return "isn't there: write the id of a source that is"
    if "Status=403" in error or "AuthorizationFailed" in error:
        return "can't be read: have the Reader role on it, or write verifySources: false"
    return f"can't be looked up ({error.strip()}); verifySources: false goes on without"


async def _machine(look_ups: _LookUps, parameters: dict[str, str]) -> Facts:
    group, name = parameters["group"], parameters["virtualMachines"]
    at = {"subscriptionId": parameters["subscription"], "resourceGroupName": group}
    found = await look_ups.look_up("compute:getVirtualMachine", **at, vmName=name, expand="instanceView")
    codes = [str(get(status, "code")).lower() for status in get(found, "instanceView.statuses") or ()]
    os_disk, data_disks = get(found, "storageProfile.osDisk") or {}, get(found, "storageProfile.dataDisks") or ()
    unfit = None
    if os_disk.get("vhd"):
        unfit = "has unmanaged disks, which Azure takes no version from"
    elif os_disk.get("diffDiskSettings"):
        unfit = "has an ephemeral OS disk, which Azure takes no version from"
    elif any(get(disk, "managedDisk.storageAccountType") == "UltraSSD_LRS" for disk in data_disks):
        unfit = "has an Ultra disk, which Azure takes no version from"
    power = [code for code in codes if code.startswith("powerstate/")]
    return Facts(
        (found["location"],),
        os_type=os_disk.get("osType"),
        os_state="Generalized" if "osstate/generalized" in codes else "Specialized",
        generation=get(found, "instanceView.hyperVGeneration"),
        plan=found.get("plan"),
        gigabytes=_sizes([os_disk, *data_disks], "diskSizeGB"),
        running=any(code not in ("powerstate/stopped", "powerstate/deallocated") for code in power),
        unfit=unfit,
    )


async def _managed_image(look_ups: _LookUps, parameters: dict[str, str]) -> Facts:
    at = {"subscriptionId": parameters["subscription"], "resourceGroupName": parameters["group"]}
    found = await look_ups.look_up("compute:getImage", **at, imageName=parameters["images"])
    os_disk = get(found, "storageProfile.osDisk") or {}
    return Facts(
        (found["location"],),
        os_type=os_disk.get("osType"),
        os_state=os_disk.get("osState"),
        generation=found.get("hyperVGeneration"),
        gigabytes=_sizes([os_disk, *(get(found, "storageProfile.dataDisks") or ())], "diskSizeGB"),
    )


async def _image_version(look_ups: _LookUps, parameters: dict[str, str]) -> Facts:
    at = {
        "subscriptionId": parameters["subscription"],
        "resourceGroupName": parameters["group"],
        "galleryName": parameters["galleries"],
        "galleryImageName": parameters["images"],
    }
    number = parameters["versions"]
    found, definition = await asyncio.gather(
        look_ups.look_up("compute:getGalleryImageVersion", **at, galleryImageVersionName=number),
        look_ups.look_up("compute:getGalleryImage", **at),
    )
    profile, state = found.get("storageProfile") or {}, found.get("provisioningState")
    disks = [profile.get("osDiskImage") or {}, *(profile.get("dataDiskImages") or ())]
    return Facts(
        tuple(target["name"] for target in get(found, "publishingProfile.targetRegions") or ()),
        os_type=definition.get("osType"),
        os_state=definition.get("osState"),
        generation=definition.get("hyperVGeneration"),
        architecture=definition.get("architecture"),
        plan=definition.get("purchasePlan"),
        gigabytes=_sizes(disks, "sizeInGB"),
        unfit=None if state in (None, "Succeeded", "Updating") else f"is in the state {state}: wait until it is there",
    )


async def _managed_disk(look_ups: _LookUps, parameters: dict[str, str]) -> Facts:
    return await _disk(look_ups, "compute:getDisk", parameters, diskName=parameters["disks"])


async def _snapshot(look_ups: _LookUps, parameters: dict[str, str]) -> Facts:
    return await _disk(look_ups, "compute:getSnapshot", parameters, snapshotName=parameters["snapshots"])


async def _disk(look_ups: _LookUps, token: str, parameters: dict[str, str], **name: str) -> Facts:
    at = {"subscriptionId": parameters["subscription"], "resourceGroupName": parameters["group"]}
    found = await look_ups.look_up(token, **at, **name)
    ultra = get(found, "sku.name") == "UltraSSD_LRS"
    return Facts(
        (found["location"],),
        os_type=found.get("osType"),
        generation=found.get("hyperVGeneration"),
        architecture=get(found, "supportedCapabilities.architecture"),
        plan=found.get("purchasePlan"),
        gigabytes=_sizes([found], "diskSizeGB"),
        unfit="is an Ultra disk, which Azure takes no version from" if ultra else None,
    )


async def _storage_account(look_ups: _LookUps, parameters: dict[str, str]) -> Facts:
    """Of a VHD no more can be known than where its account is."""
    at = {"subscriptionId": parameters["subscription"], "resourceGroupName": parameters["group"]}
    found = await look_ups.look_up("storage:getStorageAccount", **at, accountName=parameters["storageAccounts"])
    return Facts((found["location"],))


_MACHINE = "Microsoft.Compute/virtualMachines"
_IMAGE = "Microsoft.Compute/images"
_VERSION = "Microsoft.Compute/galleries/images/versions"
_DISK = "Microsoft.Compute/disks"
_SNAPSHOT = "Microsoft.Compute/snapshots"
_ACCOUNT = "Microsoft.Storage/storageAccounts"
_KINDS: dict[str, Callable[[_LookUps, dict[str, str]], Awaitable[Facts]]] = {
    _MACHINE: _machine,
    _IMAGE: _managed_image,
    _VERSION: _image_version,
    _DISK: _managed_disk,
    _SNAPSHOT: _snapshot,
    _ACCOUNT: _storage_account,
}


def _sources(inputs: Inputs) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """What the inputs of a version name as sources: what of it, its id, and the types that the id may have."""
    profile = inputs.get("storageProfile") or {}
    yield "the source", get(profile, "source.virtualMachineId"), (_MACHINE,)
    yield "the source", get(profile, "source.id"), (_IMAGE, _VERSION)
    disks = {"the OS disk": profile.get("osDiskImage")}
    disks |= {f"the data disk at LUN {disk['lun']:g}": disk for disk in profile.get("dataDiskImages") or ()}
    for what, disk in disks.items():
        yield f"{what} from", get(disk, "source.id"), (_DISK, _SNAPSHOT)
        yield f"{what} from the storage account", get(disk, "source.storageAccountId"), (_ACCOUNT,)


def _parsed(id: str) -> tuple[str, dict[str, str]]:
    """The type of an ARM id in Azure's spelling, and its parts: subscription, group, and a name for each type."""
    match = re.fullmatch(r"/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/([^/]+)/(.+)", id, re.IGNORECASE)
    if match is None:
        return "", {}
    subscription, group, provider, path = match.groups()
    types, names = path.split("/")[::2], path.split("/")[1::2]
    spelt = {kind.lower(): kind for kind in _KINDS}
    kind = spelt.get("/".join((provider, *types)).lower(), "")
    return kind, {"subscription": subscription, "group": group} | dict(
        zip(kind.split("/")[1:], names, strict=False) if len(types) == len(names) else {}
    )


def _short(id: str) -> str:
    """An id as people tell it apart: the resource group and what is in it."""
    return id.split("/providers/", 1)[-1].partition("/")[2] if "/providers/" in id else id


def _sizes(disks: list[Inputs], key: str) -> tuple[float, ...]:
    return tuple(disk[key] for disk in disks if disk.get(key))


def _plan(plan: Inputs) -> str:
    """A purchase plan in one text; nothing where there is none."""
    return "/".join(str(plan[key]) for key in ("publisher", "product", "name") if plan.get(key))
