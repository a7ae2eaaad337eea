"""What machines made from an image can do: the features of an image definition."""

from typing import Annotated, Any, NamedTuple

from pydantic import Field, Strict, ValidationError, ValidatorFunctionWrapHandler, WrapValidator, field_validator

from config.model import Model, Violation, refusal, refuse, violations
from config.types import DiskControllerType, SecurityType, Text, VersionNumber, at_least_one


class SentFeature(NamedTuple):
    """A feature as Azure has it: everything is text."""

    name: str
    value: str
    starts_at_version: str | None


class Feature(Model):
    """A feature; where only its value is written, it holds for all versions."""

    starts_at_version: VersionNumber | None = None
    """First version that has the feature."""


class SecurityTypeFeature(Feature):
    """The security type of machines."""

    value: SecurityType = Field(examples=["TrustedLaunchSupported"])
    """Standard, TrustedLaunch, TrustedLaunchSupported, ConfidentialVM, ConfidentialVMSupported or
    TrustedLaunchAndConfidentialVmSupported.
    """


class Switch(Feature):
    """A feature that is there or not."""

    value: bool = Field(examples=["true"])
    """Whether the image has the feature."""


class DiskControllers(Feature):
    """The disk controllers that an image can boot from."""

    value: Annotated[
        tuple[DiskControllerType, ...], Strict(False), at_least_one("disk controllers", "[SCSI, NVMe]")
    ] = Field(examples=["[SCSI, NVMe]"])
    """SCSI, NVMe or both."""


class OtherFeature(Feature):
    """A feature that has no key of its own."""

    value: Text = Field(examples=["'True'"])
    """Its value as Azure has it; everything is text there."""


def _plainly(value: object, handler: ValidatorFunctionWrapHandler) -> Any:
    """A feature's value alone, or a mapping with its value."""
    if isinstance(value, dict):
        return handler(value)
    try:
        return handler({"value": value})
    except ValidationError as error:
        raise refusal(finding._replace(path=finding.path[1:]) for finding in violations(error)) from None


class Features(Model):
    """The features of an image definition. What Azure lets change needs `allowUpdateImage: true`."""

    security_type: (
        Annotated[
            SecurityTypeFeature, WrapValidator(_plainly, json_schema_input_type=SecurityType | SecurityTypeFeature)
        ]
        | None
    ) = Field(default=None, alias="SecurityType")
    """Security type of machines; all but Standard need hyperVGeneration V2."""
    is_accelerated_network_supported: (
        Annotated[Switch, WrapValidator(_plainly, json_schema_input_type=bool | Switch)] | None
    ) = Field(default=None, alias="IsAcceleratedNetworkSupported")
    """Whether the image has drivers for accelerated networking."""
    is_hibernate_supported: Annotated[Switch, WrapValidator(_plainly, json_schema_input_type=bool | Switch)] | None = (
        Field(default=None, alias="IsHibernateSupported")
    )
    """Whether machines can hibernate."""
    disk_controller_types: (
        Annotated[
            DiskControllers, WrapValidator(_plainly, json_schema_input_type=list[DiskControllerType] | DiskControllers)
        ]
        | None
    ) = Field(default=None, alias="DiskControllerTypes")
    """Disk controllers that the image can boot from."""

    other: dict[
        Text, Annotated[OtherFeature, WrapValidator(_plainly, json_schema_input_type=Text | OtherFeature)] | None
    ] = Field(default={})
    """Features that have no key here, by name, as Azure has them; null for one that a shared definition has and this
    one doesn't.
    """

    @field_validator("other")
    @classmethod
    def has_no_key(cls, other: dict[str, OtherFeature | None]) -> dict[str, OtherFeature | None]:
        keys = {str(field.alias).casefold(): field.alias for field in cls.model_fields.values()}
        known = [name for name in other if name.casefold() in keys]
        refuse([Violation((name,), f"write it as features.{keys[name.casefold()]}", "key") for name in known])
        return other

    @property
    def sent(self) -> tuple[SentFeature, ...]:
        """The features that are written, by name and as text."""
        fields = type(self).model_fields.items()
        written = [(str(field.alias), getattr(self, name)) for name, field in fields if name != "other"]
        return tuple(
            SentFeature(name, _text(feature.value), feature.starts_at_version)
            for name, feature in [*written, *self.other.items()]
            if feature
        )


def _text(value: object) -> str:
    # Azure answers with SCSI first, and takes another order for a change.
    return ", ".join(sorted(set(value), reverse=True)) if isinstance(value, tuple) else str(value)
