"""Virtual machines, as sources of image versions."""

from ..resource import Facts, SourceType, disk_at, disks_at, plan_at, text_at
from ..shapes import dig
from ..store import Row, Transaction


class VirtualMachines(SourceType):
    """What Azure reports in the instance view is taken from the body's `properties.instanceView` here [I]:

    `hyperVGeneration`, and a status with code `OSState/generalized` for a generalized machine (else specialized).
    """

    type = "Microsoft.Compute/virtualMachines"
    source_for = "image"

    def facts(self, row: Row, tx: Transaction) -> Facts:
        """The machine's disks, state and plan."""
        disk = dig(row.properties, "storageProfile.osDisk")
        statuses = dig(row.properties, "instanceView.statuses")
        generalized = isinstance(statuses, list) and any(
            (text_at(status, "code") or "").lower() == "osstate/generalized" for status in statuses
        )
        return Facts(
            os_type=text_at(disk, "osType"),
            os_state="Generalized" if generalized else "Specialized",
            generation=text_at(row.properties, "instanceView.hyperVGeneration"),
            plan=plan_at(row.body, "plan"),
            os_disk=disk_at(disk),
            data_disks=disks_at(row.properties, "storageProfile.dataDisks"),
        )


TYPE = VirtualMachines()
