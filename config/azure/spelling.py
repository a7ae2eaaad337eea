"""The same meaning is spelt as the existing resource spells it, so that a preview shows no change where there is none.

Azure shows some properties only where they were sent. Whether such a property is unset or written out with its default
makes no difference to Azure, but the engine compares what is sent with what was sent before.
"""

from __future__ import annotations

from typing import Any

from config.azure.bodies import Body
from config.azure.properties import FILLED, PROPERTIES, Kind, Property, Same, region
from config.azure.view import View
from config.paths import at


def spelled(kind: Kind, held: View | None, wanted: Body, *, new: bool) -> Body:
    """What is wanted, as it is to be sent; `wanted` is changed and given back.

    Of a resource that is there, a default is written out where the resource has it written out, and unset where it
    hasn't. A new one says what newer API versions would fill in otherwise.
    """
    if new:
        _say(kind, wanted)
    if held is None:
        return wanted
    view = View(kind, wanted)
    for row in PROPERTIES[kind]:
        if row.same is region:
            _spell_regions(row, held, view)
        if row.sent_only and row.is_list:
            _spell_elements(row, held, wanted)
        elif row.sent_only:
            _spell(row, held, view)
    return wanted


def _say(kind: Kind, new: Body) -> None:
    """What a data file means must not depend on the API version that azure-native happens to use.

    From 2025-03-03 on a definition of generation 2 of which nothing is said is TrustedLaunchSupported, and from
    2026-03-03 on a version can't be deleted for six months (azure-cli issue 32375, pull requests 32494 and 34107).
    """
    if kind == "version":
        new["safetyProfile"].setdefault("blockDeletionBeforeEndOfLife", False)
    elif kind == "image" and new["hyperVGeneration"] == "V2":
        features = new.setdefault("features", [])
        if not any(each["name"] == "SecurityType" for each in features):
            features.append({"name": "SecurityType", "value": "Standard"})


def filled_in(held: View | None, version: Body) -> list[str]:
    """The paths of a version at which Azure's own choice stands: nothing is said, or just what it has chosen.

    What is sent there is left as it is. An import brings such a choice along, and one that was written stays where it
    is no longer written.
    """
    profile = version["storageProfile"]
    if "source" in profile:
        return ["storageProfile.osDiskImage", "storageProfile.dataDiskImages"]
    disks = {"osDiskImage": ((), profile["osDiskImage"])} | {
        f"dataDiskImages[{index}]": ((str(disk["lun"]),), disk)
        for index, disk in enumerate(profile.get("dataDiskImages", ()))
    }
    chosen = {} if held is None else {path: held.values(row) for path, row in _CACHING.items()}
    return [
        f"storageProfile.{path}.hostCaching"
        for path, (elements, disk) in disks.items()
        if disk.get("hostCaching") in (None, chosen.get(path.partition("[")[0], {}).get(elements))
    ]


_CACHING = {
    path: next(
        row for row in PROPERTIES["version"] if row.path.startswith(f"storageProfile.{path}") and row.default is FILLED
    )
    for path in ("osDiskImage", "dataDiskImages")
}


def _spell(row: Property, held: View, wanted: View) -> None:
    holder, path = row.inside
    there = held.elements(holder)
    for elements, each in wanted.elements(holder).items():
        if elements not in there:
            continue
        mine, theirs = at(each, path), at(there[elements], path)
        default = wanted[row.default.path] if isinstance(row.default, Same) else row.default
        if mine is None and theirs is not None and row.same(theirs) == row.same(default):
            _write(each, path, theirs)
        elif theirs is None and mine is not None and mine is not True and row.same(mine) == row.same(default):
            _write(each, path, None)  # a region's own true is kept: it is the mark of a retirement


def _spell_regions(row: Property, held: View, wanted: View) -> None:
    """A region goes by the name by which the resource has it: azure-native tells regions apart by their letters."""
    holder, path = (row.path, row.identity) if row.is_list else row.inside
    there = held.elements(holder)
    for elements, each in wanted.elements(holder).items():
        theirs = at(there.get(elements), path)
        if isinstance(theirs, str) and region(theirs) == region(at(each, path)):
            _write(each, path, theirs)


def _spell_elements(row: Property, held: View, wanted: Body) -> None:
    """The same for elements that say no more than their absence."""
    path = row.path.removesuffix("[]")
    silent = [each for each in at(held.inputs, path) or () if not row.counts(each)]
    spoken = [each for each in at(wanted, path) or () if row.counts(each)]
    names = {at(each, row.identity) for each in spoken}
    spelled = [*spoken, *(each for each in silent if at(each, row.identity) not in names)]
    if spelled or at(wanted, path) is not None:
        _write(wanted, path, spelled or None)


def _write(body: Body, path: str, value: Any) -> None:
    *holders, last = path.split(".")
    for key in holders:
        body = body.setdefault(key, {})
    if value is None:
        del body[last]
    else:
        body[last] = value
