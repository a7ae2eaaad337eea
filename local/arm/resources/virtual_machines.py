"""Virtual machines, as sources of image versions."""

from __future__ import annotations

from typing import Any, ClassVar

from ..errors import invalid
from ..ids import ResourceId
from ..resource import Action, Change, Facts, Plan, SourceType, View, disk_at, disks_at, plan_at, security_at, text_at
from ..shapes import Json, anything, dig, items
from ..store import Row, Transaction
from . import image_versions

_PATH = "virtualMachine.properties.instanceView"
_DISPLAYED = {  # the codes of an instance view's statuses [S], and what is displayed for them [D]
    "ProvisioningState/succeeded": "Provisioning succeeded",
    "OSState/generalized": "VM generalized",
    "PowerState/running": "VM running",
    "PowerState/stopped": "VM stopped",
    "PowerState/deallocated": "VM deallocated",
}
_AT_FIRST = ("ProvisioningState/succeeded", "PowerState/running")


def _become(code: str) -> Action:
    """An action that leads to that status; on Azure it takes a while, here none."""

    def act(row: Row, sent: Json, tx: Transaction, speed: float) -> Json:
        view = instance_view(row.properties)
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
        """The instance view changes by actions alone; which version of a gallery a machine is made from is told [S]."""
        view = instance_view(change.old if change.row else change.properties)
        properties = {**change.properties, "instanceView": view}
        if change.row is None and (reference := dig(properties, "storageProfile.imageReference")):
            reference = image_versions.exact(reference, change.id, change.location, change.tx)
            properties["storageProfile"] = {**properties["storageProfile"], "imageReference": reference}
        return Plan(properties, change.at(self.change_seconds))

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """With the instance view where it is asked for [S]."""
        shown = super().render(id_, row, view)
        hidden = set() if "instanceview" in view.expand else {"instanceView"}
        return {**shown, "properties": {k: v for k, v in shown["properties"].items() if k not in hidden}}

    def facts(self, row: Row, tx: Transaction) -> Facts:
        """The machine's disks, state and plan; its architecture is that of its OS disk, where that is here."""
        disk, view = dig(row.properties, "storageProfile.osDisk"), instance_view(row.properties)
        managed = tx.find((text_at(disk, "managedDisk.id") or "").lower())
        return Facts(
            kind="Virtual Machine",
            architecture=text_at(managed.properties, "supportedCapabilities.architecture") if managed else None,
            security=security_at(row.properties, "securityProfile.securityType"),
            failure=_failure(dig(row.properties, "storageProfile")),
            os_type=text_at(disk, "osType"),
            os_state="Generalized" if "OSState/generalized" in _codes(view) else "Specialized",
            generation=text_at(view, "hyperVGeneration"),
            plan=plan_at(row.body, "plan"),
            os_disk=disk_at(disk),
            data_disks=disks_at(row.properties, "storageProfile.dataDisks"),
            encrypted=text_at(disk, "managedDisk.diskEncryptionSet.id") is not None,
            flaw=_flaw(row.id, dig(row.properties, "storageProfile")),
        )


def _failure(storage: Any) -> dict[str, str] | None:
    """How a version that is made from a machine with such disks fails [G: azure-cli#29091]; code [I]."""
    data = dig(storage, "dataDisks")
    disks = [dig(storage, "osDisk"), *(data if isinstance(data, list) else [])]
    stored = [(text_at(disk, "managedDisk.storageAccountType") or "").lower() for disk in disks]
    text_ = "Snapshots of PremiumV2_LRS disks are not supported."
    return {"code": "OperationNotAllowed", "message": text_} if "premiumv2_lrs" in stored else None


def _flaw(id_: str, storage: Any) -> str | None:
    """Why a machine with such disks can't be a source [D]."""
    os_disk, data = dig(storage, "osDisk"), dig(storage, "dataDisks")
    disks = [os_disk, *(data if isinstance(data, list) else [])]
    if any(dig(disk, "vhd") for disk in disks):
        return f"Source virtual machine {id_} must be created from Managed Disks"
    if text_at(os_disk, "diffDiskSettings.option"):
        return f"Source virtual machine {id_} cannot contain an ephemeral OS disk"
    for disk in disks:
        if (text_at(disk, "managedDisk.storageAccountType") or "").lower() == "ultrassd_lrs":
            named = text_at(disk, "managedDisk.id") or text_at(disk, "name")
            return f"Source virtual machine {id_} cannot contain disk ['{named}'] stored in an UltraSSD account type"
    return None


def instance_view(properties: Json) -> Json:
    """The instance view that a machine's properties hold, whole."""
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
