"""Change is guarded in the preview: what Azure can't change in place stops it, with the way out.

azure-native plans a changed source or OS type as an update, which Azure refuses after the preview was green
(pulumi-azure-native issue 577). A hook before updates, which runs in previews too, compares old and new inputs and says
so beforehand; with `pulumi up --skip-preview` it speaks before the resource is touched.

Sources: "Store and share images in an Azure Compute Gallery", section on updating resources; the GalleryRP API
specification 2024-03-03; PropertyChangeNotAllowed as seen by others (azure-sdk-for-java issue 28842, azure-powershell
issue 9911).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pulumi

import config

from .inputs import Inputs, disks, get
from .look_up import look_up

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

VERSION = ("publishingProfile.replicationMode", "securityProfile")
"""Properties of a version that Azure never changes, beside its sources, storage and encryption."""


@cache
def definition_guard() -> pulumi.ResourceHook:
    """The hook before an update of a definition."""

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        _refuse(args.name, definition_changes(args.old_inputs or {}, args.new_inputs or {}))

    return pulumi.ResourceHook("guard-definition", before_update, pulumi.ResourceHookOptions(on_dry_run=True))


def version_guard(image: config.Image, name: str) -> pulumi.ResourceHook:
    """The hook before an update of a version of `image`, the definition whose logical name is `name`.

    What is a warning elsewhere is an error where the version is protected.
    """

    async def before_update(args: pulumi.ResourceHookArgs) -> None:
        old, new = args.old_inputs or {}, args.new_inputs or {}
        number = args.name.rpartition("/")[2]
        refused = [*version_changes(old, new), *(storage := list(storage_changes(old, new)))]
        if storage and (versions := await _to_pin(args, image)):
            refused.append(
                f"where an inherited setting has changed, the versions to write the old value into are {versions}"
            )
        losses = [*version_losses(old, new), *latest_losses(number, old, image)]
        if image.versions[number].protect:
            refused += [f"{loss}; as it is protected, write protect: false on it if that is meant" for loss in losses]
        else:
            for loss in losses:
                pulumi.log.warn(f"{args.name}: {loss}")
        _refuse(args.name, refused)

    return pulumi.ResourceHook(f"guard-{name}", before_update, pulumi.ResourceHookOptions(on_dry_run=True))


def _refuse(name: str, sentences: Iterable[str]) -> None:
    if told := "\n".join(f"{name}: {sentence}" for sentence in sentences):
        raise pulumi.RunError(told)


async def _to_pin(args: pulumi.ResourceHookArgs, image: config.Image) -> str:
    """The versions of a definition whose storage type would change with that of the one in `args`, if it isn't alone.

    The engine stops at the first refusal or two, so the others are told with it. What is there is read from the
    engine's state, as a stack reference reads it; where that can't be read, the refusal stands alone.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    try:
        state = await look_up("pulumi:pulumi:readStackResourceOutputs", {"stackName": stack})
    except LookupError:
        return ""
    urn = args.urn.removesuffix(args.name.rpartition("/")[2])
    changing = [
        number
        for number, version in image.versions.items()
        if (known := state["outputs"].get(f"{urn}{number}"))
        and any(storage_changes(known["outputs"], _storage(version)))
    ]
    return ", ".join(sorted(changing, key=config.version_order)) if len(changing) > 1 else ""


def _storage(version: config.Version) -> Inputs:
    """The storage types of a version, as its inputs have them."""
    key, targets = "storageAccountType", version.target_regions
    regions = [{"name": each.region.display_name, key: each.storage_account_type} for each in targets]
    return {"publishingProfile": {key: version.replication.storage_account_type, "targetRegions": regions}}


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
    """What Azure would refuse about an update of a version, in sentences; storage is told by `storage_changes`."""
    way_out = "publish another version instead, for example with the next patch number"
    yield from _changed(VERSION, old, new, "version", way_out)
    before, after = _sources(old), _sources(new)
    for disk in sorted(before.keys() | after.keys()):
        if before.get(disk, "").lower() != after.get(disk, "").lower():
            yield _refusal(disk, before.get(disk), after.get(disk), "version", way_out)
    caching, wanted = _caching(old), _caching(new)
    for disk in sorted(caching.keys() & wanted.keys()):
        if caching[disk] != wanted[disk]:
            yield _refusal(f"hostCaching of {disk}", caching[disk], wanted[disk], "version", way_out)
    for name, (was, is_) in _both(old, new).items():
        if was.get("encryption") != is_.get("encryption"):
            yield _refusal(
                f"the encryption in {name}", was.get("encryption"), is_.get("encryption"), "version", way_out
            )
    yield from _unset_date("publishingProfile.endOfLifeDate", old, new)


