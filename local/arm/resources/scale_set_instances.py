"""The machines of scale sets; they come and go with the scale set's capacity."""

from __future__ import annotations

from typing import ClassVar

from ..filters import Filter
from ..ids import ResourceId
from ..resource import SourceType, View
from ..shapes import Json, without
from ..store import Row, Transaction
from . import scale_sets
from .virtual_machines import instance_view


class ScaleSetInstances(SourceType):
    """Read only. Whether one is made from the model as it is now is told by `latestModelApplied` [S]; the rest [W:
    azure-sdk-for-python's test_compute_vmss_vm]."""

    type = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines"
    verbs = frozenset({"GET"})
    views: ClassVar = {"instanceview": "properties.instanceView"}

    def find(self, id_: ResourceId, tx: Transaction) -> Row | None:
        """The machine of that number."""
        return next((row for row in self._rows(id_.parent, tx) if row.id.rpartition("/")[2] == id_.name), None)

    def listed(self, id_: ResourceId, tx: Transaction, terms: Filter, after: str, most: int) -> list[Row]:
        """The machines of a scale set."""
        rows = sorted(self._rows(id_.parent, tx), key=lambda row: row.id.lower())
        return [row for row in rows if row.id.lower() > after][:most]

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """With the instance view where it is asked for [S]."""
        shown = super().render(id_, row, view)
        hidden = () if "instanceview" in view.expand else ("instanceView",)
        return {**shown, "properties": without(shown["properties"], *hidden)}

    def _rows(self, parent: ResourceId | None, tx: Transaction) -> list[Row]:
        scale_set = tx.find(parent.key) if parent else None
        return [_row(scale_set, each) for each in scale_sets.instances(scale_set)] if scale_set else []


def _row(scale_set: Row, instance: scale_sets.Instance) -> Row:
    model = scale_sets.model(scale_set.properties)
    body = {
        "name": f"{scale_set.id.rpartition('/')[2]}_{instance.number}",
        "location": scale_set.body["location"],
        "instanceId": instance.number,
        **({"sku": without(scale_set.body["sku"], "capacity")} if "sku" in scale_set.body else {}),
        "properties": {
            "modelDefinitionApplied": "VirtualMachineScaleSet",
            "latestModelApplied": without(instance.image, "exactVersion") == without(model, "exactVersion"),
            "storageProfile": {"imageReference": instance.image},
            "instanceView": instance_view({}),
        },
    }
    return Row(f"{scale_set.id}/virtualMachines/{instance.number}", ScaleSetInstances.type, body, scale_set.timeline)


TYPE = ScaleSetInstances()
