"""Managed images, as sources of image versions."""

from __future__ import annotations

from typing import Any

from ..errors import AzureError
from ..ids import parse
from ..resource import Change, Facts, Plan, SourceType, disk_at, disks_at, text_at
from ..shapes import Json, dig
from ..store import Row, Transaction
from .virtual_machines import TYPE as MACHINES


class ManagedImages(SourceType):
    """`storageProfile.osDisk` says what there is to know [W]."""

    type = "Microsoft.Compute/images"
    source_for = "image"

    def plan(self, change: Change) -> Plan:
        """An image of a machine has the machine's disks [W: azure-cli's test_gallery_e2e]; of one that isn't here: what
        is sent [I]."""
        properties = change.properties
        id_ = parse(text_at(properties, "sourceVirtualMachine.id") or "")
        machine = change.tx.find(id_.key) if id_ and change.row is None else None
        if machine:
            properties = {**properties, "storageProfile": _disks_of(machine, change.tx)}
        return Plan(properties, change.at(self.change_seconds))

    def facts(self, row: Row, tx: Transaction) -> Facts:
        """The image's disks, OS and generation; it is x64 [G: packer-plugin-azure#287], without a guest state."""
        disk = dig(row.properties, "storageProfile.osDisk")
        return Facts(
            kind="User Image",
            architecture="x64",
            os_type=text_at(disk, "osType"),
            os_state=text_at(disk, "osState"),
            generation=text_at(row.properties, "hyperVGeneration"),
            os_disk=disk_at(disk),
            data_disks=disks_at(row.properties, "storageProfile.dataDisks"),
            encrypted=text_at(disk, "diskEncryptionSet.id") is not None,
        )


def _disks_of(machine: Row, tx: Transaction) -> Json:
    """The storage profile of an image of a machine, which has to be generalized; refusal [G: ansible#37158]."""
    if MACHINES.facts(machine, tx).os_state != "Generalized":
        name = machine.id.rpartition("/")[2]
        text_ = f"The operation 'Create Image' requires the Virtual Machine '{name}' to be Generalized."
        raise AzureError(409, "OperationNotAllowed", text_)
    os_disk, data = (dig(machine.properties, f"storageProfile.{name}") for name in ("osDisk", "dataDisks"))
    kept = {"osType": text_at(os_disk, "osType"), "osState": "Generalized", **_kept(os_disk, tx)}
    lists = [{"lun": dig(disk, "lun"), **_kept(disk, tx)} for disk in data] if isinstance(data, list) else []
    return {"osDisk": kept, "dataDisks": lists}


def _kept(disk: Any, tx: Transaction) -> Json:
    """What an image keeps of a machine's disk; how big it is, the machine says or the disk itself."""
    id_ = text_at(disk, "managedDisk.id")
    managed = tx.find(id_.lower()) if id_ else None
    size = disk_at(disk).size or (disk_at(managed.properties).size if managed else None)
    said = {
        "diskSizeGB": size,
        "managedDisk": {"id": id_} if id_ else None,
        "caching": text_at(disk, "caching"),
        "storageAccountType": text_at(disk, "managedDisk.storageAccountType"),
    }
    return {name: value for name, value in said.items() if value is not None}


TYPE = ManagedImages()
