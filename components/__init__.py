"""Azure Compute Gallery as Pulumi components: what `config` describes, as resources of azure-native."""

from .gallery import ComputeGallery
from .image import ImageDefinition
from .resource_group import resource_group

__all__ = ["ComputeGallery", "ImageDefinition", "resource_group"]
