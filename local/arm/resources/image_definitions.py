"""Image definitions."""

import re
from typing import Any, ClassVar

from .. import sharing
from ..dates import check_end_of_life, date, kept_date
from ..errors import AzureError, invalid, invalid_end, nested, unchangeable
from ..ids import ResourceId, parse
from ..resource import Change, Facts, Plan, ResourceType
from ..shapes import Json, choice, dig, flag, integer, items, merge, read_only, record, text, without
from ..store import Row, Transaction
from .galleries import gallery_of
from .soft_deleted_versions import entries

_NOUN = "galleryImage"
_PATH = "galleryImage.properties"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}(?<![-.])")  # the service's own pattern [D], in ASCII
_ASSET = re.compile(r"[A-Za-z0-9._-]*[A-Za-z0-9_-]")
_LENGTHS = {"publisher": 128, "offer": 64, "sku": 64}  # [D]
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_SECURITY_TYPES = {  # [C]
    "Standard",
    "TrustedLaunch",
    "TrustedLaunchSupported",
    "ConfidentialVM",
    "ConfidentialVMSupported",
    "TrustedLaunchAndConfidentialVmSupported",
}
_MIN_MAX = record({"min": integer, "max": integer})
_FEATURE = record({"name": text, "value": text, "startsAtVersion": text}, "name", "value")
# Seen: hyperVGeneration [W], eula [G], osType [C]; the others are inferred [I].
_IMMUTABLE = (
    "osType",
    "osState",
    "hyperVGeneration",
    "architecture",
    "identifier.publisher",
    "identifier.offer",
    "identifier.sku",
    "purchasePlan",
    "eula",
    "privacyStatementUri",
    "disallowed",
)


def _feature(value: Any, path: str) -> Any:
    """A feature; a security type is taken in any case and kept in Azure's [W: `ConfidentialVm`, azure-cli's
    test_create_image_version_with_region_cvm_encryption]."""
    found: Json = _FEATURE(value, path)
    spelt = {name.lower(): name for name in _SECURITY_TYPES} if found["name"] == "SecurityType" else {}
    return {**found, "value": spelt.get(found["value"].lower(), found["value"])}


class ImageDefinitions(ResourceType):
    """An image definition; 1.4 of the schema, and the defaults V1 and x64 [W]."""

    type = "Microsoft.Compute/galleries/images"
    noun = _NOUN
    quota = 1000  # [D]
    members: ClassVar = {
        "osType": choice("Windows", "Linux"),
        "osState": choice("Generalized", "Specialized"),
        "hyperVGeneration": choice("V1", "V2"),
        "architecture": choice("x64", "Arm64"),
        "identifier": record({"publisher": text, "offer": text, "sku": text}),
        "features": items(_feature),
        "allowUpdateImage": flag,
        "recommended": record({"vCPUs": _MIN_MAX, "memory": _MIN_MAX}),
        "disallowed": record({"diskTypes": items(text)}),
        "purchasePlan": record({"name": text, "publisher": text, "product": text}),
        "eula": text,
        "privacyStatementUri": text,
        "releaseNoteUri": text,
        "endOfLifeDate": date,
        "description": text,
        "provisioningState": read_only,
    }
    since: ClassVar = {
        "architecture": "2021-07-01",  # [W: azure-cli-extensions' test_community_gallery_operations]
        "allowUpdateImage": "2024-03-03",  # [S]
    }

    def check_name(self, id_: ResourceId) -> None:
        """ARM's pattern for names, and no underscore at the end, which the pattern lets through [D]."""
        if not _NAME.fullmatch(id_.name):
            rule = r"^[^_\W][\w-._]{0,79}(?<![-.])$"
            text_ = f"The entity name '{id_.name}' is invalid according to its validation rule: {rule}."
            raise invalid(text_, "galleryImageName")
        if id_.name.endswith("_"):
            raise invalid_end("/".join(id_.names), "galleryImageName")

    def check_delete(self, row: Row, tx: Transaction) -> None:
        """Versions that were deleted softly are in the way, too [D]; as what they are named is [I]."""
        left = [id_ for entry in entries(row.id, tx) if (id_ := parse(entry.id))]
        if left:
            raise nested([id_.relative for id_ in left])

    def required(self, row: Row | None) -> tuple[str, ...]:
        """What a new definition needs [S]; to leave it out later is to change it [C for the OS type, I for others]."""
        return () if row else ("osType", "identifier")

    def patched(self, old: Json, sent: Json) -> Json:
        """A PATCH has to repeat the OS type: one without it, be it of tags alone, is refused as a change of it [C]."""
        return merge({name: value for name, value in old.items() if name != "osType"}, sent)

    def plan(self, change: Change) -> Plan:
        """All rules of a definition: its place, its identifier, what can't change, then what goes together [I].

        `allowUpdateImage` permits this one change, and isn't kept [W: azure-cli's
        test_gallery_image_definition_update_features].
        """
        sent = change.properties
        properties = with_defaults(change, sent)
        check_community(change, properties)
        check_identifier(properties.get("identifier", {}))
        check_identifier_unique(change, properties["identifier"])
        if change.row:
            check_immutable(change.old, properties)
            check_features(change, properties)
        check_feature_values(properties, gallery_of(change.id, change.tx))
        check_recommended(properties.get("recommended", {}))
        check_end_of_life(properties, change.old, change.now, _PATH)
        if "features" in properties:
            properties["features"] = [_in_azures_order(feature) for feature in properties["features"]]
        return Plan(without(properties, "allowUpdateImage"), change.at(self.change_seconds))

    def facts(self, row: Row, tx: Transaction) -> Facts:
        """What the sources of its versions are compared with."""
        kept = row.properties
        return Facts(
            os_type=kept["osType"],
            os_state=kept["osState"],
            generation=kept["hyperVGeneration"],
            architecture=kept["architecture"],
            security=security_type(kept),
            plan=kept.get("purchasePlan"),
        )


