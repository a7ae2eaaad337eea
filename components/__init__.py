"""Azure Compute Gallery as Pulumi components: what `config` describes, as resources of azure-native.

A program of another project imports `ComputeGallery` or `ImageDefinition` and gives them settings with the keys of a
data file, in which ids may be outputs of its own resources.
"""

from .dependencies import VersionDependencies
from .gallery import ComputeGallery
from .image import ImageDefinition
from .judge import Refused, judge
from .stack import build, outputs, prepare

__all__ = [
    "ComputeGallery",
    "ImageDefinition",
    "Refused",
    "VersionDependencies",
    "build",
    "judge",
    "outputs",
    "prepare",
]