def storage_changes(old: Inputs, new: Inputs) -> Iterator[str]:
    """The storage types of a version that would change, which Azure refuses: a sentence for each old and new value."""
    key = "storageAccountType"
    profiles = get(old, "publishingProfile") or {}, get(new, "publishingProfile") or {}
    changes: dict[tuple[object, object], list[str]] = {}
    if (types := (profiles[0].get(key), profiles[1].get(key)))[0] != types[1]:
        changes[types] = []
    for name, (was, is_) in _both(old, new).items():
        if (types := (was.get(key), is_.get(key)))[0] != types[1]:
            changes.setdefault(types, []).append(name)
    for types, regions in changes.items():
        where = f"{key} in {', '.join(regions)}" if regions else key
        yield _refusal(where, *types, "version", "write the old value into the version, or publish another one")


def version_losses(old: Inputs, new: Inputs) -> Iterator[str]:
    """What machines may miss after an update: places, unless the version permits their loss, and replicas."""
    if not get(new, "safetyProfile.allowDeletionOfReplicatedLocations"):
        gone = [name for name in _places(old) if name not in _places(new)]
        for name in gone:
            permission = "safetyProfile: {allowDeletionOfReplicatedLocations: true}"
            yield f"it would be removed from {name}: Azure wants {permission} on the version"
    for name, (was, is_) in _both(old, new).items():
        before, after = was.get("regionalReplicaCount") or 1, is_.get("regionalReplicaCount") or 1
        if after < before:
            yield f"it would keep {after:g} of its {before:g} replicas in {name}"


def latest_losses(number: str, old: Inputs, image: config.Image) -> Iterator[str]:
    """Where `latest` would mean an older version than this one, which it considered before: overall and by region."""
    excluded = get(old, "publishingProfile.excludeFromLatest")
    places: dict[str, list[str]] = {}
    if not excluded and _is_older(image.latest(), number):
        places[image.latest() or "no version"] = ["overall"]
    for name, target in _regions(old).items():
        own = target.get("excludeFromLatest")
        now = image.latest_by_region.get(name)
        if not (excluded if own is None else own) and _is_older(now, number):
            places.setdefault(now or "no version", []).append(f"in {name}")
    for now, where in places.items():
        yield f"latest would go back to {now} {', '.join(where)}"


def _is_older(now: str | None, number: str) -> bool:
    return now is None or config.version_order(now) < config.version_order(number)


def _changed(paths: tuple[str, ...], old: Inputs, new: Inputs, kind: str, way_out: str) -> Iterator[str]:
    for path in paths:
        if (before := get(old, path)) != (after := get(new, path)):
            yield _refusal(path, before, after, kind, way_out)


def _refusal(what: str, before: object, after: object, kind: str, way_out: str) -> str:
    change = f"{what} would change from {_told(before)} to {_told(after)}"
    return f"{change}, which Azure refuses on an existing {kind}: {way_out}"


def _unset_date(path: str, old: Inputs, new: Inputs) -> Iterator[str]:
    if (before := get(old, path)) and not get(new, path):
        yield f"{path} would be removed (it is {before}), and Azure keeps it all the same: write it, or a later date"


def _sources(inputs: Inputs) -> dict[str, str]:
    """The sources of a version, by what they are the source of. An id is the same whichever property holds it."""
    found = {}
    for name, disk in ({"the source": inputs.get("storageProfile") or {}} | disks(inputs)).items():
        source = disk.get("source") or {}
        ids = [source[key] for key in ("id", "virtualMachineId", "communityGalleryImageId", "uri") if source.get(key)]
        if ids:
            found[name] = str(ids[0])
    return found


def _caching(inputs: Inputs) -> dict[str, str]:
    """The caching of a version's disks, where it is said; Azure fills in the rest."""
    return {name: disk["hostCaching"] for name, disk in disks(inputs).items() if disk.get("hostCaching")}


def _regions(inputs: Inputs) -> dict[str, Inputs]:
    """The target regions of a version by name."""
    targets = get(inputs, "publishingProfile.targetRegions") or ()
    return {config.normalised(str(target["name"])): target for target in targets}


def _places(inputs: Inputs) -> dict[str, Inputs]:
    """Its target regions and its edge zones by name, with the properties that both have."""
    zones = get(inputs, "publishingProfile.targetExtendedLocations") or ()
    return _regions(inputs) | {
        get(zone, "extendedLocation.name"): {**zone, "regionalReplicaCount": zone.get("extendedLocationReplicaCount")}
        for zone in zones
    }


def _both(old: Inputs, new: Inputs) -> dict[str, tuple[Inputs, Inputs]]:
    """The places that a version keeps, as they were and as they would be."""
    after = _places(new)
    return {name: (target, after[name]) for name, target in _places(old).items() if name in after}


def _by(items: object, key: str, value: str) -> dict[str, Any]:
    return {item[key]: item.get(value) for item in items} if isinstance(items, list) else {}


def _told(value: object) -> str:
    return "nothing" if value is None else str(value)
