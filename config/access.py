"""Locks and role assignments, on a gallery or on an image definition."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from config.diagnostics import quoted
from config.ids import PrincipalId
from config.model import Model, Raw, Violation, checked_by
from config.roles import Role, role
from config.types import LockLevel, LockName, LockNotes, PrincipalType, Text, distinct


class Lock(Model):
    """A lock of Azure's: no deletion, or no change at all, by whomever."""

    level: LockLevel = Field(examples=["CanNotDelete"])
    """CanNotDelete, or ReadOnly, which stops this program's changes, too."""
    notes: LockNotes | None = None
    """Why it is there, up to 512 characters."""


class RoleAssignment(Model):
    """A role that somebody has."""

    principal_id: PrincipalId = Field(examples=["00000000-0000-0000-0000-000000000001"])
    """Object id of the user, group or service principal."""
    principal_type: PrincipalType = Field(examples=["Group"])
    """User, Group or ServicePrincipal."""
    role: Role = Field(examples=["Reader"])
    """Name of a well-known role, such as Reader, or GUID or id of any role definition; here it is the GUID."""
    description: Text | None = None
    """What it is for."""


def assignments_differ(raw: Raw) -> Iterable[Violation]:
    """A rule for `checked_by`: Azure knows one assignment of a role to a principal."""
    seen: dict[tuple[str, str], str] = {}
    for name, each in raw.items():
        written = (each.get("principalId"), each.get("role")) if isinstance(each, dict) else ()
        texts = [text for text in written if isinstance(text, str)]
        if (
            len(texts) == 2
            and (first := seen.setdefault((texts[0].casefold(), role_or_text(texts[1])), name)) is not name
        ):
            yield Violation((name,), f"found the role and the principal of {quoted(first)} again: keep one of them")


def role_or_text(text: str) -> str:
    try:
        return role(text)
    except ValueError:
        return text


Locks = Annotated[dict[LockName, Lock], checked_by(distinct(str.casefold, "lock"))]
RoleAssignments = Annotated[dict[Text, RoleAssignment], checked_by(assignments_differ)]
