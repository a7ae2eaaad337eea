"""The managed identity of a gallery."""

from typing import Annotated

from pydantic import Field, Strict, ValidationInfo, field_validator

from config.ids import UserAssignedIdentityId
from config.model import Model, refuse
from config.types import IdentityType


class Identity(Model):
    """As whom a gallery acts towards other resources."""

    type: IdentityType = Field(examples=["SystemAssigned"])
    """SystemAssigned, UserAssigned, both ("SystemAssigned, UserAssigned") or None."""
    user_assigned_identities: Annotated[tuple[UserAssignedIdentityId, ...], Strict(False)] = Field(
        default=(), validate_default=True
    )
    """Ids of user-assigned identities; with a type that has UserAssigned, and only with one. azure-native may show a
    change where several of them come in another order.
    """

    @field_validator("user_assigned_identities")
    @classmethod
    def with_user_assigned_only(cls, ids: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        kind = info.data.get("type")
        if kind and ("UserAssigned" in kind.split(", ")) != bool(ids):
            found = f"found {len(ids) or 'no'} userAssignedIdentities with type: {kind}"
            expected = "no ids, or a type with UserAssigned" if ids else "one id or more, or another type"
            refuse(f"{found}: expected {expected}")
        return ids
