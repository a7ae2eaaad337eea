"""Virtual machine scale sets, as users of image versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import out_of_range
from ..ids import ResourceId
from ..resource import Change, Plan, SourceType, View, text_at
from ..shapes import Json, dig, integer, without
from ..store import Row
from . import image_versions

_MOST = 1000  # instances [D]


@dataclass(frozen=True)
class Instance:
    """A machine of a scale set: its number, and the image that it was made from."""

    number: str
    image: Json


class ScaleSets(SourceType):
    """A scale set has as many instances as its capacity says; new ones are made from the model's image as it is then,
    older ones stay as they are until they are replaced [D]."""

    type = "Microsoft.Compute/virtualMachineScaleSets"

    def plan(self, change: Change) -> Plan:
        """Instances come and go with the capacity; the oldest ones stay."""
        wanted = integer(dig(change.beside, "sku.capacity") or 0, "sku.capacity")
        if not 0 <= wanted <= _MOST:
            raise out_of_range(wanted, "sku.capacity", 0, _MOST)
        kept, first = change.old.get("instances", [])[:wanted], change.old.get("next", 0)
        missing = range(first, first + wanted - len(kept))
        image = model(change.properties)
        if missing and (id_ := text_at(image, "id")) and (version := image_versions.for_machine(change, id_)):
            image = {**image, "exactVersion": version}
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
