"""Change is guarded in the preview: what Azure can't change in place stops it, with the way out.

azure-native plans a changed source or OS type as an update, which Azure refuses after the preview was green
(pulumi-azure-native issue 577). A hook before updates, which runs in previews too, compares old and new inputs and says
so beforehand; with `pulumi up --skip-preview` it speaks before the resource is touched.

Sources: "Store and share images in an Azure Compute Gallery", section on updating resources; the GalleryRP API
specification 2024-03-03; PropertyChangeNotAllowed as seen by others (azure-sdk-for-java issue 28842, azure-powershell
issue 9911).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pulumi

Inputs = Mapping[str, Any]

DEFINITION = (
    "osType",
    "osState",
    "hyperVGeneration",
    "architecture",
    "identifier.publisher",
    "identifier.offer",
    "identifier.sku",
    "purchasePlan",
    "eula",
    "privacyStatementUri",
    "disallowed",
)
"""Properties of a definition that Azure never changes."""

VERSION = ("publishingProfile.replicationMode", "publishingProfile.storageAccountType", "securityProfile")
"""Properties of a version that Azure never changes, beside its sources and its regions' storage and encryption."""


@cache
def guard(kind: str, *, protect: bool) -> pulumi.ResourceHook:
    """The hook for a "definition" or a "version"; what is a warning elsewhere is an error where `protect` is set."""

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        old, new = args.old_inputs or {}, args.new_inputs or {}
        refused = list(definition_changes(old, new) if kind == "definition" else version_changes(old, new))
        losses = list(version_losses(old, new)) if kind == "version" else []
        if protect:
            refused += [f"{loss}; as it is protected, write protect: false on it first" for loss in losses]
        else:
            for loss in losses:
                pulumi.log.warn(f"{args.name}: {loss}")
        if refused:
            raise pulumi.RunError("\n".join(f"{args.name}: {sentence}" for sentence in refused))

    name = f"guard-{'protected-' if protect else ''}{kind}"
    return pulumi.ResourceHook(name, before_update, pulumi.ResourceHookOptions(on_dry_run=True))


def definition_changes(old: Inputs, new: Inputs) -> Iterator[str]:
    """What Azure would refuse about an update of a definition, in sentences."""
    way_out = "describe another image, with a name and an identifier of its own"
    yield from _changed(DEFINITION, old, new, "definition", way_out)
    if not new.get("allowUpdateImage"):
        before, after = (_by(inputs.get("features"), "name", "value") for inputs in (old, new))
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                allowed = f"write allowUpdateImage: true, or {way_out}"
                yield _refusal(f"the feature {name}", before.get(name), after.get(name), "definition", allowed)
    yield from _unset_date("endOfLifeDate", old, new)


def version_changes(old: Inputs, new: Inputs) -> Iterator[str]:
    """What Azure would refuse about an update of a version, in sentences."""
    way_out = "publish another version instead, for example with the next patch number"
    pinned = "write the old value into the version, or publish another one"
    for path in VERSION:
        yield from _changed((path,), old, new, "version", pinned if "storage" in path else way_out)
    before, after = _sources(old), _sources(new)
    for disk in sorted(before.keys() | after.keys()):
        if before.get(disk, "").lower() != after.get(disk, "").lower():
            yield _refusal(disk, before.get(disk), after.get(disk), "version", way_out)
    for name, (was, is_) in _both(old, new).items():
        if was.get("storageAccountType") != is_.get("storageAccountType"):
            types = was.get("storageAccountType"), is_.get("storageAccountType")
            yield _refusal(f"the storage type in {name}", *types, "version", pinned)
        if was.get("encryption") != is_.get("encryption"):
            yield _refusal(
                f"the encryption in {name}", was.get("encryption"), is_.get("encryption"), "version", way_out
            )
    yield from _unset_date("publishingProfile.endOfLifeDate", old, new)


def version_losses(old: Inputs, new: Inputs) -> Iterator[str]:
    """What machines may miss after an update: regions, unless the version permits their loss, and replicas."""
    if not _get(new, "safetyProfile.allowDeletionOfReplicatedLocations"):
        gone = [name for name in _regions(old) if name not in _regions(new)]
        for name in gone:
            permission = "safetyProfile: {allowDeletionOfReplicatedLocations: true}"
            yield f"it would be removed from {name}: Azure wants {permission} on the version"
    for name, (was, is_) in _both(old, new).items():
        before, after = was.get("regionalReplicaCount") or 1, is_.get("regionalReplicaCount") or 1
        if after < before:
            yield f"it would keep {after:g} of its {before:g} replicas in {name}"


def _changed(paths: tuple[str, ...], old: Inputs, new: Inputs, kind: str, way_out: str) -> Iterator[str]:
    for path in paths:
        if (before := _get(old, path)) != (after := _get(new, path)):
            yield _refusal(path, before, after, kind, way_out)


def _refusal(what: str, before: object, after: object, kind: str, way_out: str) -> str:
    change = f"{what} would change from {_told(before)} to {_told(after)}"
    return f"{change}, which Azure refuses on an existing {kind}: {way_out}"


def _unset_date(path: str, old: Inputs, new: Inputs) -> Iterator[str]:
    if (before := _get(old, path)) and not _get(new, path):
        yield f"{path} would be removed (it is {before}), and Azure keeps it all the same: write it, or a later date"


def _sources(inputs: Inputs) -> dict[str, str]:
    """The sources of a version, by what they are the source of. An id is the same whichever property holds it."""
    profile = inputs.get("storageProfile") or {}
    disks = {"the source": profile, "the OS disk": profile.get("osDiskImage")}
    disks |= {f"the data disk at LUN {disk['lun']:g}": disk for disk in profile.get("dataDiskImages") or ()}
    found = {}
    for name, disk in disks.items():
        source = (disk or {}).get("source") or {}
        ids = [source[key] for key in ("id", "virtualMachineId", "communityGalleryImageId", "uri") if source.get(key)]
        if ids:
            found[name] = str(ids[0])
    return found


def _regions(inputs: Inputs) -> dict[str, Inputs]:
    targets = _get(inputs, "publishingProfile.targetRegions") or ()
    return {str(target["name"]).replace(" ", "").lower(): target for target in targets}


def _both(old: Inputs, new: Inputs) -> dict[str, tuple[Inputs, Inputs]]:
    """The regions that a version keeps, as they were and as they would be."""
    after = _regions(new)
    return {name: (target, after[name]) for name, target in _regions(old).items() if name in after}


def _by(items: object, key: str, value: str) -> dict[str, Any]:
    return {item[key]: item.get(value) for item in items} if isinstance(items, list) else {}


def _get(inputs: Any, path: str) -> Any:
    for name in path.split("."):
        inputs = inputs.get(name) if isinstance(inputs, Mapping) else None
    return inputs


def _told(value: object) -> str:
    return "nothing" if value is None else str(value)
