"""What `pulumi preview --json` and `pulumi refresh --preview-only --json` say, in the terms of galleries.

Measured on the engine's version 3.259: a refused preview prints the same object, with what it had come to and with
`diagnostics`; resources that stay as they are appear with `--show-sames` only; in a refresh their operation is
`refresh`, and the new state is what Azure has.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from commands.failure import Failure
from config import covers, normalised, version_order
from config.latest import considered, newest

Inputs = Mapping[str, Any]
Kind = Literal["resource group", "gallery", "image", "version", "other"]
Operation = Literal["create", "update", "delete", "replace", "same"]

KINDS: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "azure-native:resources:ResourceGroup": ("resource group", ("resourceGroupName",)),
    "azure-native:compute:Gallery": ("gallery", ("galleryName",)),
    "azure-native:compute:GalleryImage": ("image", ("galleryName", "galleryImageName")),
    "azure-native:compute:GalleryImageVersion": (
        "version",
        ("galleryName", "galleryImageName", "galleryImageVersionName"),
    ),
}
"""What each type is, and the inputs that name it."""

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

EXCLUDED = "publishingProfile.excludeFromLatest"
NUMBER = re.compile(r"\d+\.\d+\.\d+", re.ASCII).fullmatch
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's mark for a value that is known after the update."""


@dataclass(frozen=True)
class Copy:
    """A version in a region or an edge zone."""

    replicas: int
    storage: str
    excluded: bool | None
    """Whether `latest` skips it there; None where the version's own flag decides."""


class State:
    """A resource before or after: its inputs, empty where it isn't there."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.copies = dict(_copies(inputs.get("publishingProfile") or {}))

    @property
    def replicas(self) -> int:
        return sum(copy.replicas for copy in self.copies.values())

    def at(self, path: str) -> Any:
        """The value at a path of a detailed diff, such as `publishingProfile.targetRegions[1].name`; None without."""
        value: Any = self.inputs
        for key, quoted, index in re.findall(r'([^.\["\]]+)|\["([^"]*)"\]|\[(\d+)\]', path):
            if index:
                value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
            else:
                value = value.get(key or quoted) if isinstance(value, Mapping) else None
        return "known after the update" if value == UNKNOWN else value

    def may_be_latest(self, place: str | None) -> bool:
        """Whether `latest` considers the version, overall or in a region."""
        flags = {name: copy.excluded for name, copy in self.copies.items()}
        return bool(self.inputs) and considered(bool(self.at(EXCLUDED)), flags, place)


@dataclass(frozen=True)
class Step:
    """A resource and what becomes of it."""

    kind: Kind
    token: str
    """Its type."""
    name: str
    """As the data files name it: gallery, gallery/image or gallery/image/version."""
    operation: Operation
    old: State
    new: State
    paths: tuple[str, ...]
    """The properties that change."""

    @property
    def destroys(self) -> bool:
        return self.operation in ("delete", "replace")

    @cached_property
    def retires(self) -> bool:
        """Whether `latest` skips the version everywhere from now on, and didn't before."""
        if self.kind != "version" or self.operation != "update":
            return False
        places = (None, *self.old.copies, *self.new.copies)
        return any(map(self.old.may_be_latest, places)) and not any(map(self.new.may_be_latest, places))


@dataclass(frozen=True)
class Preview:
    """A preview of an update, or of a refresh: then `new` is what Azure has."""

    stack: str
    refresh: bool
    complete: bool
    """Whether all resources appear: nothing was refused, and those that stay as they are were asked for."""
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
        """Galleries, images and versions that would be deleted or replaced, what holds others first.

        What goes with a resource group goes, too, whatever the engine thinks of it.
        """
        groups = [step.name for step in self.of("resource group") if step.destroys]
        with_group = [g.name for g in self.of("gallery") if any(covers(each, _group(g)) for each in groups)]
        things = [*self.of("gallery"), *self.of("image"), *self.of("version")]
        return [step for step in things if step.destroys or any(covers(gallery, step.name) for gallery in with_group)]

    def latest(self, image: str) -> dict[str | None, tuple[str | None, str | None]]:
        """What `latest` means before and after, overall (None) and by region, where it means anything."""
        versions = [step for step in self.of("version") if covers(image, step.name)]
        places = dict.fromkeys((None, *(place for v in versions for place in (*v.old.copies, *v.new.copies))))
        return {
            place: meant
            for place in places
            if any(meant := (_newest(versions, "old", place), _newest(versions, "new", place)))
        }


