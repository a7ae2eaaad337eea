"""Change is guarded in the preview: what Azure refuses on an existing resource stops it, with the way out.

azure-native plans a changed source or OS type as an update, which Azure refuses after the preview was green
(pulumi-azure-native issue 577). A hook before updates, which runs in previews too, compares what is there with what is
wanted and says so beforehand; with `pulumi up --skip-preview` it speaks before the resource is touched. What Azure does
with a change is in `config.azure.properties`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple

import pulumi

import config
from config.azure.properties import Kind, Property, canonical, moment
from config.azure.view import Difference, View, differences, refused, replaces
from config.azure.words import in_words, latest_moves, listed
from config.yaml_text import flow

from .run import Problem, Run

ANOTHER: dict[str, str] = {
    "gallery": "make another gallery, with a name of its own",
    "image": "describe another image, with a name and an identifier of its own",
    "version": "publish another version, for example with the next patch number",
}
"""The way out where a property never changes."""

SHARED: dict[tuple[str, str], str] = {
    ("Private", "Community"): (
        "all that is in it would become public. Microsoft's documentation says that a private gallery can't be "
        "converted, and `az sig update --permissions Community` does it all the same (azure-cli 22223): "
        f"{ANOTHER['gallery']}; or, if everybody may have all of it, convert it with az, then `pulumi refresh` and "
        "preview again"
    ),
    ("Groups", "Private"): (
        "leave permissions: Groups, and take all groups out, so that nobody has access by them; or "
        f"{ANOTHER['gallery']}"
    ),
    ("Private", "Groups"): (
        f"{ANOTHER['gallery']}; a gallery that was reset is shared again by `az sig update --permissions Groups`, then "
        "`pulumi refresh` and preview again"
    ),
    ("Community", "Private"): (
        "Azure does it by a reset alone, after which its public name is another one if it is ever opened again: "
        f"`az sig share reset`, then `pulumi refresh` and preview again; or {ANOTHER['gallery']}"
    ),
}
"""The way out where the permissions of a gallery would change from one to another; else it is another gallery."""

NOUNS = {"gallery": "gallery", "image": "definition", "version": "version"}


class Loss(NamedTuple):
    """What machines may miss after an update that Azure makes; `kind` is how a data file allows it."""

    kind: config.LossKind
    sentence: str


@dataclass(frozen=True)
class Guarded:
    """A resource that a run wants, beside what the state holds of it; without, it is `new`, or nobody knows.

    `name` is its logical name. A version has its image, `latest` tells what that meant before, overall (None) and by
    region, and `allows` says which kinds of losses are allowed, however it
    is protected; `declare` is how one is allowed.
    """

    kind: Kind
    name: str
    held: View | None
    wanted: View
    new: bool
    image: config.Image | None = None
    latest: Callable[[], Mapping[str | None, str]] = dict
    allows: Callable[[config.LossKind], bool] = lambda kind: False
    declare: Callable[[config.LossKind], str] = lambda kind: "protect: false on it"

    def declared_in(self, stack: config.Stack, path: str) -> Guarded:
        """The same for a version of a data file, which may declare losses; `path` is gallery/image/version."""
        return replace(
            self,
            allows=lambda kind: stack.allows_loss(path, kind),
            declare=lambda kind: f"allowLosses: {{{path}: [{kind}]}}",
        )

    async def refusals(self) -> list[Problem]:
        return self._expected[0]

    def losses(self) -> list[Problem]:
        return self._expected[1]

    @cached_property
    def _expected(self) -> tuple[list[Problem], list[Problem]]:
        """What is to be expected by the state, which holds no more than a GET shows."""
        return self.judge(self.held, self.wanted, lambda row: row.shown) if self.held else ([], [])

    def judge(
        self, old: View, new: View, compares: Callable[[Property], bool] = lambda row: True
    ) -> tuple[list[Problem], list[Problem]]:
        """What Azure would refuse of this change, and what it would do to the loss of somebody."""
        changed = [each for each in differences(old, new) if compares(each.changed)]
        # What is made anew may be anything; a body without the names in its path says nothing about them.
        if any(replaces(each) and each.new is not None for each in changed):
            return [], []
        changed = [each for each in changed if not replaces(each)]
        told = list(refusals(changed, new))
        warned = []
        for loss in [] if self.image is None else losses(self._number, old, new, self.image, self.latest()):
            if self._version.protect and not self.allows(loss.kind):
                told.append(f"{loss.sentence}; it is protected: write {self.declare(loss.kind)} if that is meant")
            else:
                warned.append(loss.sentence)
        return [self._problem(each) for each in told], [self._problem(each) for each in warned]

    def _problem(self, sentence: str) -> Problem:
        return Problem(self.name if self.image is None else self.name.rpartition("/")[0], self._number, sentence)

    @property
    def _number(self) -> str:
        return "" if self.image is None else self.name.rpartition("/")[2]

    @property
    def _version(self) -> config.Version:
        assert self.image
        return self.image.versions[self._number]


def guard(run: Run, hook: str, guarded: Guarded) -> pulumi.ResourceHook:
    """The hook of that name before an update of a resource, to be shared by all resources of a kind or of an image."""
    kind = guarded.kind

    async def before_update(args: pulumi.ResourceHookArgs) -> None:
        each = run.checks["update", kind, args.name]
        assert isinstance(each, Guarded)
        told, warned = each.judge(View(kind, args.old_inputs or {}), View(kind, args.new_inputs or {}))
        run.warn(warned)
        await run.refuse(told)

    return run.resource_hook(hook, before_update)


def refusals(changed: Iterable[Difference], new: View) -> Iterator[str]:
    """What Azure would refuse among these changes, in sentences; the same change in several places is one."""
    alike: dict[tuple[str, str, str], list[Difference]] = {}
    left: dict[str, list[str]] = {}
    changed = list(changed)
    permissions = any(each.changed.path == _PERMISSIONS for each in changed)
    for each in changed:
        if not each.changed.removable and each.new is not None and moment(each.new) <= datetime.now(UTC):
            date = f"{each.subject} would be {each.new}, which is past"
            yield f"{date}, and Azure takes no such date: write a later one, or the old one"
        if not refused(each, new) or (permissions and each.changed.path.startswith(_PUBLIC)):
            continue  # who publishes it goes without saying where it becomes public, or no longer is
        if each.changed.is_list and not each.changed.closed:
            left.setdefault(each.changed.permission, []).append(each.subject)
        else:
            alike.setdefault((each.changed.told or each.changed.path, *in_words(each)), []).append(each)
    for permission, gone in left.items():
        holder, _, flag = permission.rpartition(".")
        yield f"it would lose {listed(gone)}, which Azure refuses without {holder}: {{{flag}: true}} on the version"
    for (_, before, after), places in alike.items():
        first = places[0]
        where = first.changed.subject((listed([each.elements[0] for each in places]),) if first.elements else ())
        if first.changed.path == _DEFAULT_STORAGE and (_STORAGE, before, after) in alike:
            continue  # told for the regions that it holds for
        if first.new is None and not first.changed.removable:
            way_out = "write it, or a later date"
            yield f"{where} would be removed (it is {before}), and Azure keeps it all the same: {way_out}"
        else:
            change = f"{where} would change from {before} to {after}"
            refusal = f"which Azure refuses on an existing {NOUNS[new.kind]}"
            yield f"{change}, {refusal}: {_way_out(first, new.kind)}"


def losses(number: str, old: View, new: View, image: config.Image, before: Mapping[str | None, str]) -> Iterator[Loss]:
    """What machines may miss after an update of a version: places, replicas, and where `latest` would go back.

    `before` is what `latest` meant, overall (None) and by region.
    """
    gone = [name for name in old.placements if name not in new.placements]
    if gone and new[_PERMISSION] is True:
        yield Loss("regions", f"it would leave {listed(gone)}")
    fewer: dict[tuple[int, int], list[str]] = {}
    for name, was in old.placements.items():
        if name in new.placements and (after := new.placements[name].replicas) < was.replicas:
            fewer.setdefault((after, was.replicas), []).append(name)
    for (after, all_of_them), places in fewer.items():
        yield Loss("replicas", f"it would keep {after} of its {all_of_them} replicas in {listed(places)}")
    moved: dict[str | None, list[str | None]] = {}
    for place in (each for each in before if before[each] == number):
        now = image.latest() if place is None else image.latest_by_region.get(place)
        if now is None or config.version_order(now) < config.version_order(number):
            moved.setdefault(now, []).append(place)
    for now, where in moved.items():
        yield Loss("latest", latest_moves(now, where))


_PERMISSION = "safetyProfile.allowDeletionOfReplicatedLocations"
_PERMISSIONS = "sharingProfile.permissions"
_PUBLIC = "sharingProfile.communityGalleryInfo."
_DEFAULT_STORAGE = "publishingProfile.storageAccountType"
_STORAGE = "storageAccountType in {0}"


def _way_out(difference: Difference, kind: Kind) -> str:
    row, another = difference.changed, ANOTHER[kind]
    if row.path == _PERMISSIONS:
        return SHARED.get((difference.old, difference.new), another)
    if row.permission:
        return f"write {row.permission}: true, or {another}"
    if "storageAccountType" in row.path:
        return "write the old value into the version, or publish another one"
    if difference.new is not None:
        return another
    as_it_is = f"{row.path}: {flow(canonical(difference.old))}" if row.keys[0].endswith(f".{row.path}") else "it"
    return f"write {as_it_is}, as Azure has it, or {another}"
