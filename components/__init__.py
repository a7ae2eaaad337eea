"""Azure Compute Gallery as Pulumi components: what `config` describes, as resources of azure-native."""

from .gallery import ComputeGallery
from .image import ImageDefinition
from .stack import build

__all__ = ["ComputeGallery", "ImageDefinition", "build"]
