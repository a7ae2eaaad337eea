"""What `pulumi preview --json` and `pulumi refresh --preview-only --json` say, in the terms of galleries.

Measured on the engine's version 3.259: a refused preview prints the same object, with what it had come to and with
`diagnostics`; resources that stay as they are appear with `--show-sames` only; in a refresh their operation is
`refresh`, and the new state is what Azure has.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Literal, get_args

from commands.common import CommandError
from config import contains, version_order
from config.azure import sharing
from config.azure.properties import Kind
from config.azure.view import TYPES, Difference, View, differences, latest
from config.azure.words import AS_TOLD
from config.ids import ResourceId, same_id
from config.paths import at

Operation = Literal["create", "update", "delete", "replace", "same"]
Protection = Literal["begins", "ends"]

OPERATIONS: dict[str, Operation] = {
    "same": "same",
    "refresh": "same",
    "read": "same",
    "create": "create",
    "import": "create",
    "update": "update",
    "delete": "delete",
    "discard": "delete",
    "remove-pending-replace": "delete",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import-replacement": "replace",
    "read-replacement": "replace",
    "discard-replaced": "replace",
}
"""The engine's operations, and what they come to."""

PROTECTED = ("resource group", "gallery", "image", "version")
"""What the engine may protect, and a report tells of."""
NUMBER = re.compile(r"\d+\.\d+\.\d+", re.ASCII).fullmatch


@dataclass(frozen=True)
class Step:
    """A resource and what becomes of it."""

    kind: Kind
    token: str
    """Its type."""
    name: str
    """As the data files name it: gallery, gallery/image or gallery/image/version."""
    operation: Operation
    old: View
    new: View
    paths: tuple[str, ...]
    """The properties that the engine sends another value of."""
    outputs: dict[str, Any]
    """What Azure says of it: of a refresh now, else when it was asked last."""
    holder: str = ""
    """What a lock or a role assignment is on, as the data files name it."""
    protection: Protection | None = None
    """What becomes of the engine's protection of what stays."""

    @property
    def key(self) -> str:
        """The name of a lock or a role assignment in the data file."""
        return self.name.removeprefix(f"{self.holder}/")

    @property
    def number(self) -> str:
        """The last part of its name: a version's number."""
        return self.name.rpartition("/")[2]

    def holds(self, other: Step) -> bool:
        """Whether another resource is in this one."""
        if self.kind == "resource group":
            group = str(other.old.inputs.get("resourceGroupName"))
            return other.kind in ("gallery", "image", "version") and same_id(self.name, group)
        return other is not self and contains(self.name, other.name)

    @property
    def destroys(self) -> bool:
        return self.operation in ("delete", "replace")

    @property
    def retires(self) -> bool:
        """Whether it is a version that is retired from now on."""
        return self.operation == "update" and self.new.retired and not self.old.retired

    @cached_property
    def leaves_latest(self) -> bool:
        """Whether `latest` skips the version everywhere from now on, and didn't before."""
        if self.kind != "version" or self.operation != "update":
            return False
        places = (None, *self.old.placements, *self.new.placements)
        return any(map(self.old.eligible, places)) and not any(map(self.new.eligible, places))

    @cached_property
    def differences(self) -> list[Difference]:
        """The properties that mean something else afterwards."""
        return list(differences(self.old, self.new))

    @property
    def spellings(self) -> list[tuple[str, Any, Any]]:
        """What the engine sends otherwise, as it is written: path, old and new value."""
        return [(path, at(self.old.inputs, path), at(self.new.inputs, path)) for path in self.paths]


@dataclass(frozen=True)
class Preview:
    """A preview of an update, or of a refresh: then `new` is what Azure has."""

    stack: str
    refresh: bool
    complete: bool
    """Whether all resources appear: nothing was refused, and those that stay as they are were asked for."""
    stopped: bool
    """Whether the engine stopped before it had seen all resources. What it had come to is left out: it is something
    else in each run.
    """
    steps: tuple[Step, ...]
    errors: tuple[str, ...]
    notes: tuple[str, ...]
    """Warnings, and what was said about single resources."""

    @property
    def changes(self) -> list[Step]:
        return [step for step in self.steps if step.operation != "same"]

    def of(self, kind: Kind) -> list[Step]:
        return [step for step in self.steps if step.kind == kind]

    @cached_property
    def destroyed(self) -> list[Step]:
        """Resource groups, galleries, images and versions that would be deleted or replaced, what holds others first.

        What goes with a resource group goes, too, whatever the engine thinks of it.
        """
        groups = [step for step in self.of("resource group") if step.destroys]
        things = [*self.of("gallery"), *self.of("image"), *self.of("version")]
        return [*groups, *(each for each in things if each.destroys or any(group.holds(each) for group in groups))]

    @cached_property
    def causes(self) -> list[Step]:
        """Of what would be destroyed, that which goes with nothing else."""
        return [step for step in self.destroyed if not any(other.holds(step) for other in self.destroyed)]

    def latest(self, image: str) -> dict[str | None, tuple[str | None, str | None]]:
        """What `latest` means before and after, overall (None) and by region, where it means anything."""
        versions = [step for step in self.of("version") if contains(image, step.name) and NUMBER(step.number)]
        before, after = (latest({step.number: each(step) for step in versions}) for each in (_old, _new))
        return {place: (before.get(place), after.get(place)) for place in before | after}


