"""What Azure takes and people may regret: warnings about a stack without errors.

Where Microsoft's pages contradict each other, or tools contradict Microsoft, the stricter statement is a warning.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from config.diagnostics import Path
from config.encryption import Encryption
from config.image import Image
from config.model import Raw, Violation, reach
from config.replication import NOTHING_ELSE, RegionSettings, TargetRegion, where_written
from config.stack import Stack
from config.version import Version

SOON = timedelta(days=30)
MANY = 50
FEW = 3
# In a region, by "Store and share images in an Azure Compute Gallery", section Limits; support raises them.
QUOTAS = {"galleries": 100, "image definitions": 1_000, "image versions": 10_000}
# Bounds that tools state for recommended sizes: Terraform's azurerm, Azure Verified Modules. The service states none.
RANGES = {"vCPUs": (80, 128), "memory": (640, 4_000)}


def warnings(stack: Stack, raw: Raw, today: datetime) -> Iterator[Violation]:
    """All warnings; `raw` is what the stack was validated from, `today` what dates are compared with."""
    yield from _quotas(stack)
    yield from _permissions(stack)
    for gallery_name, gallery in stack.galleries.items():
        for name, image in gallery.images.items():
            path = ("galleries", gallery_name, "images", name)
            yield from _under(path, _of_image(name, image, today))
            for number, version in image.versions.items():
                inner = (*path, "versions", number)
                yield from _under(inner, _of_version(version, image, today))
                if version.protect or any(target.replicas >= MANY for target in version.target_regions):
                    yield from _of_replication((*inner, "replication"), version, raw)


def _under(path: Path, found: Iterator[Violation]) -> Iterator[Violation]:
    return (finding._replace(path=path + finding.path) for finding in found)


def _quotas(stack: Stack) -> Iterator[Violation]:
    counts = {noun: Counter[str]() for noun in QUOTAS}
    for gallery in stack.galleries.values():
        counts["galleries"][gallery.location.name] += 1
        for image in gallery.images.values():
            counts["image definitions"][image.location.name] += 1
            counts["image versions"].update(version.location.name for version in image.versions.values())
    for noun, by_region in counts.items():
        for region, count in by_region.items():
            if count > QUOTAS[noun]:
                found = f"found {count:,} {noun} in {region}"
                yield Violation(
                    ("galleries",), f"{found}: a subscription has {QUOTAS[noun]:,}, unless support raised it"
                )


def _permissions(stack: Stack) -> Iterator[Violation]:
    """A permission that has done its work would let the next deletion or loss pass, too."""
    if not (stack.allow_deletion or stack.allow_losses):
        return
    standing = {name.casefold() for name in _names(stack)}
    for index, name in enumerate(stack.allow_deletion):
        if name.casefold() in standing:
            found = f"found {name}, which still stands in this file"
            way_out = "right only while a change replaces it, else take it out"
            yield Violation(("allowDeletion", index), f"{found}: {way_out}")
    for name in stack.allow_losses:
        if name.casefold() not in standing:
            yield Violation(("allowLosses", name), f"found {name}, which isn't in this file: take it out", "key")


def _names(stack: Stack) -> Iterator[str]:
    for gallery_name, gallery in stack.galleries.items():
        yield gallery_name
        for name, image in gallery.images.items():
            yield f"{gallery_name}/{name}"
            yield from (f"{gallery_name}/{name}/{number}" for number in image.versions)


def _of_image(name: str, image: Image, today: datetime) -> Iterator[Violation]:
    if name.endswith("_"):
        found = f"found {name}, which ends with an underscore"
        yield Violation((), f"{found}: Azure's pattern allows that, its error text refuses it", "key")
    if image.features and not image.allow_update_image:
        for each in image.features.sent:
            if each.starts_at_version:
                found = "found startsAtVersion without allowUpdateImage: true"
                way_out = "Azure refuses to add the feature to a definition that is there"
                yield Violation(("features", each.name, "startsAtVersion"), f"{found}: {way_out}")
    if image.recommended:
        sizes = {"vCPUs": image.recommended.vcpus, "memory": image.recommended.memory}
        for key, (low, high) in RANGES.items():
            for end in ("min", "max"):
                if (size := getattr(sizes[key], end, None)) and size > low:
                    found = f"found {size}, beyond what tools accept"
                    tools = f"Terraform's azurerm {low}, Azure Verified Modules {high}"
                    yield Violation(("recommended", key, end), f"{found}: {tools}; Azure states no bound")
    if not image.retired:
        yield from _end_of_life(image.end_of_life_date, today)


def _of_version(version: Version, image: Image, today: datetime) -> Iterator[Violation]:
    yield from _of_trusted_launch(version, image)
    if not version.retired:
        yield from _end_of_life(version.end_of_life_date, today)
    elif version.safety_profile.block_deletion_before_end_of_life and (version.end_of_life_date or today) > today:
        found = "found a retired version that can't be deleted before its end of life"
        path = ("safetyProfile", "blockDeletionBeforeEndOfLife")
        yield Violation(path, f"{found}: expected blockDeletionBeforeEndOfLife: false")
    for place, count in Counter(zone.region.name for zone in version.edge_zones).items():
        if count > 1:
            found = f"found {count} edge zones of {place}"
            why = "azure-native tells them apart by their region alone, and shows a change in every preview"
            yield Violation(("replication", "edgeZones"), f"{found}: {why}")
    encrypted = sorted({lun for each in _encryptions(version) for lun in each.data_disk_images})
    if encrypted and version.source.disks and not version.source.disks.data:
        found = f"found encryption of data disks, LUN {', '.join(map(str, encrypted))}"
        yield Violation(
            ("replication",), f"{found}: the source has none, so that Azure takes it and encrypts nothing by it"
        )
    if version.security_profile and image.hyper_v_generation == "V1":
        yield Violation(
            ("securityProfile",), "found UEFI keys with hyperVGeneration: V1, which has no UEFI: expected V2"
        )


def _encryptions(version: Version) -> list[Encryption]:
    found = [each.encryption for each in version.target_regions] + [each.encryption for each in version.edge_zones]
    return [each for each in found if each]


def _of_trusted_launch(version: Version, image: Image) -> Iterator[Violation]:
    """Customer keys: packer-plugin-azure issue 418 and azure-rest-api-specs issue 29280, where replication fails after
    Azure has taken the version. Blobs: "Trusted Launch for Azure virtual machines".
    """
    security = image.features.security_type if image.features else None
    if security is None or security.value != "TrustedLaunch":
        return
    source = version.source
    if source.virtual_machine and any(each.sets for each in _encryptions(version)):
        found = "found a virtual machine with SecurityType: TrustedLaunch and a disk encryption set"
        why = "the replication of such versions has failed in Azure"
        yield Violation(("source", "virtualMachine"), f"{found}: {why}, expected platform keys, or another source")
    if source.disks and source.disks.os.vhd:
        found = "found a VHD blob for SecurityType: TrustedLaunch"
        why = "Microsoft's pages name a virtual machine, a managed disk or a snapshot for it"
        way_out = "expected one of them, or an image with SecurityType: TrustedLaunchSupported"
        yield Violation(("source", "disks", "os", "vhd"), f"{found}: {why}, {way_out}")


def _end_of_life(date: datetime | None, today: datetime) -> Iterator[Violation]:
    path = ("endOfLifeDate",)
    if date and date <= today:
        found = f"the end of life was on {date:%Y-%m-%d}"
        yield Violation(path, f"{found}: machines can still be made from it, but Azure refuses to create it anew")
    elif date and date - today <= SOON:
        yield Violation(
            path, f"the end of life is near, on {date:%Y-%m-%d}: have a successor, then write retired: true"
        )


def _of_replication(at: Path, version: Version, raw: Raw) -> Iterator[Violation]:
    """What "Store and share images in an Azure Compute Gallery" says on scaling and on best practices.

    Where nobody up to the stack writes a value, the stack is where it is due.
    """
    effective = reach(raw, *map(str, at))
    written = where_written(version.replication, effective)
    alike: dict[tuple[Path, str, str], list[str]] = {}  # regions that have a value from the same place
    for target in version.target_regions:
        settings = version.replication.regions.get(target.region, NOTHING_ELSE)
        own = written.get(target.region, ())
        for key, is_own, found, why in _advice(target, settings, version.protect):
            path = (*at, *own) if is_own else at if reach(effective, key) else ("replication",)
            path = path if is_own and isinstance(own[-1], int) else (*path, key)
            alike.setdefault((path, found, why), []).append(target.region.name)
    for (path, found, why), regions in alike.items():
        yield Violation(path, f"found {found} in {', '.join(regions)}: {why}")


def _advice(target: TargetRegion, settings: RegionSettings, protect: bool) -> Iterator[tuple[str, bool, str, str]]:
    """The key in question, whether the region has its own value, what was found, and what is wrong with it."""
    key, is_own = "replicas", settings.replicas is not None
    if target.replicas >= MANY:
        why = "Azure's pages call 50 enough, and state limits of 50 and of 100"
        yield key, is_own, f"{target.replicas} replicas", why
    if protect and target.replicas < FEW:
        found = f"{target.replicas} replica{'s' if target.replicas > 1 else ''}"
        yield key, is_own, found, f"expected {FEW} or more for production"
    if protect and target.storage_account_type == "Standard_LRS" and target.region.zones:
        is_own = settings.storage_account_type is not None
        why = "expected Standard_ZRS for production, since there are availability zones"
        yield "storageAccountType", is_own, "Standard_LRS", why
