"""Named types: one for each rule about a single value. The sentence that refuses a value lives with its type.

Sources, unless a type names another: "Troubleshoot shared images" and "Store and share images in an Azure Compute
Gallery" (Microsoft's documentation), and the GalleryRP API specification 2024-03-03.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, GetCoreSchemaHandler, PlainValidator, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema, core_schema

from config.dates import date
from config.diagnostics import quoted, wrong_kind
from config.model import Raw, Violation, checked_by, forgivable, refusal
from config.regions import Region, region
from config.secrets import refuse_secrets


@dataclass(frozen=True)
class Rule(AfterValidator):
    """A validator that also says, in JSON Schema, what it lets through: editors and the reference read it there."""

    schema: dict[str, Any] = field(hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "func", forgivable(self.func))  # type: ignore[arg-type]


@dataclass(frozen=True)
class SchemaHint:
    """The same for a validator of another kind, beside which it stands."""

    schema: dict[str, Any] = field(hash=False)


@dataclass(frozen=True, eq=False)
class Deferred:
    """Stands for a text that a program knows only while its resources are made, as `value` (a Pulumi output).

    Data files have none. Two of them are the same where their values are the same object.
    """

    value: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Deferred) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


@dataclass(frozen=True)
class Deferrable:
    """A text of the type `text`, or something that stands for it until it is known, which no rule of the type
    refuses.
    """

    text: Any = field(hash=False)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def check(value: object, inside: ValidatorFunctionWrapHandler) -> object:
            return value if isinstance(value, Deferred) else inside(value)

        return core_schema.no_info_wrap_validator_function(check, handler.generate_schema(self.text))


def matching(pattern: str, noun: str, expected: str, example: str) -> Rule:
    """Text that matches `pattern` from end to end, and holds no secret."""
    fits = re.compile(pattern).fullmatch

    def check(text: str) -> str:
        refuse_secrets(text)
        if not fits(text):
            raise ValueError(f"{quoted(text)} is no {noun}: expected {expected}, for example {example}")
        return text

    return Rule(check, {"title": noun, "description": f"{expected}, for example {example}", "pattern": pattern})


def whole_number(low: int, high: int, noun: str, example: int) -> Rule:
    """A whole number from `low` to `high`."""

    def check(number: int) -> int:
        if not low <= number <= high:
            expected = f"a whole number from {low} to {high}, for example {example}"
            raise ValueError(f"{number} is no {noun}: expected {expected}")
        return number

    return Rule(check, {"minimum": low, "maximum": high})


@dataclass(frozen=True)
class AnyCase:
    """A Literal that is accepted in any case and normalised to Azure's spelling, as `az` does."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        values = get_args(source)
        spelling = {value.casefold(): value for value in values}
        expected = f"one of {', '.join(values)}"

        def spell(value: object) -> str:
            if not isinstance(value, str):
                raise ValueError(wrong_kind(value, expected))
            if value.casefold() not in spelling:
                raise ValueError(f"found {quoted(value)}, expected {expected}")
            return str(spelling[value.casefold()])

        def check(value: object, inside: ValidatorFunctionWrapHandler) -> object:
            return forgivable(lambda each: inside(spell(each)))(value) if isinstance(value, str) else spell(value)

        return core_schema.no_info_wrap_validator_function(check, handler(source))


def canonical(enumeration: Any, value: object) -> str | None:
    """How Azure spells a value of one of the enumerations below; None for what is none of its values."""
    values = get_args(get_args(enumeration)[0])
    word = value.casefold() if isinstance(value, str) else None
    return next((str(each) for each in values if each.casefold() == word), None)


def distinct(same: Callable[[str], object], noun: str) -> Callable[[Raw], Iterable[Violation]]:
    """A rule for `checked_by`: no two keys of a mapping that Azure takes for the same name."""

    def rule(raw: Raw) -> Iterable[Violation]:
        seen: dict[object, str] = {}
        for key in raw:
            if (first := seen.setdefault(same(key), key)) is not key:
                yield Violation(
                    (key,), f"{quoted(key)} and {quoted(first)} are the same {noun} to Azure: rename one", "key"
                )

    return rule