def security_type(properties: Json, version: str = "") -> str:
    """A definition's security type, Standard where it says nothing; for versions before the first one that has it,
    Standard [S: startsAtVersion; that they are built as such: I].
    """
    feature = _by_name(properties).get("SecurityType", {})
    older = version and _number(version) < _number(feature.get("startsAtVersion", "0.0.0"))
    found: str = "Standard" if older else feature.get("value", "Standard")
    return found


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def with_defaults(change: Change, sent: Json) -> Json:
    """What was sent, filled in: Generalized [W: azure-sdk-for-net's GalleryImageOperationsTests], x64 and V1 [W], from
    api-version 2025-03-03 on V2 and TrustedLaunchSupported [D].

    A definition that was made with other features keeps them [I].
    """
    newer = change.api_version >= "2025-03-03"
    defaults = {"hyperVGeneration": "V2" if newer else "V1", "architecture": "x64", "osState": "Generalized"}
    filled = {**defaults, **kept_date(change.old), **sent}
    default = {"name": "SecurityType", "value": "TrustedLaunchSupported"}
    wanted = security_type(change.old) == default["value"] if change.row else filled["hyperVGeneration"] == "V2"
    if newer and wanted and "SecurityType" not in _by_name(filled):
        filled["features"] = [*filled.get("features", []), default]
    return filled


def check_identifier(identifier: Json) -> None:
    """Publisher, offer and SKU: characters, lengths, no period at the end [D]."""
    for part, longest in _LENGTHS.items():
        value = identifier.get(part, "")
        if len(value) > longest or not _ASSET.fullmatch(value):
            path = f"{_PATH}.identifier.{part}"
            text_ = (
                f"Asset name {path} is not valid. It cannot be empty. Allowed characters are uppercase or lowercase "
                "letters, digits, hyphen(-), period (.), underscore (_). Names are not allowed to end with period(.). "
                f"The length of the name cannot exceed {longest} characters."
            )
            raise invalid(text_, path)


def check_identifier_unique(change: Change, identifier: Json) -> None:
    """Publisher, offer and SKU together are unique in a gallery [D]; status, code and ignoring case [I]."""
    wanted = _folded(identifier)
    gallery = change.id.parent
    assert gallery, "a definition is nested in a gallery"
    for row in change.tx.of_type(gallery.key, ImageDefinitions.type):
        if row.id.lower() != change.id.key and _folded(row.properties["identifier"]) == wanted:
            name = row.id.rpartition("/")[2]
            listed = f"publisher:{identifier['publisher']}, offer:{identifier['offer']}, sku:{identifier['sku']}"
            text_ = (
                f"Gallery image: {name} identified by ({listed}) already exists. "
                "Choose a different publisher, offer, sku combination."
            )
            raise AzureError(409, "Conflict", text_, f"{_PATH}.identifier")


def check_immutable(old: Json, new: Json) -> None:
    """What can't change on an existing definition. A PUT is the whole resource: leaving a value out changes it [I]."""
    for name in _IMMUTABLE:
        if dig(old, name) != dig(new, name):
            raise unchangeable(f"{_PATH}.{name}")


