"""Locks and role assignments: what the engine's state has of them, beside what a data file wants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from config.access import Lock, RoleAssignment
from config.azure.properties import role_guid
from config.azure.view import View
from config.azure.words import in_word
from config.gallery import Gallery
from config.ids import ResourceId
from config.image import Image
from config.roles import role_name
from config.stack import Stack
from config.types import Deferred, LossKind
from config.version import Version


class Withdrawal(NamedTuple):
    """What an update would take from a gallery, an image or a version that stays, in a sentence; `kind` is how a data
    file allows it where `protected`.
    """

    holder: str
    kind: LossKind
    sentence: str
    protected: bool


def holders(stack: Stack) -> Iterator[tuple[str, Gallery | Image | Version]]:
    """All that can have locks and role assignments, by name: gallery, gallery/image, gallery/image/version."""
    for gallery_name, gallery in stack.galleries.items():
        yield gallery_name, gallery
        for image_name, image in gallery.images.items():
            yield f"{gallery_name}/{image_name}", image
            for number, version in image.versions.items():
                yield f"{gallery_name}/{image_name}/{number}", version


def holder_of(held: View) -> str:
    """The name of what a lock or a role assignment is on."""
    parsed = ResourceId.parse(str(held.inputs["id"]).rpartition("/providers/")[0])
    return "/".join(parsed.names) if parsed else ""


def whom(assignment: View) -> str:
    """Who has a role by a role assignment, in words: the service principal 00000000-…"""
    kind = re.sub("(?<=[a-z])(?=[A-Z])", " ", str(assignment["principalType"])).lower()
    return f"the {kind} {in_word(assignment['principalId'])}"


def withdrawn(stack: Stack, held: Iterable[View]) -> Iterator[Withdrawal]:
    """The locks that are taken off or let more pass, and the roles that are taken from somebody.

    What goes with its holder isn't told: the holder's deletion has to be declared.
    """
    there: dict[str, list[View]] = {}
    for view in held:
        there.setdefault(holder_of(view).casefold(), []).append(view)
    for name, settings in holders(stack):
        for view in there.get(name.casefold(), ()):
            kind: LossKind = "locks" if view.kind == "lock" else "access"
            found = (
                _of_lock(view, settings.locks)
                if view.kind == "lock"
                else _of_assignment(view, settings.role_assignments.values())
            )
            if found:
                yield Withdrawal(name, kind, found, bool(settings.protect))


def _of_lock(held: View, wanted: dict[str, Lock]) -> str | None:
    name, level = str(held.inputs["name"]), str(held["level"])
    now = next((lock.level for key, lock in wanted.items() if key.casefold() == name.casefold()), None)
    if now is None:
        return f"the lock {name} ({level}) would be taken off"
    if (level, now) == ("ReadOnly", "CanNotDelete"):
        return f"the lock {name} would let changes pass: CanNotDelete instead of ReadOnly"
    return None


def _of_assignment(held: View, wanted: Iterable[RoleAssignment]) -> str | None:
    role, principal = role_guid(held["roleDefinitionId"]), str(held["principalId"])
    for each in wanted:
        known = each.principal_id
        if role_guid(each.role) == role and (isinstance(known, Deferred) or known.lower() == principal.lower()):
            return None
    return f"the role {role_name(role)} would be taken from {whom(held)}"