def at_most(limit: int, noun: str) -> Rule:
    """A list of no more than `limit` items."""

    def check(items: tuple[object, ...]) -> tuple[object, ...]:
        if len(items) > limit:
            raise ValueError(f"found {len(items)} {noun}: Azure allows {limit}")
        return items

    return Rule(check, {"maxItems": limit})


def once_each(noun: str) -> Rule:
    """A list in which nothing stands twice."""

    def check(items: tuple[object, ...]) -> tuple[object, ...]:
        again = [
            Violation((index,), f"the {noun} {item} stands in the list already: take one of them out")
            for index, item in enumerate(items)
            if item in items[:index]
        ]
        if again:
            raise refusal(again)
        return items

    return Rule(check, {"uniqueItems": True})


def at_least_one(noun: str, example: str) -> Rule:
    """A list that is not empty."""

    def check(items: tuple[object, ...]) -> tuple[object, ...]:
        if not items:
            raise ValueError(f"found no {noun}: expected one or more, for example {example}")
        return items

    return Rule(check, {"minItems": 1})


Text = Annotated[str, matching(r"(?s).+", "text", "at least one character", "'Web servers'")]

# Names

_GALLERY = r"[A-Za-z0-9]([A-Za-z0-9._]{0,78}[A-Za-z0-9])?"
_IMAGE = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,78}[A-Za-z0-9_])?"
_VERSION = r"[0-9]{1,10}(\.[0-9]{1,10}){2}"

GalleryName = Annotated[
    str,
    matching(
        _GALLERY,
        "gallery name",
        "up to 80 letters, digits, periods and underscores, no dashes, with a letter or digit at both ends",
        "myGallery",
    ),
]
# The API's own pattern lets a trailing underscore through, the service's error text refuses it: that is a warning.
ImageName = Annotated[
    str,
    matching(
        _IMAGE,
        "image definition name",
        "up to 80 letters, digits, periods, dashes and underscores, with a letter or digit at both ends",
        "myImageDefinition",
    ),
]


def version_number(text: str) -> str:
    """Azure orders versions by number, so each part has to fit a 32-bit integer."""
    if not re.fullmatch(_VERSION, text) or any(int(part) >= 2**31 for part in text.split(".")):
        expected = f"Major.Minor.Patch, three integers up to {2**31 - 1}"
        raise ValueError(f"{quoted(text)} is no version number: expected {expected}, for example 1.0.0")
    return text


def version_order(text: str) -> tuple[object, ...]:
    """The key by which Azure orders version numbers: the integers (text that is no version number stays as it is)."""
    parts = text.split(".")
    return tuple(int(part) if part.isascii() and part.isdigit() and len(part) <= 10 else part for part in parts)


VersionNumber = Annotated[
    str,
    Rule(
        version_number,
        {
            "title": "version number",
            "description": "Major.Minor.Patch, three integers, for example 1.0.0",
            "pattern": _VERSION,
        },
    ),
]
PathName = Annotated[
    str,
    matching(
        f"{_GALLERY}(/{_IMAGE}(/{_VERSION})?)?",
        "gallery, image or version",
        "gallery, gallery/image or gallery/image/version",
        "myGallery/myImageDefinition/1.0.0",
    ),
]


def _identifier(noun: str, longest: int, example: str) -> Rule:
    expected = f"up to {longest} letters, digits, periods, dashes and underscores, with no period at the end"
    return matching(rf"[A-Za-z0-9._-]{{0,{longest - 1}}}[A-Za-z0-9_-]", noun, expected, example)


Publisher = Annotated[str, _identifier("publisher", 128, "myPublisher")]
Offer = Annotated[str, _identifier("offer", 64, "myOffer")]
Sku = Annotated[str, _identifier("SKU", 64, "mySKU")]

