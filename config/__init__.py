"""Typed configuration: the galleries of a stack, read from YAML, with everything inherited and every rule checked.

Knows no Pulumi, no Azure SDK and no network. `load` and `check` are the ways in.
"""

from config.access import Lock, RoleAssignment
from config.cross_stack import between, names, waves
from config.dates import azure_date
from config.diagnostics import ConfigError, Diagnostic
from config.edge_zones import EdgeZone, EdgeZoneSettings
from config.encryption import ConfidentialDisk, Encryption, OsDiskEncryption
from config.features import DiskControllers, Feature, Features, SecurityTypeFeature, SentFeature, Switch
from config.gallery import Gallery, ResourceGroup, SoftDeletePolicy
from config.identity import Identity
from config.image import Definition, Identifier, Image, PurchasePlan, Recommended, SharedImages
from config.load import Checked, check, gallery, image, load, stacks
from config.regions import Region, normalised, region
from config.replication import (
    AdditionalReplicaSet,
    RegionSettings,
    Replication,
    TargetRegion,
)
from config.security import SecurityProfile, UefiKey, UefiSettings, UefiSignatures
from config.sharing import CommunityGalleryInfo, SharingGroups, SharingProfile
from config.source import DiskSource, DiskSources, ImageSource, Vhd
from config.stack import AdditionalRegion, NewResourceGroup, Stack, contains
from config.types import Deferred, LossKind, version_order
from config.version import SafetyProfile, Version

__all__ = [
    "AdditionalRegion",
    "AdditionalReplicaSet",
    "Checked",
    "CommunityGalleryInfo",
    "ConfidentialDisk",
    "ConfigError",
    "Deferred",
    "Definition",
    "Diagnostic",
    "DiskControllers",
    "DiskSource",
    "DiskSources",
    "EdgeZone",
    "EdgeZoneSettings",
    "Encryption",
    "Feature",
    "Features",
    "Gallery",
    "Identifier",
    "Identity",
    "Image",
    "ImageSource",
    "Lock",
    "LossKind",
    "NewResourceGroup",
    "OsDiskEncryption",
    "PurchasePlan",
    "Recommended",
    "Region",
    "RegionSettings",
    "Replication",
    "ResourceGroup",
    "RoleAssignment",
    "SafetyProfile",
    "SecurityProfile",
    "SecurityTypeFeature",
    "SentFeature",
    "SharedImages",
    "SharingGroups",
    "SharingProfile",
    "SoftDeletePolicy",
    "Stack",
    "Switch",
    "TargetRegion",
    "UefiKey",
    "UefiSettings",
    "UefiSignatures",
    "Version",
    "Vhd",
    "azure_date",
    "between",
    "check",
    "contains",
    "gallery",
    "image",
    "load",
    "names",
    "normalised",
    "region",
    "stacks",
    "version_order",
    "waves",
]