def read(text: str) -> Preview:
    """The preview in `text`; raises CommandError where there is none."""
    expected = "expected what `pulumi preview --json --show-sames` prints"
    if not text.strip():
        raise CommandError(f"standard input is empty: {expected}")
    try:
        document = json.loads(text)
    except ValueError:
        raise CommandError(f"standard input is no JSON, or not all of it: {expected}") from None
    try:
        return _preview(document)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        raise CommandError(f"standard input is JSON, but no preview: {expected}") from None


def _preview(document: Any) -> Preview:
    written = document.get("steps") or []
    ours = (each for each in written if not _type(each["urn"]).startswith(("pulumi:", "compute-gallery:index:")))
    steps = {each["urn"]: _step(each) for each in ours}  # the halves of a replacement are one
    said = [
        (each["severity"], sentence, each.get("urn"))
        for each in document.get("diagnostics") or ()
        for sentence in _sentences(each["message"], each.get("urn"))
    ]
    errors = dict.fromkeys(message for severity, message, _ in said if severity == "error")
    if not written:
        raise CommandError(f"the preview came to nothing: {next(iter(errors))}") if errors else KeyError("steps")
    notes = dict.fromkeys(m for severity, m, urn in said if severity == "warning" or (severity == "info" and urn))
    about_data = re.compile(r"galleries/\S+:\d+:\d+: warning: ").match  # `gallery check` tells those
    listed = sum(_operation(each["op"]) == "same" for each in written)
    refresh = any(each["op"] == "refresh" for each in written)
    if refresh and document["changeSummary"].get("update", 0) > sum(each["op"] == "update" for each in written):
        steps |= {urn: replace(step, operation="update") for urn, step in steps.items() if _unfinished(step)}
    # What leaves the program is deleted when the program has ended.
    stopped = bool(errors) and (refresh or all(each["op"] != "delete" for each in written))
    return Preview(
        stack=written[0]["urn"].split(":")[2],
        refresh=refresh,
        complete=not errors and listed >= document["changeSummary"].get("same", 0),
        stopped=stopped,
        steps=() if stopped else tuple(sorted(steps.values(), key=_order)),
        errors=tuple(sorted(e for e in errors if not e.endswith(("preview failed", AS_TOLD)))) or tuple(errors),
        notes=() if stopped and steps else tuple(sorted(note for note in notes if not about_data(note))),
    )


def _step(written: Any) -> Step:
    token = _type(written["urn"])
    kind = TYPES.get(token, "other")
    states = [written.get(state) or {} for state in ("oldState", "newState")]
    seen = sharing.view if kind == "sharing" else partial(View, kind)
    old, new = (seen(state.get("inputs") or {}) for state in states)
    name = (old if old.inputs else new).name or written["urn"].split("::")[-1]
    paths = tuple(sorted(written.get("detailedDiff") or written.get("diffReasons") or ()))
    outputs = states[written["op"] == "refresh"].get("outputs") or {}
    holder = _holder(states[not old.inputs], name) if kind in ("lock", "role assignment") else ""
    operation = _operation(written["op"])
    stays = kind in PROTECTED and operation in ("same", "update") and all(states)
    was, will = (bool(state.get("protect")) for state in states)
    protection: Protection | None = ("begins" if will else "ends") if stays and was != will else None
    return Step(kind, token, name, operation, old, new, paths, outputs, holder, protection)


def _holder(state: Any, name: str) -> str:
    """The name of what a lock or a role assignment is on. The id of what isn't there yet isn't known, but its URN."""
    if scope := ResourceId.parse(state["inputs"].get("scope") or ""):
        return "/".join(scope.names)
    urn, *_ = (state.get("propertyDependencies") or {}).get("scope") or [name.rpartition("/")[0]]
    return str(urn.split("::")[-1])


def _unfinished(step: Step) -> bool:
    """Whether Azure has failed to share a gallery: the engine counts such a step as a change, and doesn't show it."""
    return step.kind == "sharing" and bool(step.outputs.get("unfinished"))


def _operation(of_engine: str) -> Operation:
    if of_engine not in OPERATIONS:
        raise CommandError(f"the engine's operation {of_engine!r} is unknown to this release of the program")
    return OPERATIONS[of_engine]


def _old(step: Step) -> View:
    return step.old


def _new(step: Step) -> View:
    return step.new


def _order(step: Step) -> tuple[object, ...]:
    """By kind and name, versions by number: the engine tells them as they come to its mind."""
    image, _, number = step.name.rpartition("/")
    if step.kind == "version" and NUMBER(number):
        return get_args(Kind).index(step.kind), image, version_order(number)
    return get_args(Kind).index(step.kind), step.name, ()


def _type(urn: str) -> str:
    """The resource's own type, without its parents' and without an API version."""
    return re.sub(r"/v\d+(preview)?:", ":", urn.split("::")[2].split("$")[-1])


def _sentences(message: str, urn: str | None) -> list[str]:
    """A diagnostic in sentences, with names in the place of URNs. What the program says of a change, by hooks or of no
    resource, has one in each line; what others say of a resource is one.
    """
    text = re.sub(r"\x1b\[[0-9;]*m", "", message).strip()
    text = re.sub(r"^(error|warning|info): (Preview failed: )?", "", text)
    said = re.sub(r'^(before hook "[^"]*" failed: |Exception calling application: )', "", text)
    ours, text = said != text or not urn, said
    text = re.sub(r"[\"']?urn:pulumi:[^\s\"']*::([^\s\"':]+)[\"']?", r"\1", text)
    text = re.sub(r"To unprotect the resource, .*", "", text, flags=re.DOTALL)
    return [" ".join(line.split()) for line in ((ours and text.splitlines()) or [text])]
