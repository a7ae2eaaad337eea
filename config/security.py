"""The UEFI keys of an image version."""

from typing import Annotated

from pydantic import BeforeValidator, Field, Strict

from config.model import Model
from config.types import Text, UefiKeyType, UefiTemplate, at_least_one


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class UefiKey(Model):
    """A key or a certificate."""

    type: UefiKeyType = Field(examples=["x509"])
    """sha256 or x509."""
    value: Annotated[
        tuple[Text, ...],
        Strict(False),
        BeforeValidator(_listed, json_schema_input_type=str | list[str]),
        at_least_one("values of the key", "[<base64>]"),
    ] = Field(examples=["<base64>"])
    """The key in base64, or a list of such texts."""


class UefiSignatures(Model):
    """Keys beside those of the templates."""

    pk: UefiKey | None = None
    """Platform key."""
    # Strict lists are no tuples; the items stay strict.
    kek: Annotated[tuple[UefiKey, ...], Strict(False)] = ()
    """Key exchange keys."""
    db: Annotated[tuple[UefiKey, ...], Strict(False)] = ()
    """Keys of what may boot."""
    dbx: Annotated[tuple[UefiKey, ...], Strict(False)] = ()
    """Keys of what must not boot."""


class UefiSettings(Model):
    """What the firmware of machines trusts."""

    signature_template_names: Annotated[tuple[UefiTemplate, ...], Strict(False)] = ()
    """Sets of well-known keys: NoSignatureTemplate, MicrosoftUefiCertificateAuthorityTemplate,
    MicrosoftWindowsTemplate.
    """
    additional_signatures: UefiSignatures | None = None
    """Keys beside those of the templates."""


class SecurityProfile(Model):
    """The security profile of a version."""

    uefi_settings: UefiSettings | None = None
    """What the firmware of machines trusts."""