def check_features(change: Change, new: Json) -> None:
    """Features change only with `allowUpdateImage`, from 2024-03-03 on [S]; the error names the bare feature [C]."""
    if change.api_version >= "2024-03-03" and new.get("allowUpdateImage"):
        return
    before, after = _by_name(_without_standard(change.old)), _by_name(_without_standard(new))
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            raise unchangeable(name)


def check_feature_values(properties: Json, gallery: Row) -> None:
    """Each feature is there once; what a security type needs [C, D]; texts [I]."""
    features = properties.get("features", [])
    path = f"{_PATH}.features"
    for feature in features:
        if not _VERSION.fullmatch(feature.get("startsAtVersion", "0.0.0")):
            text_ = f"The value '{feature['startsAtVersion']}' of parameter {path}.startsAtVersion is no image version."
            raise invalid(text_, f"{path}.startsAtVersion")
    if len(_by_name(properties)) < len(features):
        raise invalid("Duplicate features are not allowed.", path)
    security, generation = security_type(properties), properties["hyperVGeneration"]
    if security not in _SECURITY_TYPES:
        raise invalid(f"The value '{security}' of feature 'SecurityType' is not supported.", path)
    arm = properties["architecture"] == "Arm64"
    if security != "Standard" and generation != "V2":
        raise invalid(f"The security type '{security}' needs the Hypervisor generation 'V2'.", path)
    if "DiskControllerTypes" in _by_name(properties) and generation != "V2":
        raise invalid("The feature 'DiskControllerTypes' needs the Hypervisor generation 'V2'.", path)  # [D]
    if arm and generation != "V2":
        raise invalid("The architecture 'Arm64' needs the Hypervisor generation 'V2'.", f"{_PATH}.architecture")  # [D]
    if arm and "Confidential" in security:
        raise invalid(f"The security type '{security}' needs the architecture 'x64'.", path)  # [D]
    if security in ("TrustedLaunch", "ConfidentialVM") and sharing.permissions(gallery) != "Private":
        raise invalid(f"The security type '{security}' is supported in private galleries only.", path)  # [D]


def check_community(change: Change, properties: Json) -> None:
    """What everybody may read: no image with a plan of the marketplace, no reserved word in a name [D]; texts [I]."""
    gallery = gallery_of(change.id, change.tx)
    if sharing.permissions(gallery) != "Community":
        return
    check_home(change, gallery, _NOUN)
    if change.row is None:
        sharing.check_public_name(change.id.name)
    if "purchasePlan" in properties:
        raise invalid("An image with a purchase plan can't be in a community gallery.", f"{_PATH}.purchasePlan")


def check_home(change: Change, gallery: Row, noun: str) -> None:
    """What is in a community gallery is in the gallery's own region, and a version in one that is shared directly [D:
    share-gallery-direct]; text [I].
    """
    home, shared = gallery.body["location"], sharing.permissions(gallery)
    bound = shared == "Community" or (shared == "Groups" and noun != _NOUN)
    if bound and change.location.name != home:
        kind = "community" if shared == "Community" else "direct shared"
        text_ = f"In a {kind} gallery, the location must be the location of the gallery: '{home}'."
        raise invalid(text_, f"{noun}.location")


def check_recommended(recommended: Json) -> None:
    """A minimum is not above its maximum [D]."""
    for name, bounds in recommended.items():
        if "min" in bounds and "max" in bounds and bounds["min"] > bounds["max"]:
            path = f"{_PATH}.recommended.{name}"
            raise invalid(f"The minimum value of {path} must not be greater than the maximum value of {path}.", path)


def _folded(identifier: Json) -> tuple[str, ...]:
    return tuple(identifier[part].lower() for part in _LENGTHS)


def _in_azures_order(feature: Json) -> Json:
    """Azure keeps "NVMe, SCSI" in another order, and then takes the same value for a change [C]; which order is [I]."""
    if feature["name"] != "DiskControllerTypes":
        return feature
    return {**feature, "value": ", ".join(sorted((part.strip() for part in feature["value"].split(",")), reverse=True))}


def _without_standard(properties: Json) -> Json:
    """Properties in which the security type of a definition that has none isn't said."""
    features = properties.get("features", [])
    return {"features": [each for each in features if (each["name"], each["value"]) != ("SecurityType", "Standard")]}


def _by_name(properties: Json) -> Json:
    return {feature["name"]: feature for feature in properties.get("features", [])}


TYPE = ImageDefinitions()
