"""What the security type and the architecture of an image allow: what its versions are made from, and how a
confidential image is encrypted.

Sources: Microsoft's pages "Trusted Launch for Azure virtual machines" and "Deploy confidential VM from an Azure Compute
Gallery image", and what Azure was seen to answer:

- packer-plugin-azure issue 304 and microsoft/STL issue 4682: TrustedLaunchSupported takes a VHD blob, a managed image
  or an image version; the other types that end with Supported are alike ("no VM guest state").
- packer-plugin-azure issue 372: ConfidentialVM takes a virtual machine, a disk or a snapshot.
- packer issue 13189: there is no managed image of a machine with Trusted Launch, so that none has a guest state.
- packer-plugin-azure issue 287: managed images are x64.
- azure-cli issue 22995: a ConfidentialVM image says in every region how its disk is encrypted.
- packer-plugin-azure pull request 373: it stays in its own region unless it is NonPersistedTPM; Packer says an
  encryption of that kind of ConfidentialVM images only.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from config.diagnostics import Path
from config.model import Raw, Violation, reach
from config.regions import normalised
from config.replication import region_name, written_regions
from config.source import KINDS, written_kinds
from config.types import Architecture, ConfidentialEncryption, SecurityType, canonical, version_order

_STATELESS = (("disks", "os", "vhd"), ("managedImage",), ("imageVersion",), ("communityGalleryImage",))
_STATEFUL = (("virtualMachine",), ("disks", "os", "managedDisk"), ("disks", "os", "snapshot"))
_NO_MANAGED_IMAGE = tuple(kind for kind in KINDS if kind != ("managedImage",))
_SOURCES: dict[str, tuple[tuple[tuple[str, ...], ...], str]] = {
    "TrustedLaunch": (_NO_MANAGED_IMAGE, "TrustedLaunchSupported"),
    "TrustedLaunchSupported": (_STATELESS, "TrustedLaunch"),
    "ConfidentialVM": (_STATEFUL, "ConfidentialVMSupported"),
    "ConfidentialVMSupported": (_STATELESS, "ConfidentialVM"),
    "TrustedLaunchAndConfidentialVmSupported": (_STATELESS, "TrustedLaunch"),
}
"""The kinds of source of a security type, and the type that takes the others."""
_ENCRYPTION = ("encryption", "osDiskImage", "securityProfile", "confidentialVMEncryptionType")


def security_type(image: Raw) -> str | None:
    """An image's security type as Azure spells it, Standard where it says nothing; None for what is none."""
    feature = reach(image, "features", "SecurityType")
    value = feature.get("value") if isinstance(feature, dict) else feature
    return "Standard" if value is None else canonical(SecurityType, value)


def fits_its_security_type(image: Raw) -> Iterable[Violation]:
    """A rule for `checked_by`: sources and encryption of an image's versions."""
    kind = security_type(image)
    arm = canonical(Architecture, image.get("architecture")) == "Arm64"
    since = reach(image, "features", "SecurityType", "startsAtVersion")
    versions = image.get("versions")
    for number, version in versions.items() if isinstance(versions, dict) else ():
        if not isinstance(version, dict):
            continue
        found = list(_of_arm(version)) if arm else []
        if kind:
            own = "Standard" if _before(number, since) else kind
            found += [*_sources(version, own), *_confidential(version, own)]
        yield from (each._replace(path=("versions", number, *each.path)) for each in found)


def _before(number: str, since: object) -> bool:
    """Whether a version is older than the first one of a security type, which says nothing of it then."""
    numbers = (version_order(number), version_order(since) if isinstance(since, str) else ())
    older, newer = ([part for part in each if isinstance(part, int)] for each in numbers)
    return len(older) == len(newer) == 3 and older < newer


def _of_arm(version: Raw) -> Iterator[Violation]:
    if reach(version, "source", "managedImage") is not None:
        found = f"found {KINDS['managedImage',]} for architecture: Arm64, but managed images are x64"
        yield Violation(("source", "managedImage"), f"{found}: expected {_listed(_NO_MANAGED_IMAGE)}")


def _sources(version: Raw, kind: str) -> Iterator[Violation]:
    if kind not in _SOURCES:
        return
    allowed, other = _SOURCES[kind]
    for path in written_kinds(version.get("source")):
        if path not in allowed:
            state = "with" if path in _STATEFUL else "without"
            found = f"found {KINDS[path]}, {state} guest state, for SecurityType: {kind}"
            expected = f"expected {_listed(allowed)}, or an image with SecurityType: {other}"
            yield Violation(("source", *path), f"{found}: {expected}")


def _listed(kinds: tuple[tuple[str, ...], ...]) -> str:
    nouns = [KINDS[each] for each in kinds if each != ("communityGalleryImage",)]
    return f"{', '.join(nouns[:-1])} or {nouns[-1]}"


class _Place(NamedTuple):
    """A region or an edge zone of a version, where it is written, and how a confidential disk is encrypted there."""

    name: str
    path: Path
    encryption: str | None

    def __str__(self) -> str:
        return f"{self.name} ({self.encryption or 'no confidentialVMEncryptionType'})"


def _confidential(version: Raw, kind: str) -> Iterator[Violation]:
    regions, zones = _places(version)
    if kind != "ConfidentialVM":
        for place in (*regions, *zones):
            if canonical(ConfidentialEncryption, place.encryption):
                found = f"found {place.encryption} for SecurityType: {kind}"
                expected = "expected an image with SecurityType: ConfidentialVM, or no securityProfile"
                yield Violation((*place.path, *_ENCRYPTION), f"{found}: {expected}")
        return
    home, others = regions[0], regions[1:]
    lacking = [place for place in (*regions, *zones) if not place.encryption]
    if any(place.encryption != "NonPersistedTPM" for place in regions):
        for place in others:
            rule = "a ConfidentialVM image stays in its own region"
            way_out = "expected that region alone, or confidentialVMEncryptionType: NonPersistedTPM in every region"
            yield Violation(place.path, f"found {place} beside {home}: {rule}, {way_out}")
        lacking = [place for place in lacking if place not in others]
    for place in lacking:
        found = f"found no confidentialVMEncryptionType for {place.name}"
        way_out = "expected one in every region of a ConfidentialVM image, for example EncryptedWithPmk"
        yield Violation(place.path, f"{found}: {way_out}")


def _places(version: Raw) -> tuple[list[_Place], list[_Place]]:
    """The regions of a version, its own first, and its edge zones."""
    home = version.get("location")
    home = normalised(home) if isinstance(home, str) else ""
    replication = reach(version, "replication")
    written, zones = reach(replication, "regions"), reach(replication, "edgeZones")
    regions = {
        region_name(key, entry): _Place(region_name(key, entry), ("replication", "regions", key), _encryption(entry))
        for key, entry in (written_regions(written) if isinstance(written, dict | list) else ())
    }
    own = regions.pop(home, _Place(home, ("replication", "regions") if written else ("source",), None))
    at_the_edge = [
        _Place(name, ("replication", "edgeZones", name), _encryption(zone))
        for name, zone in (zones.items() if isinstance(zones, dict) else ())
    ]
    return [own, *regions.values()], at_the_edge


def _encryption(settings: object) -> str | None:
    written = reach(settings, *_ENCRYPTION)
    return canonical(ConfidentialEncryption, written) or (str(written) if written is not None else None)
