"""Managed disks, as sources of single disks of image versions."""

from ..resource import Facts, SourceType, disk_at, plan_at, text_at
from ..store import Row, Transaction


class Disks(SourceType):
    """A disk knows its OS and generation, not whether the OS is generalized [S]."""

    type = "Microsoft.Compute/disks"
    source_for = "disk"
    created = 200  # [S]; az takes a 201 for a failure [C]

    def facts(self, row: Row, tx: Transaction) -> Facts:
        """The disk's size, OS, generation and plan."""
        return Facts(
            os_type=text_at(row.properties, "osType"),
            generation=text_at(row.properties, "hyperVGeneration"),
            plan=plan_at(row.properties, "purchasePlan"),
            os_disk=disk_at(row.properties),
            encrypted=text_at(row.properties, "encryption.diskEncryptionSetId") is not None,
        )


TYPE = Disks()
