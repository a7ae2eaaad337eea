"""Managed disks, as sources of single disks of image versions."""

from ..resource import Facts, SourceType, disk_at, plan_at, security_at, text_at
from ..store import Row, Transaction


class Disks(SourceType):
    """A disk knows its OS and generation, not whether the OS is generalized [S]."""

    type = "Microsoft.Compute/disks"
    source_for = "disk"
    created = 200  # [S]; az takes a 201 for a failure [C]

    def facts(self, row: Row, tx: Transaction) -> Facts:
        """The disk's size, OS, generation, architecture, guest state and plan, and what can't be copied.

        A snapshot of a Premium SSD v2 can't be replicated, which a version finds out by failing [G: azure-cli#29091];
        text [G], code [I]. That no version comes of an Ultra Disk is said of machines [D].
        """
        kind, stored = self.type.rpartition("/")[2], text_at(row.body, "sku.name") or ""
        text_ = f"Snapshots of {stored} disks are not supported."
        return Facts(
            kind="Managed Disk" if kind == "disks" else "Snapshot",
            architecture=text_at(row.properties, "supportedCapabilities.architecture"),
            security=security_at(row.properties, "securityProfile.securityType"),
            flaw=f"Source disk {row.id} is stored in an UltraSSD account type" if stored == "UltraSSD_LRS" else None,
            failure={"code": "OperationNotAllowed", "message": text_} if stored == "PremiumV2_LRS" else None,
            os_type=text_at(row.properties, "osType"),
            generation=text_at(row.properties, "hyperVGeneration"),
            plan=plan_at(row.properties, "purchasePlan"),
            os_disk=disk_at(row.properties),
            encrypted=text_at(row.properties, "encryption.diskEncryptionSetId") is not None,
        )


TYPE = Disks()
