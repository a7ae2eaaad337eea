"""Typed configuration: the galleries of a stack, read from YAML, with everything inherited and every rule checked.

Knows no Pulumi, no Azure SDK and no network. `load` is the way in.
"""

from config.gallery import Gallery, ResourceGroup
from config.image import Definition, Identifier, Image, PurchasePlan, Recommended
from config.load import load
from config.mistakes import ConfigError, Mistake
from config.regions import Region, region
from config.replication import RegionSettings, Replication, TargetRegion
from config.source import DiskSource, DiskSources, ImageSource, Vhd
from config.stack import NewResourceGroup, Stack
from config.types import azure_date
from config.version import SafetyProfile, Version

__all__ = [
    "ConfigError",
    "Definition",
    "DiskSource",
    "DiskSources",
    "Gallery",
    "Identifier",
    "Image",
    "ImageSource",
    "Mistake",
    "NewResourceGroup",
    "PurchasePlan",
    "Recommended",
    "Region",
    "RegionSettings",
    "Replication",
    "ResourceGroup",
    "SafetyProfile",
    "Stack",
    "TargetRegion",
    "Version",
    "Vhd",
    "azure_date",
    "load",
    "region",
]
