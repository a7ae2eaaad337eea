"""Virtual machines, as sources of image versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from ..errors import invalid
from ..ids import ResourceId
from ..resource import Change, Facts, Plan, SourceType, disk_at, disks_at, plan_at, text_at
from ..shapes import Json, anything, dig, items
from ..store import Row, Transaction

_PATH = "virtualMachine.properties.instanceView"
_DISPLAYED = {  # the codes of an instance view's statuses [S], and what is displayed for them [D]
    "ProvisioningState/succeeded": "Provisioning succeeded",
    "OSState/generalized": "VM generalized",
    "PowerState/running": "VM running",
    "PowerState/stopped": "VM stopped",
    "PowerState/deallocated": "VM deallocated",
}
_AT_FIRST = ("ProvisioningState/succeeded", "PowerState/running")


def _become(code: str) -> Callable[[Row, Json], Json]:
    """An action that leads to that status; on Azure it takes a while, here none."""

    def act(row: Row, sent: Json) -> Json:
        view = _view(row.properties)
        return {**row.properties, "instanceView": {**view, "statuses": _statuses([*_codes(view), code])}}

    return act


class VirtualMachines(SourceType):
    """A machine runs when it has been created [D], and can be stopped and generalized.

    Azure ignores an instance view that it is sent. Here the body that creates a machine can say in which state it is,
    by the codes in `properties.instanceView.statuses`, and its `hyperVGeneration` there [I].
    """

    type = "Microsoft.Compute/virtualMachines"
    source_for = "image"
    actions: ClassVar = {
        "start": _become("PowerState/running"),
        "poweroff": _become("PowerState/stopped"),
        "deallocate": _become("PowerState/deallocated"),
        "generalize": _become("OSState/generalized"),
    }
    views: ClassVar = {"instanceview": "properties.instanceView"}

    def plan(self, change: Change) -> Plan:
        """The instance view changes by actions alone."""
        view = _view(change.old if change.row else change.properties)
        return Plan({**change.properties, "instanceView": view}, change.at(self.change_seconds))

    def render(self, id_: ResourceId, row: Row, now: float, expand: set[str]) -> Json:
        """With the instance view where it is asked for [S]."""
        shown = super().render(id_, row, now, expand)
        hidden = set() if "instanceview" in expand else {"instanceView"}
        return {**shown, "properties": {k: v for k, v in shown["properties"].items() if k not in hidden}}

    def facts(self, row: Row, tx: Transaction) -> Facts:
        """The machine's disks, state and plan."""
        disk, view = dig(row.properties, "storageProfile.osDisk"), _view(row.properties)
        return Facts(
            os_type=text_at(disk, "osType"),
            os_state="Generalized" if "OSState/generalized" in _codes(view) else "Specialized",
            generation=text_at(view, "hyperVGeneration"),
            plan=plan_at(row.body, "plan"),
            os_disk=disk_at(disk),
            data_disks=disks_at(row.properties, "storageProfile.dataDisks"),
        )


def _view(properties: Json) -> Json:
    """The instance view that properties hold, whole."""
    view = anything(properties.get("instanceView", {}), _PATH)
    return {**view, "statuses": _statuses([*_AT_FIRST, *_codes(view)])}


def _codes(view: Json) -> list[str]:
    """The codes of a view's statuses, in Azure's spelling; raises AzureError for one that isn't known here [I]."""
    path, spelling = f"{_PATH}.statuses.code", {code.lower(): code for code in _DISPLAYED}
    codes = [text_at(status, "code") or "" for status in items(anything)(view.get("statuses", []), f"{_PATH}.statuses")]
    for code in codes:
        if code.lower() not in spelling:
            raise invalid(f"The value '{code}' of parameter {path} is not one of {', '.join(_DISPLAYED)}.", path)
    return [spelling[code.lower()] for code in codes]


def _statuses(codes: list[str]) -> list[Json]:
    """Statuses as an instance view shows them; of several codes of a kind the last one holds."""
    kinds = {code.partition("/")[0]: code for code in codes}
    return [{"code": c, "level": "Info", "displayStatus": d} for c, d in _DISPLAYED.items() if c in kinds.values()]


TYPE = VirtualMachines()
