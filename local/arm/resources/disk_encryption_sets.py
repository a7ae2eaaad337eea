"""Disk encryption sets: the keys that replicas of image versions are encrypted with."""

from .. import managed_identity
from ..ids import ResourceId
from ..resource import SourceType, View
from ..shapes import Json
from ..store import Row


class DiskEncryptionSets(SourceType):
    """Kept as sent; what matters about it is where it is."""

    type = "Microsoft.Compute/diskEncryptionSets"
    created = 200  # [S]; az takes a 201 for a failure [C]

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """With the principal that reads the key, and what it is used for [W: azure-cli's test_gallery_e2e]."""
        shown = managed_identity.shown(super().render(id_, row, view), row.id)
        return {**shown, "properties": {"encryptionType": "EncryptionAtRestWithCustomerKey", **shown["properties"]}}


TYPE = DiskEncryptionSets()
