"""The managed identity of a resource: what is sent, and what Azure adds to it."""

from __future__ import annotations

import uuid
from typing import Any

from .errors import invalid
from .identity import TENANT
from .shapes import Json, anything, choice, dig, read_only, record, text, without

_NAMESPACE = uuid.UUID("5f1d4f0e-0f0b-4a57-9d27-3a3c7f5a2c11")  # makes the same principal for the same id, every time


_TYPE = choice("SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned", "None")


def _type(value: Any, path: str) -> Any:
    """One or two kinds of identity; az joins them by a comma without a space [C]."""
    return _TYPE(", ".join(part.strip() for part in text(value, path).split(",")), path)


def _assigned(value: Any, path: str) -> Any:
    """Identities by their ids; az takes one away by a null [C]."""
    return {name: {} for name, entry in anything(value, path).items() if entry is not None}


_MEMBERS = record(
    {
        "type": _type,
        "userAssignedIdentities": _assigned,
        "principalId": read_only,
        "tenantId": read_only,
    }
)


def identity(value: Any, path: str) -> Any:
    """The `identity` of a body; user-assigned ones are the keys of an object [S]. Text of the refusal [I]."""
    kept = _MEMBERS(value, path)
    wanted = "UserAssigned" in kept.get("type", "None").split(", ")
    if wanted != ("userAssignedIdentities" in kept):
        text_ = f"The identity type '{kept.get('type')}' does not go with the given user assigned identities."
        raise invalid(text_, f"{path}.userAssignedIdentities")
    return kept


def patched(old: Any, sent: Any) -> Any:
    """What a PATCH leads to: user-assigned identities that it doesn't name stay, as long as there may be any [W:
    azure-powershell's TestUpdateGalleryWithSystemAndUserAssignedIdentity and TestDisableGalleryIdentities].
    """
    if not isinstance(sent, dict):
        return sent
    named = sent.get("userAssignedIdentities")
    ids = {**(dig(old, "userAssignedIdentities") or {}), **(named if isinstance(named, dict) else {})}
    wanted = "UserAssigned" in str(sent.get("type", "UserAssigned"))
    return {**sent, "userAssignedIdentities": ids} if wanted and ids else without(sent, "userAssignedIdentities")


def shown(body: Json, id_: str) -> Json:
    """A body with the principals that Azure makes for its identity [S]."""
    kept = body.get("identity")
    if not isinstance(kept, dict):
        return body
    if kept.get("type") == "None":  # [W: azure-powershell's TestDisableGalleryIdentities]
        return without(body, "identity")
    added: Json = {}
    if "SystemAssigned" in str(kept.get("type")).split(", "):
        added = {"principalId": _made("principal", id_), "tenantId": TENANT}
    assigned = kept.get("userAssignedIdentities")
    if isinstance(assigned, dict):
        made = {each: {"principalId": _made("principal", each), "clientId": _made("client", each)} for each in assigned}
        added["userAssignedIdentities"] = made
    return {**body, "identity": {**kept, **added}}


def _made(what: str, of: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{what} {of.lower()}"))
