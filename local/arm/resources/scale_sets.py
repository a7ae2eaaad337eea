"""Virtual machine scale sets, as users of image versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import invalid, out_of_range, required
from ..ids import ResourceId, parse
from ..regions import find
from ..resource import Change, Plan, SourceType, View
from ..shapes import Json, dig, integer, items, text, without
from ..store import Row, Transaction
from . import image_versions

_MOST = 1000  # instances [D]


@dataclass(frozen=True)
class Instance:
    """A machine of a scale set: its number, and the image that it was made from."""

    number: str
    image: Json


def _upgrade(row: Row, sent: Json, tx: Transaction, speed: float) -> Json:
    """Bring instances up to the model as it is now [S]: a list of their numbers, or `*` for all; refusals [I]."""
    path = "instanceIds"
    wanted = items(text)(sent.get(path, []), path)
    known = {each["number"] for each in row.properties["instances"]}
    if missing := [number for number in wanted if number not in known and number != "*"]:
        raise invalid(f"The provided instanceId {missing[0]} is not an active Virtual Machine Scale Set VM.", path)
    if not wanted:
        raise required(path)
    id_, region = parse(row.id), find(row.body["location"])
    assert id_ and region, "ids and locations are checked before they are stored"
    image = image_versions.exact(model(row.properties), id_, region, tx)
    upgraded = [
        {**each, "image": image} if each["number"] in wanted or "*" in wanted else each
        for each in row.properties["instances"]
    ]
    return {**row.properties, "instances": upgraded}


class ScaleSets(SourceType):
    """A scale set has as many instances as its capacity says; new ones are made from the model's image as it is then,
    older ones stay as they are until they are replaced or upgraded [D]."""

    type = "Microsoft.Compute/virtualMachineScaleSets"
    actions: ClassVar = {"manualupgrade": _upgrade}

    def plan(self, change: Change) -> Plan:
        """Instances come and go with the capacity; the oldest ones stay."""
        wanted = integer(dig(change.beside, "sku.capacity") or 0, "sku.capacity")
        if not 0 <= wanted <= _MOST:
            raise out_of_range(wanted, "sku.capacity", 0, _MOST)
        kept, first = change.old.get("instances", [])[:wanted], change.old.get("next", 0)
        missing = range(first, first + wanted - len(kept))
        image = model(change.properties)
        if missing:
            image = image_versions.exact(image, change.id, change.location, change.tx)
        added = [{"number": str(number), "image": image} for number in missing]
        properties = {**change.properties, "instances": [*kept, *added], "next": first + len(missing)}
        return Plan(properties, change.at(self.change_seconds))

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """The instances are a list of their own."""
        shown = super().render(id_, row, view)
        return {**shown, "properties": without(shown["properties"], "instances", "next")}


def model(properties: Json) -> Json:
    """The image that new machines of a scale set are made from."""
    found: Any = dig(properties, "virtualMachineProfile.storageProfile.imageReference")
    return found if isinstance(found, dict) else {}


def instances(scale_set: Row) -> list[Instance]:
    """The machines of a scale set."""
    return [Instance(**each) for each in scale_set.properties["instances"]]


TYPE = ScaleSets()
