"""Storage accounts, which hold VHD blobs."""

from ..ids import ResourceId
from ..resource import SourceType, View
from ..shapes import Json
from ..store import Row


class StorageAccounts(SourceType):
    """There is no data plane: a blob is taken to exist when its account does [I]."""

    type = "Microsoft.Storage/storageAccounts"
    source_for = "blob"
    created = 200  # [S]

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """Adds the address of the blobs."""
        shown = super().render(id_, row, view)
        blobs = {"blob": f"https://{id_.name.lower()}.blob.core.windows.net/"}
        return {**shown, "properties": {**shown["properties"], "primaryEndpoints": blobs}}


TYPE = StorageAccounts()
