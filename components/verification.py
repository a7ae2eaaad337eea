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
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import pulumi

import config
from config.azure.view import Inputs, Replication, View
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
    security: str | None = None
    """The security type of what carries a guest state: TrustedLaunch or ConfidentialVM."""
    arriving: Mapping[str, Replication] = field(default_factory=dict)
    """How far the replication to a region is where an image version isn't yet."""
    unfit: str | None = None
    """Why Azure makes no version from it, whatever the definition says."""
    warnings: tuple[str, ...] = ()
    """What people may regret, in sentences that begin with a verb."""


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
        problems = [Problem(holder, number, sentence) for sentence in expired(version)]
        if not version.verify_sources:
            return problems
        return problems + [
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


def expired(what: config.Version | config.Image) -> Iterator[str]:
    """Azure makes nothing anew whose end of life is past ("EndOfLifeDate must be set to a future date")."""
    if what.end_of_life_date and what.end_of_life_date <= datetime.now(UTC):
        date = f"{what.end_of_life_date:%Y-%m-%d}"
        yield f"its end of life, {date}, is past, and Azure makes nothing with such a date: write a later one"


def mismatches(facts: Facts, image: config.Image, version: config.Version) -> Iterator[str]:
    """What Azure would refuse about a version made from this source, in sentences that begin with a verb."""
    if facts.unfit:
        yield facts.unfit
    yield from _elsewhere(facts, version.location.name)
    plan, features = image.purchase_plan, image.features
    wanted = {
        "OS type": (facts.os_type, image.os_type),
        "OS state": (facts.os_state, image.os_state),
        "Hyper-V generation": (facts.generation, image.hyper_v_generation),
        "architecture": (facts.architecture, image.architecture),
        "purchase plan": (_plan(facts.plan or {}), _plan(plan.model_dump()) if plan else "none"),
        "security type": (
            facts.security,
            features.security_type.value if features and features.security_type else "Standard",
        ),
    }
    for what, (found, said) in wanted.items():
        if found and found.lower() != said.lower():
            yield f"has the {what} {found}, but the definition says {said}: they have to agree"
    mode = version.replication_mode or "Full"
    for size in facts.gigabytes:
        if size > GIGABYTES[mode]:
            yield f"has a disk of {size:g} GB, but with {mode} replication {GIGABYTES[mode]} GB is the limit"


def _elsewhere(facts: Facts, home: str) -> Iterator[str]:
    """A source has to be where its version is made, and an image version is where its replication is completed."""
    if (not facts.regions and not facts.arriving) or home in [config.normalised(region) for region in facts.regions]:
        return
    if (arriving := facts.arriving.get(home)) is None:
        yield (
            f"is in {', '.join(facts.regions)}, but the version is made in {home}: a source has to be where its "
            "version is made"
        )
    elif arriving.state == "Failed":
        yield f"failed to be replicated to {home}, where the version is made: mend that first, as `gallery status` says"
    else:
        yield f"is still being replicated to {home}, where the version is made ({arriving.progress} %): wait for it"


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
    for warning in facts.warnings:
        pulumi.log.warn(f"{name}: the source {short(id)} {warning}")


class LookUps:
    """Facts about sources, each looked up once, by the provider of a component."""

    def __init__(self, component: pulumi.Resource | None) -> None:
        self._component = component
        self._found: dict[str, asyncio.Future[Inputs]] = {}

    async def facts(self, kind: str, parameters: Parameters) -> Facts:
        """Raises LookupError with half a sentence where there is nothing to be read."""
        return await _KINDS[kind].facts(self, parameters)

    async def if_there(self, function: str, subscription: str, group: str, **names: str) -> Inputs:
        """What a function of azure-native gives; nothing where there is nothing to be read."""
        try:
            return await self.look_up(function, subscriptionId=subscription, resourceGroupName=group, **names)
        except LookupError:
            return {}

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
    first, *others = await asyncio.gather(*(_disk_of(look_ups, disk) for disk in (os_disk, *data_disks)))
    unfit = None
    if os_disk.get("vhd"):
        unfit = "has unmanaged disks, which Azure takes no version from"
    elif os_disk.get("diffDiskSettings"):
        unfit = "has an ephemeral OS disk, which Azure takes no version from"
    elif _ULTRA in (disk["kind"] for disk in (first, *others)):
        unfit = "has an Ultra disk, which Azure takes no version from"
    power = [code for code in codes if code.startswith("powerstate/")]
    warnings = []
    if any(code not in ("powerstate/stopped", "powerstate/deallocated") for code in power):
        warnings.append("is running: stop or deallocate it before an image is made from it")
    if _PREMIUM_V2 in (disk["kind"] for disk in (first, *others)):
        warnings.append(f"has a {_UNCERTAIN}")
    return Facts(
        (found["location"],),
        os_type=os_disk.get("osType"),
        os_state="Generalized" if "osstate/generalized" in codes else "Specialized",
        generation=at(found, "instanceView.hyperVGeneration") or first["generation"],
        architecture=first["architecture"] or await _architecture_of_its_image(look_ups, found),
        plan=found.get("plan"),
        gigabytes=tuple(disk["size"] for disk in (first, *others) if disk["size"]),
        security=_guest_state(at(found, "securityProfile.securityType")),
        unfit=unfit,
        warnings=tuple(warnings),
    )


async def _disk_of(look_ups: LookUps, disk: Inputs) -> dict[str, Any]:
    """What a disk of a machine's is: the machine says little about it, and less when it is deallocated."""
    id = ResourceId.parse(str(at(disk, "managedDisk.id")))
    found: Inputs = {}
    if id and id.is_of(_DISK):
        found = await look_ups.if_there("compute:getDisk", id.subscription, id.group, diskName=id.names[0])
    return {
        "size": disk.get("diskSizeGB") or found.get("diskSizeGB"),
        "kind": at(found, "sku.name") or at(disk, "managedDisk.storageAccountType"),
        "generation": found.get("hyperVGeneration"),
        "architecture": at(found, "supportedCapabilities.architecture"),
    }


async def _architecture_of_its_image(look_ups: LookUps, machine: Inputs) -> str | None:
    """The architecture of the gallery's image that a machine was made from, if it was made from one."""
    id = ResourceId.parse(str(at(machine, "storageProfile.imageReference.id")))
    if id is None or id.types[:2] != ("galleries", "images"):
        return None
    names = {"galleryName": id.names[0], "galleryImageName": id.names[1]}
    found = await look_ups.if_there("compute:getGalleryImage", id.subscription, id.group, **names)
    return found.get("architecture")


async def _managed_image(look_ups: LookUps, parameters: Parameters) -> Facts:
    """A managed image tells its plan by its machine alone; that it is x64, the configuration knows."""
    found = await look_ups.look_up("compute:getImage", **parameters)
    os_disk = at(found, "storageProfile.osDisk") or {}
    id = ResourceId.parse(str(at(found, "sourceVirtualMachine.id")))
    machine: Inputs = {}
    if id and id.is_of(_MACHINE):
        machine = await look_ups.if_there("compute:getVirtualMachine", id.subscription, id.group, vmName=id.names[0])
    gone = "doesn't tell its purchase plan, and its machine can't be read: see whether the definition needs one"
    return Facts(
        (found["location"],),
        os_type=os_disk.get("osType"),
        os_state=os_disk.get("osState"),
        generation=found.get("hyperVGeneration"),
        plan=machine.get("plan"),
        gigabytes=_sizes([os_disk, *(at(found, "storageProfile.dataDisks") or ())], "diskSizeGB"),
        warnings=(gone,) if id and not machine else (),
    )


async def _image_version(look_ups: LookUps, parameters: Parameters) -> Facts:
    of_definition = {name: value for name, value in parameters.items() if name != "galleryImageVersionName"}
    found, definition = await asyncio.gather(
        look_ups.look_up("compute:getGalleryImageVersion", **parameters, expand="ReplicationStatus"),
        look_ups.look_up("compute:getGalleryImage", **of_definition),
    )
    version, image = View("version", found), View("image", definition)
    told = version.replication
    there = [region for region in version.regions if not told or (region in told and told[region].state == "Completed")]
    features = {each["name"]: each.get("value") for each in image.elements("features[]").values()}
    return Facts(
        tuple(there),
        os_type=image["osType"],
        os_state=image["osState"],
        generation=image["hyperVGeneration"],
        architecture=image["architecture"],
        plan=image["purchasePlan"],
        gigabytes=_sizes(list(_disks(found).values()), "sizeInGB"),
        security=_guest_state(features.get("SecurityType")),
        arriving={region: each for region, each in told.items() if region not in there},
        unfit=None
        if version.state in (None, "Succeeded", "Updating") or there
        else f"is in the state {version.state}: wait until it is there",
    )


async def _disk(function: str, look_ups: LookUps, parameters: Parameters) -> Facts:
    """A disk without an OS has a generation that nobody chose: Azure takes it for every definition (recorded in
    azure-cli's test_gallery_specialized).
    """
    found = await look_ups.look_up(function, **parameters)
    kind = at(found, "sku.name")
    return Facts(
        (found["location"],),
        os_type=found.get("osType"),
        generation=found.get("hyperVGeneration") if found.get("osType") else None,
        architecture=at(found, "supportedCapabilities.architecture"),
        plan=found.get("purchasePlan"),
        gigabytes=_sizes([found], "diskSizeGB"),
        security=_guest_state(at(found, "securityProfile.securityType")),
        unfit="is an Ultra disk, which Azure takes no version from" if kind == _ULTRA else None,
        warnings=(f"is a {_UNCERTAIN}",) if kind == _PREMIUM_V2 else (),
    )


async def _storage_account(look_ups: LookUps, parameters: Parameters) -> Facts:
    """Of a VHD no more can be known than where its account is, and whether that can hold page blobs."""
    found = await look_ups.look_up("storage:getStorageAccount", **parameters)
    kind = found.get("kind")
    unfit = f"is an account of the kind {kind}, which holds no page blobs, and so no VHDs"
    return Facts((found["location"],), unfit=unfit if kind in _NO_PAGE_BLOBS else None)


_ULTRA, _PREMIUM_V2 = "UltraSSD_LRS", "PremiumV2_LRS"
_UNCERTAIN = (
    "Premium SSD v2 disk, which Azure may fail to copy after minutes of replication (Snapshots of PremiumV2_LRS disks "
    "are not supported): use a disk of another kind"
)
"""Seen by others (azure-cli issue 29091); that newer API versions copy them isn't certain."""
_NO_PAGE_BLOBS = ("BlobStorage", "BlockBlobStorage", "FileStorage")
"""Kinds of storage accounts without page blobs ("Storage account overview")."""


def _guest_state(security: object) -> str | None:
    """The security type of a machine, a disk or a definition, as definitions name it, where it means a guest state.

    Disks of confidential machines have types of their own, such as ConfidentialVM_DiskEncryptedWithPlatformKey.
    """
    text = str(security)
    return "ConfidentialVM" if text.split("_")[0] == "ConfidentialVM" else text if text == "TrustedLaunch" else None


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