def read(text: str) -> Preview:
    """The preview in `text`; raises Failure where there is none."""
    expected = "expected what `pulumi preview --json --show-sames` prints"
    if not text.strip():
        raise Failure(f"standard input is empty: {expected}")
    try:
        document = json.loads(text)
    except ValueError:
        raise Failure(f"standard input is no JSON, or not all of it: {expected}") from None
    try:
        return _preview(document)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        raise Failure(f"standard input is JSON, but no preview: {expected}") from None


def _preview(document: Any) -> Preview:
    written = document.get("steps") or []
    ours = (each for each in written if not _type(each["urn"]).startswith(("pulumi:", "compute-gallery:index:")))
    steps = {(step.token, step.name): step for step in map(_step, ours)}  # the halves of a replacement are one
    said = [(d["severity"], _plain(d["message"]), d.get("urn")) for d in document.get("diagnostics") or ()]
    errors = dict.fromkeys(message for severity, message, _ in said if severity == "error")
    if not written:
        raise Failure(f"the preview came to nothing: {next(iter(errors))}") if errors else KeyError("steps")
    notes = dict.fromkeys(m for severity, m, urn in said if severity == "warning" or (severity == "info" and urn))
    about_data = re.compile(r"galleries/\S+:\d+:\d+: warning: ").match  # `gallery check` tells those
    listed = sum(OPERATIONS[each["op"]] == "same" for each in written)
    return Preview(
        stack=written[0]["urn"].split(":")[2],
        refresh=any(each["op"] == "refresh" for each in written),
        complete=not errors and listed >= document["changeSummary"].get("same", 0),
        steps=tuple(sorted(steps.values(), key=_order)),
        errors=tuple(sorted(e for e in errors if e != "preview failed")) or tuple(errors),
        notes=tuple(sorted(note for note in notes if not about_data(note))),
    )


def _step(written: Any) -> Step:
    old, new = (State((written.get(state) or {}).get("inputs") or {}) for state in ("oldState", "newState"))
    token = _type(written["urn"])
    kind, keys = KINDS.get(token, ("other", ()))
    names = [(old.inputs or new.inputs).get(key) for key in keys]
    known = bool(names) and all(isinstance(name, str) and name != UNKNOWN for name in names)
    name = "/".join(map(str, names)) if known else written["urn"].split("::")[-1]
    paths = tuple(written.get("detailedDiff") or written.get("diffReasons") or ())
    return Step(kind, token, name, OPERATIONS[written["op"]], old, new, paths)


def _order(step: Step) -> tuple[object, ...]:
    """By kind and name, versions by number: the engine tells them as they come to its mind."""
    image, _, number = step.name.rpartition("/")
    if step.kind == "version" and NUMBER(number):
        return get_args(Kind).index(step.kind), image, version_order(number)
    return get_args(Kind).index(step.kind), step.name, ()


def _type(urn: str) -> str:
    """The resource's own type, without its parents' and without an API version."""
    return re.sub(r"/v\d+(preview)?:", ":", urn.split("::")[2].split("$")[-1])


def _group(gallery: Step) -> str:
    return str(gallery.old.at("resourceGroupName"))


def _newest(versions: list[Step], side: Literal["old", "new"], place: str | None) -> str | None:
    numbers = (step.name.split("/")[-1] for step in versions if getattr(step, side).may_be_latest(place))
    return newest(number for number in numbers if NUMBER(number))


def _copies(profile: Inputs) -> Iterator[tuple[str, Copy]]:
    count, storage = profile.get("replicaCount") or 1, profile.get("storageAccountType") or "Standard_LRS"
    for target in profile.get("targetRegions") or ():
        sets = [target.get("regionalReplicaCount") or count]
        sets += (each.get("regionalReplicaCount") or 1 for each in target.get("additionalReplicaSets") or ())
        kind, flag = target.get("storageAccountType") or storage, target.get("excludeFromLatest")
        yield normalised(target["name"]), Copy(sum(map(int, sets)), kind, flag)
    for zone in profile.get("targetExtendedLocations") or ():  # `latest` is a matter of regions
        replicas = int(zone.get("extendedLocationReplicaCount") or count)
        yield zone["extendedLocation"]["name"], Copy(replicas, zone.get("storageAccountType") or storage, True)


def _plain(message: str) -> str:
    """A diagnostic as a sentence: without what is the engine's own, and with names in the place of URNs."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", message).strip()
    text = re.sub(r'^(error|warning|info): (Preview failed: )?(before hook "[^"]*" failed: )?', "", text)
    text = re.sub(r"[\"']?urn:pulumi:[^\s\"']*::([^\s\"':]+)[\"']?", r"\1", text)
    return " ".join(re.sub(r"To unprotect the resource, .*", "", text, flags=re.DOTALL).split())
