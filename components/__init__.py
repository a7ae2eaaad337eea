"""Azure Compute Gallery as Pulumi components: what `config` describes, as resources of azure-native.

A program of another project imports `ComputeGallery` or `ImageDefinition` and gives them settings with the keys of a
data file, in which ids may be outputs of its own resources.
"""

from .gallery import ComputeGallery
from .image import ImageDefinition
from .order import Order
from .stack import build, outputs, settled

__all__ = ["ComputeGallery", "ImageDefinition", "Order", "build", "outputs", "settled"]
