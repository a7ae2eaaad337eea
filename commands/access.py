"""Who gets access by a preview, and who loses it: whom galleries are shared with, and who has which role on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from commands.markdown import code, escaped
from config.azure.access import holders, whom
from config.azure.sharing import Shared, public_name
from config.azure.view import known
from config.azure.words import in_word, some
from config.paths import at
from config.roles import role_name

if TYPE_CHECKING:
    from commands.preview import Preview, Step
    from config import Stack
    from config.azure.view import View

NOUNS = ("gallery", "image", "version")
"""What can have locks and role assignments, by the number of slashes in its name."""


class Role(NamedTuple):
    """A role that somebody has on something, in words."""

    name: str
    whom: str
    on: str


def access(preview: Preview, stack: Stack | None) -> Iterator[str]:
    """In bold, who gets access and who loses it, and what becomes public; `stack` is what the data file says."""
    given, taken = (
        ("has been given to", "has been withdrawn from") if preview.refresh else ("is given to", "is withdrawn from")
    )
    galleries = {step.name: step for step in preview.of("gallery")}
    for step in preview.of("sharing"):
        come, gone = shared(step)
        name = escaped(step.name)
        if come.public:
            gets = "has been given" if preview.refresh else "gets"
            yield f"**Public: everybody {gets} access to gallery {name}**{_public_name(galleries.get(step.name))}."
        if groups := replace(come, public=False):
            there = galleries.get(step.name)
            kept = step.operation == "create" and there is not None and there.operation not in ("create", "replace")
            over = " (or keeps it: the stack takes over what Azure has)" if kept else ""
            yield f"**Access to gallery {name} {given} {groups.in_words}**{over}."
        if gone:
            yield f"**Access to gallery {name} {taken} {gone.in_words}**."
    steps = preview.of("role assignment")
    before = [_role(step, step.old, stack) for step in steps if step.destroys]
    after = [_role(step, step.new, stack) for step in steps if step.operation in ("create", "replace")]
    yield from _roles((each for each in after if each not in before), given)
    yield from _roles((each for each in before if each not in after), taken)


def shared(step: Step) -> tuple[Shared, Shared]:
    """Who gets access by a step that shares a gallery, and who loses it; by a replacement, nobody."""
    old, new = Shared.of_inputs(step.old.inputs), Shared.of_inputs(step.new.inputs)
    return (Shared(), old) if step.operation == "delete" else (new - old, old - new)


def on(step: Step) -> str:
    """What a lock or a role assignment is on, in words."""
    return f"{NOUNS[step.holder.count('/')]} {step.holder}"


def _public_name(gallery: Step | None) -> str:
    """Under which name everybody knows a community gallery, in words; of one that isn't there yet, how it begins."""
    if gallery is None:
        return ""
    if gallery.operation != "replace" and (name := public_name(gallery.outputs)):
        return f", under the name {code(name)}"
    prefix = at(gallery.new.inputs, "sharingProfile.communityGalleryInfo.publicNamePrefix")
    return f", under a name that Azure makes of the prefix {code(prefix)}" if prefix else ""


def _role(step: Step, assignment: View, stack: Stack | None) -> Role:
    """A role assignment in words. The id of a role begins with its subscription, so on what isn't there yet the engine
    doesn't know it, but the data file does.
    """
    role = assignment["roleDefinitionId"]
    settings = dict(holders(stack)).get(step.holder) if stack and not known(role) else None
    if settings and (written := settings.role_assignments.get(step.key)):
        role = written.role
    return Role(role_name(in_word(role)), whom(assignment), on(step))


def _roles(several: Iterable[Role], move: str) -> Iterator[str]:
    """A line for each role of somebody, with all that it is on."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in several:
        found.setdefault((each.name, each.whom), []).append(each.on)
    for (name, who), places in found.items():
        yield f"**The role {code(name)} on {escaped(some(places))} {move} {escaped(who)}**."
