"""Azure Compute Gallery as Pulumi components: what `config` describes, as resources of azure-native."""

from .gallery import ComputeGallery
from .image import ImageDefinition
from .resource_group import resource_group
from .retries import delete_again

__all__ = ["ComputeGallery", "ImageDefinition", "delete_again", "resource_group"]
