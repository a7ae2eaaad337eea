"""What holds between the stacks of a project: the order of their deployment, and what they take from each other.

A stack is its two files. Nothing here asks Azure or Pulumi, so nobody knows which versions exist: what exists outlives
its source, and only a version that is yet to be made needs one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from config.diagnostics import At, ConfigError, Diagnostic, Path, Severity, dotted, in_order, quoted, wrong_kind
from config.ids import Guid, ResourceId
from config.load import FOLDER, settings
from config.model import nearest, reach
from config.stack import Stack
from config.types import StackName, version_order
from config.yaml_reader import Document, parse

MOST_WAVES = 8
"""Waves of a deployment: the workflows have so many jobs, one after another."""

Place = tuple[str, str, str]
"""A version: gallery, image, number."""

_SUBSCRIPTION = "azure-native:subscriptionId"


class _Unnamed(NamedTuple):
    """A version whose source is in a gallery of a stack here, whose file names no such version."""

    place: Place
    message: str
    never: bool | None
    """Whether no such version can have been there: its number is above all that the file names. None where the file has
    no versions of that image to compare it with.
    """


def names(root: FilePath) -> list[str]:
    """The stacks that have a data file, be it misnamed, or settings of Pulumi's, by name."""
    data = {path.stem for path in (root / FOLDER).glob("*.y*ml")} - {"images"}
    return sorted(data | {path.name[len("Pulumi.") : -len(".yaml")] for path in root.glob("Pulumi.?*.yaml")})


def subscriptions(root: FilePath) -> dict[str, str]:
    """The subscriptions of the stacks, in lower case, as far as their files name them."""
    return _Project(root, {}).subscriptions


def waves(root: FilePath) -> list[list[str]]:
    """The stacks in the order of their deployment: each wave after the one before, the stacks of a wave in any order.

    Raises ConfigError where `deployAfter` or a stack's name makes no sense.
    """
    project = _Project(root, {})
    found, errors = project.waves()
    if errors:
        raise ConfigError(errors)
    return found


def between(
    root: FilePath, stacks: Mapping[str, Stack | None], is_new: Callable[[str, Place], bool] | None = None
) -> list[Diagnostic]:
    """All that is wrong between the stacks of a project, sorted; those that have errors of their own are None.

    `is_new` tells of a stack's version whether it is yet to be made, as far as that is known.
    """
    project = _Project(root, stacks)
    errors = [*project.waves()[1], *project.files(), *project.made_twice(), *project.unnamed(is_new)]
    return in_order([*errors, *project.shared_with_themselves()])


def _unnamed_sources(
    stack: str, stacks: Mapping[str, Stack | None], subscriptions: Mapping[str, str]
) -> Iterator[_Unnamed]:
    """The versions of a stack whose source a stack here would make, itself included, and doesn't name.

    `subscriptions` are those of the stacks, in lower case, as far as they are known. Right is such a source only for a
    version that exists already.
    """
    makers = {
        (subscription, name.casefold()): (maker, gallery)
        for maker, subscription in subscriptions.items()
        if (made := stacks.get(maker))
        for name, gallery in made.galleries.items()
    }
    own = stacks.get(stack)
    for gallery_name, gallery in own.galleries.items() if own else ():
        for image_name, image in gallery.images.items():
            for number, version in image.versions.items():
                written = version.source.image_version
                found = ResourceId.parse(written) if isinstance(written, str) else None
                if found is None or (found.subscription.lower(), found.names[0].casefold()) not in makers:
                    continue
                of_gallery, of_image, wanted = found.names
                maker, source = makers[found.subscription.lower(), of_gallery.casefold()]
                images = {name.casefold(): held for name, held in source.images.items()}
                named = images[of_image.casefold()].versions if of_image.casefold() in images else {}
                if version_order(wanted) in map(version_order, named):
                    continue
                place, what = (gallery_name, image_name, number), f"{of_gallery}/{of_image}"
                file, newest = f"{FOLDER}/{maker}.yaml", max(named, key=version_order, default=None)
                if newest is not None:
                    told = f"{file} has no version {wanted} of {what}, and {newest} as the newest"
                    yield _Unnamed(place, told, version_order(wanted) > version_order(newest))
                    continue
                meant = None if of_image.casefold() in images else nearest(of_image, source.images)
                told = f"{file} has no versions of {what}" + (f", but an image {meant}" if meant else "")
                yield _Unnamed(place, told, None)


