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
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import pulumi

import config
from config.azure.view import Inputs, View
from config.ids import ResourceId, short
from config.paths import at

from .look_up import look_up
from .run import Problem, Run

Parameters = dict[str, str]
"""What a look-up is told, by azure-native's names."""

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


@dataclass(frozen=True)
class Verified:
    """A version whose source is verified before the version is made. `name` is its logical name, and `held` what the
    state has of it; `creates` tells whether the same program makes the version of an id: it needn't be there while a
    preview runs.
    """

    name: str
    held: View | None
    wanted: View
    image: config.Image
    creates: Callable[[str], bool]
    look_ups: LookUps

    async def refusals(self) -> list[Problem]:
        """What is to be expected where the state has no such version."""
        return [] if self.held else await self.verify(self.wanted)

    def losses(self) -> list[Problem]:
        return []

    async def verify(self, wanted: View) -> list[Problem]:
        """What is wrong with the sources of a version that is to be made."""
        holder, _, number = self.name.rpartition("/")
        version = self.image.versions[number]
        if not version.verify_sources:
            return []
        return [
            Problem(holder, number, f"{what} {sentence}")
            for what, id, types in _sources(wanted.inputs)
            if isinstance(id, str) and not (pulumi.runtime.is_dry_run() and self.creates(id))
            async for sentence in _verified(id, types, self.image, version, self.look_ups, self.name)
        ]


def verification(run: Run, hook: str, verified: Verified) -> pulumi.ResourceHook:
    """The hook of that name before the creation of a version, to be shared by all versions of an image."""

    async def before_create(args: pulumi.ResourceHookArgs) -> None:
        each = run.checks["create", "version", args.name]
        assert isinstance(each, Verified)
        await run.refuse(await each.verify(View("version", args.new_inputs or {})))

    return run.resource_hook(hook, before_create)


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
    id: str, types: tuple[str, ...], image: config.Image, version: config.Version, look_ups: LookUps, name: str
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
        yield f"{short(id)} {sentence}"
    if facts.running:
        advice = "stop or deallocate it before an image is made from it"
        pulumi.log.warn(f"{name}: the source {short(id)} is running: {advice}")


class LookUps:
    """Facts about sources, each looked up once, by the provider of a component."""

    def __init__(self, component: pulumi.Resource | None) -> None:
        self._component = component
        self._found: dict[str, asyncio.Future[Inputs]] = {}

    async def facts(self, kind: str, parameters: Parameters) -> Facts:
        """Raises LookupError with half a sentence where there is nothing to be read."""
        return await _KINDS[kind].facts(self, parameters)

    async def look_up(self, function: str, **arguments: str) -> Inputs:
        key = "/".join((function, *arguments.values())).lower()
        if key not in self._found:
            self._found[key] = asyncio.ensure_future(look_up(f"azure-native:{function}", arguments, self._component))
        try:
            return await self._found[key]
        except LookupError as error:
            raise LookupError(_why(str(error))) from None


def _why(error: str) -> str:
    if "Status=404" in error:
        return "isn't there: write the id of a source that is"
    if "Status=403" in error:
        return "can't be read: have the Reader role on it, or write verifySources: false"
    return f"can't be looked up ({error.strip()}); verifySources: false goes on without"


async def _machine(look_ups: LookUps, parameters: Parameters) -> Facts:
    found = await look_ups.look_up("compute:getVirtualMachine", **parameters, expand="instanceView")
    codes = [str(at(status, "code")).lower() for status in at(found, "instanceView.statuses") or ()]
    os_disk, data_disks = at(found, "storageProfile.osDisk") or {}, at(found, "storageProfile.dataDisks") or ()
    unfit = None
    if os_disk.get("vhd"):
        unfit = "has unmanaged disks, which Azure takes no version from"
    elif os_disk.get("diffDiskSettings"):
        unfit = "has an ephemeral OS disk, which Azure takes no version from"
    elif any(at(disk, "managedDisk.storageAccountType") == "UltraSSD_LRS" for disk in data_disks):
        unfit = "has an Ultra disk, which Azure takes no version from"
    power = [code for code in codes if code.startswith("powerstate/")]
    return Facts(
        (found["location"],),
        os_type=os_disk.get("osType"),
        os_state="Generalized" if "osstate/generalized" in codes else "Specialized",
        generation=at(found, "instanceView.hyperVGeneration"),
        plan=found.get("plan"),
        gigabytes=_sizes([os_disk, *data_disks], "diskSizeGB"),
        running=any(code not in ("powerstate/stopped", "powerstate/deallocated") for code in power),
        unfit=unfit,
    )


async def _managed_image(look_ups: LookUps, parameters: Parameters) -> Facts:
    found = await look_ups.look_up("compute:getImage", **parameters)
    os_disk = at(found, "storageProfile.osDisk") or {}
    return Facts(
        (found["location"],),
        os_type=os_disk.get("osType"),
        os_state=os_disk.get("osState"),
        generation=found.get("hyperVGeneration"),
        gigabytes=_sizes([os_disk, *(at(found, "storageProfile.dataDisks") or ())], "diskSizeGB"),
    )