# Source: "Naming rules and restrictions for Azure resources".
ResourceGroupName = Annotated[
    str | Deferred,
    Deferrable(
        Annotated[
            str,
            matching(
                r"[\w\-.()]{0,89}[\w\-()]",
                "resource group name",
                "up to 90 letters, digits, underscores, parentheses, dashes and periods, with no period at the end",
                "myGalleryRG",
            ),
        ]
    ),
]


RESERVED = ("microsoft", "windows")
"""Words that Azure reserves wherever they stand in a name that the public sees ("Resolve errors for reserved resource
names").
"""


def unreserved(text: str) -> str:
    if word := next((word for word in RESERVED if word in text.casefold()), None):
        raise ValueError(f"found {quoted(text)}, and Azure reserves {word} in public names: expected another prefix")
    return text


# Source: azurerm's validation of the same property.
PublicNamePrefix = Annotated[
    str,
    matching(r"[A-Za-z0-9]{5,16}", "prefix of a public gallery name", "5 to 16 letters and digits", "contoso"),
    AfterValidator(unreserved),
]
# Source: "Naming rules and restrictions for Azure resources", and the ManagementLocks API specification.
LockName = Annotated[
    str,
    matching(
        r"[\w\-.()]{0,89}[\w\-()]",
        "lock name",
        "up to 90 letters, digits, underscores, parentheses, dashes and periods, with no period at the end",
        "keep",
    ),
]
LockNotes = Annotated[str, matching(r"(?s).{1,512}", "note", "1 to 512 characters", "'Used by the web servers'")]
EdgeZoneName = Annotated[
    str, matching(r"[A-Za-z0-9]+", "edge zone name", "the letters and digits of its short name", "microsoftlosangeles1")
]
RegionName = Annotated[str, matching(r"[a-z0-9]+", "region name", "lower-case letters and digits", "taiwannorth")]

# Enumerations

OsType = Annotated[Literal["Windows", "Linux"], AnyCase()]
OsState = Annotated[Literal["Generalized", "Specialized"], AnyCase()]
HyperVGeneration = Annotated[Literal["V1", "V2"], AnyCase()]
Architecture = Annotated[Literal["x64", "Arm64"], AnyCase()]
StorageAccountType = Annotated[Literal["Standard_LRS", "Standard_ZRS", "Premium_LRS", "PremiumV2_LRS"], AnyCase()]
# Source: EdgeZoneStorageAccountType of the GalleryRP API specification.
EdgeZoneStorageType = Annotated[Literal["Standard_LRS", "Standard_ZRS", "StandardSSD_LRS", "Premium_LRS"], AnyCase()]
ReplicationMode = Annotated[Literal["Full", "Shallow"], AnyCase()]
HostCaching = Annotated[Literal["None", "ReadOnly", "ReadWrite"], AnyCase()]
# Source: DiskStorageAccountTypes of the DiskRP API specification.
DiskType = Annotated[
    Literal[
        "Standard_LRS",
        "StandardSSD_LRS",
        "StandardSSD_ZRS",
        "Premium_LRS",
        "Premium_ZRS",
        "PremiumV2_LRS",
        "UltraSSD_LRS",
    ],
    AnyCase(),
]

# Source: Azure Verified Modules, module avm/res/compute/gallery/image.
SecurityType = Annotated[
    Literal[
        "Standard",
        "TrustedLaunch",
        "TrustedLaunchSupported",
        "ConfidentialVM",
        "ConfidentialVMSupported",
        "TrustedLaunchAndConfidentialVmSupported",
    ],
    AnyCase(),
]
DiskControllerType = Annotated[Literal["SCSI", "NVMe"], AnyCase()]
Permissions = Annotated[Literal["Private", "Groups", "Community"], AnyCase()]
IdentityType = Annotated[Literal["SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned", "None"], AnyCase()]
LockLevel = Annotated[Literal["CanNotDelete", "ReadOnly"], AnyCase()]
PrincipalType = Annotated[Literal["User", "Group", "ServicePrincipal"], AnyCase()]
# What a data file may allow to be lost: of versions, and who has access to a gallery.
LossKind = Annotated[Literal["regions", "replicas", "latest", "access", "locks"], AnyCase()]
ConfidentialEncryption = Annotated[
    Literal["EncryptedVMGuestStateOnlyWithPmk", "EncryptedWithPmk", "EncryptedWithCmk", "NonPersistedTPM"], AnyCase()
]
UefiTemplate = Annotated[
    Literal["NoSignatureTemplate", "MicrosoftUefiCertificateAuthorityTemplate", "MicrosoftWindowsTemplate"], AnyCase()
]
UefiKeyType = Annotated[Literal["sha256", "x509"], AnyCase()]