@dataclass(frozen=True)
class _Project:
    """The stacks of a project, as far as their files can be read."""

    root: FilePath
    stacks: Mapping[str, Stack | None]

    @cached_property
    def names(self) -> list[str]:
        return names(self.root)

    @cached_property
    def settings(self) -> dict[str, Document | Diagnostic | None]:
        """What Pulumi.<stack>.yaml says."""
        return {stack: settings(stack, self.root) for stack in self.names}

    @cached_property
    def subscriptions(self) -> dict[str, str]:
        """The subscriptions of the stacks, in lower case, as far as the files name them."""
        found = {stack: _setting(settings) for stack, settings in self.settings.items()}
        return {stack: text.lower() for stack, text in found.items() if isinstance(text, str)}

    def waves(self) -> tuple[list[list[str]], list[Diagnostic]]:
        """The waves, and what is wrong about `deployAfter`; no waves where there is something."""
        errors = [self._diagnostic(stack, (), wrong) for stack in self.names if (wrong := _refused(StackName, stack))]
        graph: dict[str, list[str]] = {}
        for stack in self.names:
            graph[stack] = []
            for index, other in enumerate(self._after(stack)):
                if other in self.names:
                    graph[stack].append(other)
                elif not _refused(StackName, other):  # that is told of the stack itself
                    meant = nearest(other, self.names)
                    hint = f"did you mean {meant}?" if meant else f"expected one of {', '.join(self.names)}"
                    errors.append(
                        self._diagnostic(stack, ("deployAfter", index), f"there is no stack {quoted(other)}: {hint}")
                    )
        sorter, order = TopologicalSorter(graph), list[list[str]]()
        try:
            sorter.prepare()
        except CycleError as error:
            *way, stack = error.args[1]  # each before the next one, the first one again at the end
            by_way_of = f", by way of {' and '.join(reversed(way[1:]))}" if len(way) > 1 else ""
            index = list(self._after(stack)).index(way[-1])
            return [], [
                *errors,
                self._diagnostic(stack, ("deployAfter", index), f"{stack} waits for itself{by_way_of}"),
            ]
        while sorter.is_active():
            order.append(sorted(sorter.get_ready()))
            sorter.done(*order[-1])
        for stack in order[MOST_WAVES] if len(order) > MOST_WAVES else ():
            told = f"{stack} would be deployed in wave {MOST_WAVES + 1}: the workflows have {MOST_WAVES} waves"
            errors.append(self._diagnostic(stack, ("deployAfter",), told, at="key"))
        return ([] if errors else order), errors

    def files(self) -> Iterator[Diagnostic]:
        """Settings that are missing or can't be right."""
        for stack, found in self.settings.items():
            if isinstance(found, Diagnostic):
                yield found
            elif found is not None and (told := _objection(found.value.get("config"))):
                path, at, message = told
                yield Diagnostic(f"Pulumi.{stack}.yaml", *found.position(path, at), dotted(path), message)

    def made_twice(self) -> Iterator[Diagnostic]:
        """Names that Azure takes once in a subscription, made by two stacks: galleries, and resource groups."""
        seen: dict[tuple[str, str, str], str] = {}
        for stack, subscription in self.subscriptions.items():
            made = self.stacks.get(stack)
            for name in made.galleries if made else ():
                first = seen.setdefault(("gallery", subscription, name.casefold()), stack)
                if first != stack:
                    told = f"the stack {first} makes a gallery of this name in the same subscription"
                    yield self._diagnostic(
                        stack, ("galleries", name), f"{told}, where Azure takes it once: rename one", at="key"
                    )
            for group in made.resource_groups if made else ():
                first = seen.setdefault(("group", subscription, str(group.name).casefold()), stack)
                if first != stack:
                    told = f"the stack {first} creates the resource group {group.name} in the same subscription"
                    yield self._diagnostic(
                        stack, self._group(stack, group.name), f"{told}: leave create out in one of them"
                    )

    def shared_with_themselves(self) -> Iterator[Diagnostic]:
        """Galleries that are shared with the subscription that they are in, which Azure takes (recorded in azure-cli's
        test_shared_gallery).
        """
        for stack, subscription in self.subscriptions.items():
            made = self.stacks.get(stack)
            for name, gallery in made.galleries.items() if made else ():
                groups = gallery.sharing_profile.groups
                if groups and subscription in groups.subscriptions:
                    index = groups.subscriptions.index(subscription)
                    path = ("galleries", name, "sharingProfile", "groups", "subscriptions", index)
                    expected = "expected others; in its own, a role such as Reader is for those who need it"
                    told = f"found {subscription}, the gallery's own subscription: {expected} (roleAssignments)"
                    yield self._diagnostic(stack, path, told, "warning")

    def unnamed(self, is_new: Callable[[str, Place], bool] | None) -> Iterator[Diagnostic]:
        """Versions that can't be made from the source that they name, as far as that is sure offline."""
        way_out = "write verifySources: false if this version exists already"
        for stack in self.names:
            for found in _unnamed_sources(stack, self.stacks, self.subscriptions):
                gallery, image, number = found.place
                made = self.stacks[stack]
                assert made
                version = made.galleries[gallery].images[image].versions[number]
                severity: Severity = "error"
                if is_new is None:
                    if found.never is False or not version.verify_sources:
                        continue
                    severity = "error" if found.never else "warning"
                elif not is_new(stack, found.place):
                    continue
                path = ("galleries", gallery, "images", image, "versions", number, "source", "imageVersion")
                told = f"{found.message}: expected one that it has" if is_new else f"{found.message}: {way_out}"
                yield self._diagnostic(stack, path, told, severity)

    def _after(self, stack: str) -> Iterable[str]:
        """What `deployAfter` says, as it is written; what it says otherwise is told of the stack itself."""
        known = self.stacks.get(stack)
        if known is not None:
            return known.deploy_after
        document = self._read(f"{FOLDER}/{stack}.yaml")
        written = document.value.get("deployAfter") if isinstance(document, Document) else None
        return [each for each in written if isinstance(each, str)] if isinstance(written, list) else []

    def _group(self, stack: str, name: str) -> Path:
        """Where a resource group is named: by the stack, else by a gallery."""
        document = self._read(f"{FOLDER}/{stack}.yaml")
        value = document.value if isinstance(document, Document) else {}
        written = reach(value, "resourceGroup", "name")
        if isinstance(written, str) and written.casefold() == name.casefold():
            return ("resourceGroup",)
        made = self.stacks[stack]
        holders = made.galleries.items() if made else ()
        return next(
            ("galleries", key, "resourceGroup")
            for key, gallery in holders
            if str(gallery.resource_group.name).casefold() == name.casefold()
        )

    def _diagnostic(
        self, stack: str, path: Path, message: str, severity: Severity = "error", at: At = "value"
    ) -> Diagnostic:
        file = f"{FOLDER}/{stack}.yaml"
        document = self._read(file) if path else None
        position = document.position(path, at) if isinstance(document, Document) else (1, 1)
        return Diagnostic(file, *position, dotted(path), message, severity)

    def _read(self, file: str) -> Document | Diagnostic | None:
        path = self.root / file
        return parse(file, path.read_bytes()) if path.is_file() else None


def _setting(settings: Document | Diagnostic | None) -> object:
    """The subscription that a stack's settings name; None where they name none."""
    return reach(settings.value, "config", _SUBSCRIPTION) if isinstance(settings, Document) else None


def _objection(written: object) -> tuple[Path, At, str] | None:
    """What is wrong with what a stack's settings say under `config`, and where."""
    subscription = reach(written, _SUBSCRIPTION)
    if written is not None and not isinstance(written, dict):
        return ("config",), "value", wrong_kind(written, "a mapping of keys to values")
    if subscription is None:
        return ("config",), "key", f"{_SUBSCRIPTION} is missing, which says where the stack lives"
    if isinstance(subscription, dict) and "secure" in subscription:
        return None
    told = _refused(Guid, subscription) if isinstance(subscription, str) else wrong_kind(subscription, "a GUID")
    return (("config", _SUBSCRIPTION), "value", told) if told else None


def _refused(kind: Any, value: object) -> str:
    """Why a type doesn't take a value; empty where it does."""
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return ""