async def _image_version(look_ups: LookUps, parameters: Parameters) -> Facts:
    of_definition = {name: value for name, value in parameters.items() if name != "galleryImageVersionName"}
    found, definition = await asyncio.gather(
        look_ups.look_up("compute:getGalleryImageVersion", **parameters),
        look_ups.look_up("compute:getGalleryImage", **of_definition),
    )
    state = found.get("provisioningState")
    return Facts(
        tuple(target["name"] for target in at(found, "publishingProfile.targetRegions") or ()),
        os_type=definition.get("osType"),
        os_state=definition.get("osState"),
        generation=definition.get("hyperVGeneration"),
        architecture=definition.get("architecture"),
        plan=definition.get("purchasePlan"),
        gigabytes=_sizes(list(_disks(found).values()), "sizeInGB"),
        unfit=None if state in (None, "Succeeded", "Updating") else f"is in the state {state}: wait until it is there",
    )


async def _disk(function: str, look_ups: LookUps, parameters: Parameters) -> Facts:
    found = await look_ups.look_up(function, **parameters)
    ultra = at(found, "sku.name") == "UltraSSD_LRS"
    return Facts(
        (found["location"],),
        os_type=found.get("osType"),
        generation=found.get("hyperVGeneration"),
        architecture=at(found, "supportedCapabilities.architecture"),
        plan=found.get("purchasePlan"),
        gigabytes=_sizes([found], "diskSizeGB"),
        unfit="is an Ultra disk, which Azure takes no version from" if ultra else None,
    )


async def _storage_account(look_ups: LookUps, parameters: Parameters) -> Facts:
    """Of a VHD no more can be known than where its account is."""
    found = await look_ups.look_up("storage:getStorageAccount", **parameters)
    return Facts((found["location"],))


class _Kind(NamedTuple):
    """A type of source: what azure-native calls the names in its id, and how facts about it are found."""

    names: tuple[str, ...]
    facts: Callable[[LookUps, Parameters], Awaitable[Facts]]


_MACHINE = "Microsoft.Compute/virtualMachines"
_IMAGE = "Microsoft.Compute/images"
_VERSION = "Microsoft.Compute/galleries/images/versions"
_DISK = "Microsoft.Compute/disks"
_SNAPSHOT = "Microsoft.Compute/snapshots"
_ACCOUNT = "Microsoft.Storage/storageAccounts"
_KINDS = {
    _MACHINE: _Kind(("vmName",), _machine),
    _IMAGE: _Kind(("imageName",), _managed_image),
    _VERSION: _Kind(("galleryName", "galleryImageName", "galleryImageVersionName"), _image_version),
    _DISK: _Kind(("diskName",), partial(_disk, "compute:getDisk")),
    _SNAPSHOT: _Kind(("snapshotName",), partial(_disk, "compute:getSnapshot")),
    _ACCOUNT: _Kind(("accountName",), _storage_account),
}


def _sources(inputs: Inputs) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """What the inputs of a version name as sources: what of it, its id, and the types that the id may have."""
    yield "the source", at(inputs, "storageProfile.source.virtualMachineId"), (_MACHINE,)
    yield "the source", at(inputs, "storageProfile.source.id"), (_IMAGE, _VERSION)
    for what, disk in _disks(inputs).items():
        yield f"{what} from", at(disk, "source.id"), (_DISK, _SNAPSHOT)
        yield f"{what} from the storage account", at(disk, "source.storageAccountId"), (_ACCOUNT,)


def _disks(version: Inputs) -> dict[str, Inputs]:
    """The disks that a version's properties name one by one, in words."""
    named = {"the OS disk": at(version, "storageProfile.osDiskImage") or {}}
    data = at(version, "storageProfile.dataDiskImages") or ()
    return named | {f"the data disk at LUN {disk['lun']:g}": disk for disk in data}


def _parsed(id: str) -> tuple[str, Parameters]:
    """The type of an ARM id in Azure's spelling, and the parameters of a look-up; no type where it is no source's."""
    parsed = ResourceId.parse(id)
    kind = next((kind for kind in _KINDS if parsed and parsed.is_of(kind)), None)
    if parsed is None or kind is None:
        return "", {}
    names = dict(zip(_KINDS[kind].names, parsed.names, strict=True))
    return kind, {"subscriptionId": parsed.subscription, "resourceGroupName": parsed.group, **names}


def _sizes(disks: list[Inputs], key: str) -> tuple[float, ...]:
    return tuple(disk[key] for disk in disks if disk.get(key))


def _plan(plan: Inputs) -> str:
    """A purchase plan in one text; nothing where there is none."""
    return "/".join(str(plan[key]) for key in ("publisher", "product", "name") if plan.get(key))
