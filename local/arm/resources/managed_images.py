"""Managed images, as sources of image versions."""

from ..resource import Facts, SourceType, disk_at, disks_at, text_at
from ..shapes import dig
from ..store import Row, Transaction


class ManagedImages(SourceType):
    """`storageProfile.osDisk` says what there is to know [W]."""

    type = "Microsoft.Compute/images"
    source_for = "image"

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


TYPE = ManagedImages()