StackName = Annotated[
    str,
    matching(
        "[A-Za-z0-9_.-]{1,100}",
        "name of a stack",
        "up to 100 letters, digits, dashes, underscores and periods",
        "staging",
    ),
]

# Numbers

Replicas = Annotated[int, whole_number(1, 100, "replica count", 2)]
# The service states no upper bound for recommendations; this one only catches nonsense.
VCpus = Annotated[int, whole_number(1, 10_000, "number of vCPUs", 4)]
Gigabytes = Annotated[int, whole_number(1, 100_000, "memory size in GB", 16)]


def lun(key: str) -> int:
    """A logical unit number of a virtual machine's data disk, 0 to 63, from the text of a mapping's key."""
    if not re.fullmatch(r"[0-9]|[1-5][0-9]|6[0-3]", key):
        raise ValueError(f"{quoted(key)} is no LUN: expected a whole number from 0 to 63, for example 0")
    return int(key)


Lun = Annotated[
    int,
    BeforeValidator(lun, json_schema_input_type=str),
    SchemaHint(
        {
            "title": "LUN",
            "description": "a whole number from 0 to 63, for example 0",
            "type": "string",
            "pattern": "[0-9]|[1-5][0-9]|6[0-3]",
        }
    ),
]

# Dates

Date = Annotated[datetime, PlainValidator(date, json_schema_input_type=str)]

# Places

Location = Annotated[Region, PlainValidator(region, json_schema_input_type=str)]


def zone(value: object) -> object:
    return str(value) if type(value) is int else value


Zone = Annotated[
    str,
    BeforeValidator(zone, json_schema_input_type=str | int),
    matching(r"[1-9]", "availability zone", "the number of a zone", "1"),
]


BlobUri = Annotated[
    str | Deferred,
    Deferrable(
        Annotated[
            str,
            matching(
                r"https://[^/\s?#]+/[^/\s?#]+/[^\s?#]+",
                "blob URI",
                "https, account, container and blob",
                "https://account.blob.core.windows.net/vhds/os.vhd",
            ),
        ]
    ),
]

# Tags. Source: "Use tags to organize your Azure resources". Names are compared without regard to case, so that one that
# a gallery writes in another case than its stack is there twice.


def few_tags(raw: Raw) -> Iterable[Violation]:
    if len(raw) > 50:
        yield Violation((), f"found {len(raw)} tags, inherited ones included: Azure allows 50 on a resource")


def tag_name(text: str) -> str:
    """The name of a tag: Azure reserves some characters (azure-service-operator issue 805 shows its answer)."""
    if reserved := "".join(dict.fromkeys(c for c in text if c in "<>%&\\?/" or not c.isprintable())):
        written = " ".join(c if c.isprintable() else "a control character" for c in reserved)
        raise ValueError(f"found {quoted(text)} with {written}: expected a tag name without < > % & \\ ? / in it")
    return text


TagName = Annotated[
    str, matching(r"(?s).{1,512}", "tag name", "1 to 512 characters", "environment"), AfterValidator(tag_name)
]
TagValue = Annotated[str, matching(r"(?s).{0,256}", "tag value", "up to 256 characters", "dev")]
Tags = Annotated[dict[TagName, TagValue], checked_by(few_tags, distinct(str.casefold, "tag"))]
