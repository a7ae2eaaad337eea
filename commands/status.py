"""Where the versions of a stack are: their provisioning state in Azure, and their replication, region by region."""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from commands.azure_client import Unreachable, call, compute_client
from commands.common import CommandError, Table, count, load_stack
from commands.sharing import SharingStatus, sharing_status

if TYPE_CHECKING:
    from azure.mgmt.compute import ComputeManagementClient
    from rich.console import RenderableType

    from config import Stack, Version
    from config.azure.undeclared import Undeclared
    from config.azure.view import View

HELP = "where the versions of a stack are: their state in Azure, and their replication by region"

SECONDS = 5.0
"""Between two looks of a watch."""
AT_ONCE = 8
"""Requests under way."""
EXIT = {"done": 0, "failed": 1, "running": 3}
HEADER = ["version", "state", "region", "replication", "progress", "details"]

Outcome = Literal["done", "failed", "running"]


@dataclass(frozen=True)
class RegionStatus:
    """A region of a version. The state is Azure's: Unknown, Replicating, Completed or Failed; None: it isn't there."""

    region: str
    state: str | None
    progress: int
    """Per cent."""
    details: str


@dataclass(frozen=True)
class VersionStatus:
    """A version. The state is Azure's provisioning state, such as Creating or Succeeded; None: it isn't published."""

    gallery: str
    image: str
    version: str
    declared: bool
    """Whether the data file has it."""
    state: str | None
    regions: tuple[RegionStatus, ...]

    @property
    def place(self) -> tuple[str, str, str]:
        return self.gallery, self.image, self.version

    @property
    def name(self) -> str:
        return "/".join(self.place)

    @property
    def outcome(self) -> Outcome:
        if self.state == "Failed" or any(region.state == "Failed" for region in self.regions):
            return "failed"
        replicated = all(region.state == "Completed" for region in self.regions)
        return "done" if self.state == "Succeeded" and replicated else "running"


@dataclass(frozen=True)
class Others:
    """A definition or a version that others have made. It is a fault where the data file doesn't expect it."""

    of: "Undeclared"
    declared: bool = True  # it counts

    @property
    def image(self) -> str:
        return self.of.name.split("/")[1]

    @property
    def version(self) -> str:
        """Its number; empty for a definition."""
        return "".join(self.of.name.split("/")[2:])

    @property
    def outcome(self) -> Outcome:
        return "done" if self.of.allowed else "failed"

    @property
    def lines(self) -> list[str]:
        return [self.of.sentence]


Look = tuple[list[VersionStatus], str, list[SharingStatus | Others]]
"""What was seen, and why it couldn't be seen anew, if so; and beside versions, how galleries are shared and what others
have made.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stack", metavar="STACK", help="the stack to look at")
    parser.add_argument("--watch", action="store_true", help="look again until all is done, or something has failed")
    parser.add_argument("--json", action="store_true", help="for programs, as docs/commands.md describes it")
    parser.add_argument(
        "--interval", type=_seconds, default=SECONDS, metavar="SECONDS", help="between two looks (default: %(default)g)"
    )
    parser.add_argument("--image", metavar="PATTERN", help="only images of such names, for example 'ubuntu-*'")
    parser.add_argument("--version", metavar="PATTERN", help="only versions of such numbers, for example '1.2.*'")
    parser.add_argument("--region", type=_region, metavar="REGION", help="only this region, and versions that it has")
    parser.add_argument("--outcome", choices=EXIT, help="only versions of which this is true")


def run(options: argparse.Namespace, root: Path) -> int:
    """Exit status 0 when all versions of the data file are where it wants them, 1 when one has failed or others have
    made what nobody declared, 3 when Azure is still at work or one isn't published yet. Raises CommandError where
    nobody can tell.
    """
    from commands.advice import advice

    name, stack = load_stack(options.stack, root)
    client = compute_client(name, root)
    looks = _narrowed(_looks(Reader(client, stack), options.interval if options.watch else None), options, stack)
    if options.json:
        return EXIT[outcome(_as_json(name, looks, None if options.watch else 2))]
    seen = _on_terminal(looks) if sys.stdout and sys.stdout.isatty() else _as_lines(looks)
    versions = [each for each in seen if isinstance(each, VersionStatus)]
    for version in versions:
        if version.declared and version.outcome == "failed":
            failed = [region.region for region in version.regions if region.state == "Failed"]
            print(f"\n{advice(name, root, stack, version.place, failed)}")
    return EXIT[outcome(seen)]


def outcome(seen: Iterable[VersionStatus | SharingStatus | Others]) -> Outcome:
    """Of the data file's versions, of galleries as they are shared, and of what others have made: failed if one has
    failed, running if one isn't done.
    """
    outcomes = {each.outcome for each in seen if each.declared}
    return "failed" if "failed" in outcomes else "running" if "running" in outcomes else "done"


class Reader:
    """Reads the versions of a stack from Azure, and those that its galleries hold beside them.

    Raises commands.azure_client.Unreachable where Azure doesn't answer, CommandError where it refuses to.
    """

    def __init__(self, client: "ComputeManagementClient", stack: "Stack") -> None:
        self._client, self._stack = client, stack
        self._done: dict[str, VersionStatus] = {}
        self._found: dict[str, dict[str, dict[str, View]]] = {}

    def look(self) -> list[VersionStatus]:
        """All versions as they are. Of those that were done when last seen, only the state is read again."""
        self._found = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            images = [image for images in pool.map(self._images, self._stack.galleries) for image in images]
            versions = [version for versions in pool.map(self._versions, images) for version in versions]
            found = list(pool.map(self._status, versions))
        self._done = {version.name: version for version in found if version.outcome == "done"}
        return found

    def beside(self) -> list[SharingStatus | Others]:
        """How the galleries are shared that are, or are to be; and what others have made, of the last look."""
        from config.azure.undeclared import undeclared

        return [*self._shared(), *map(Others, undeclared(self._stack, self._found))]

    def _shared(self) -> list[SharingStatus]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = pool.map(lambda gallery: sharing_status(self._client, *gallery), self._stack.galleries.items())
        return [each for each in found if each]

    def _images(self, gallery: str) -> list[tuple[str, str]]:
        there = call(self._client.gallery_images.list_by_gallery, self._group(gallery), gallery)
        self._found[gallery] = {each.name: {} for each in there or ()}
        return [(gallery, image) for image in _union(self._stack.galleries[gallery].images, there)]

    def _versions(self, image: tuple[str, str]) -> list[tuple[str, str, str, str | None]]:
        """The versions of an image, each with its state; None where it isn't published."""
        from config.azure.view import View
        from config.types import version_order

        read = self._client.gallery_image_versions.list_by_gallery_image
        there = call(read, self._group(image[0]), *image) or []
        views = {each.name: View.of_answer("version", each.as_dict()) for each in there}
        for name, versions in self._found[image[0]].items():
            if name.casefold() == image[1].casefold():
                versions.update(views)
        declared = self._stack.galleries[image[0]].images.get(image[1])
        numbers = sorted({*(declared.versions if declared else ()), *views}, key=version_order)
        return [(*image, number, views[number].state if number in views else None) for number in numbers]

    def _status(self, version: tuple[str, str, str, str | None]) -> VersionStatus:
        from config.azure.view import View

        gallery, image, number, state = version
        declared = _declared(self._stack, gallery, image, number)
        done = self._done.get("/".join((gallery, image, number)))
        if done and state == "Succeeded":
            return done
        read, place = self._client.gallery_image_versions.get, (self._group(gallery), gallery, image, number)
        found = call(read, *place, expand="ReplicationStatus") if state else None
        view = View.of_answer("version", found.as_dict() if found else {})
        regions = tuple(_regions(view, _wanted(declared))) if found else ()
        return VersionStatus(gallery, image, number, declared is not None, view.state, regions)

    def _group(self, gallery: str) -> str:
        return str(self._stack.galleries[gallery].resource_group.name)


def _declared(stack: "Stack", gallery: str, image: str, number: str) -> "Version | None":
    """A version of the data file."""
    found = stack.galleries[gallery].images.get(image)
    return found.versions.get(number) if found else None


def _wanted(declared: "Version | None") -> list[str]:
    """Where the data file wants a version."""
    return [target.region.name for target in declared.target_regions] if declared else []


def _union(declared: Iterable[str], there: "Iterable[Any] | None") -> list[str]:
    """Names of the data file, and after them those of Azure that aren't among them in another spelling."""
    names = {name.casefold(): name for name in declared}
    return list((names | {each.name.casefold(): each.name for each in there or ()} | names).values())


def _regions(version: "View", wanted: list[str]) -> Iterator[RegionStatus]:
    """Where a version is, by Azure's words, and where the data file wants it besides."""
    told = version.replication
    there = dict.fromkeys((*version.regions, *told))
    for region in dict.fromkeys((*wanted, *there)):
        each = told.get(region)
        state = (each.state if each else "Unknown") if region in there else None
        yield RegionStatus(region, state, each.progress if each else 0, each.details if each else "")


def _looks(reader: Reader, interval: float | None) -> Iterator[Look]:
    """One look, or with an interval (seconds) all until nothing is left to wait for; a network that fails is waited
    for, once there was something to see.
    """
    try:
        versions, trouble, beside = reader.look(), "", reader.beside()
    except Unreachable as error:
        raise CommandError(str(error)) from None
    while True:
        yield versions, trouble, beside
        if interval is None or (not trouble and _settled(versions, beside)):
            return
        time.sleep(interval)
        try:
            versions, trouble, beside = reader.look(), "", reader.beside()
        except Unreachable as error:
            trouble = f"{error}: trying again"


def _settled(versions: list[VersionStatus], beside: list[SharingStatus | Others]) -> bool:
    """Whether all is done, or something has failed and Azure is at work on nothing else."""
    at_work = any(version.declared and version.state and version.outcome == "running" for version in versions)
    at_work = at_work or any(isinstance(each, SharingStatus) and each.found and each.found.busy for each in beside)
    ended = outcome([*versions, *beside])
    return ended == "done" or (ended == "failed" and not at_work)


def _as_json(name: str, looks: Iterable[Look], indent: int | None) -> list[VersionStatus | SharingStatus | Others]:
    """An object for each look at which something had changed, a line each where there may be several."""
    last: list[VersionStatus | SharingStatus | Others] | None = None
    for versions, trouble, beside in looks:
        _tell(trouble)
        seen: list[VersionStatus | SharingStatus | Others] = [*versions, *beside]
        if seen != last:
            shown = [{**asdict(version), "outcome": version.outcome} for version in versions]
            galleries = [each.shown for each in beside if isinstance(each, SharingStatus)]
            others = [asdict(each.of) for each in beside if isinstance(each, Others)]
            document = {"stack": name, "outcome": outcome(seen), "versions": shown, "galleries": galleries}
            document["undeclared"] = others
            print(json.dumps(document, indent=indent), flush=True)
        last = seen
    return last or []


def _as_lines(looks: Iterable[Look]) -> list[VersionStatus | SharingStatus | Others]:
    """The table, then a line for each region or version of which something else is true; then what is beside."""
    last: list[VersionStatus] = []
    seen: list[list[str]] = []
    rest: list[SharingStatus | Others] = []
    for versions, trouble, beside in looks:
        _tell(trouble)
        rows = [row for version in versions for row in _rows(version)]
        if not last:
            print(Table(HEADER, rows), flush=True)
        else:
            print("".join(f"  {'  '.join(filter(None, row))}\n" for row in rows if row not in seen), end="", flush=True)
        last, seen, rest = versions, rows, beside
    print("\n".join([*(line for each in rest for line in each.lines), *_way_out(rest), _summary(last)]), flush=True)
    return [*last, *rest]


def _on_terminal(looks: Iterable[Look]) -> list[VersionStatus | SharingStatus | Others]:
    """The table with a bar for each region, drawn anew at each look."""
    from rich.live import Live

    last: list[VersionStatus | SharingStatus | Others] = []
    with Live(auto_refresh=False, vertical_overflow="visible") as live:
        for versions, trouble, beside in looks:
            live.update(_drawn(versions, trouble, beside), refresh=True)
            last = [*versions, *beside]
    return last


def _drawn(versions: list[VersionStatus], trouble: str, beside: list[SharingStatus | Others]) -> "RenderableType":
    """A line for each version, and below it one for each region, whose bar takes the width that the names leave; then
    what is beside.
    """
    from rich.console import Group
    from rich.padding import Padding
    from rich.progress_bar import ProgressBar
    from rich.table import Table as Grid
    from rich.text import Text

    colours = {"done": "green", "failed": "red", "running": "yellow"}
    rows = {version.name: _rows(version) for version in versions}
    widths = [max((len(row[column]) for of in rows.values() for row in of), default=0) for column in (2, 3, 4)]
    shown: list[RenderableType] = []
    for version in versions:
        [name, state, *_], *_ = rows[version.name]
        shown.append(Text.assemble(name, "  ", (state, colours[version.outcome])))
        grid = Grid(box=None, pad_edge=False, show_header=False, padding=(0, 0, 0, 2))
        for width in widths[:2]:
            grid.add_column(no_wrap=True, min_width=width)
        grid.add_column(max_width=16)
        grid.add_column(no_wrap=True, min_width=widths[2])
        grid.add_column(overflow="fold")
        for region, (_, _, *place, progress, why) in zip(version.regions, rows[version.name], strict=False):
            done = region.progress if progress else 0
            bar = ProgressBar(100, done, complete_style="yellow", finished_style="green") if progress else ""
            grid.add_row(*map(Text, place), bar, Text(progress), Text(why))
        if version.regions:
            shown.append(Padding(grid, (0, 0, 0, 2)))
    lines = [Text(line, colours[each.outcome]) for each in beside for line in each.lines]
    lines += map(Text, _way_out(beside))
    return Group(*shown, *lines, Text(), Text(_summary(versions)), *([Text(trouble, "red")] if trouble else []))


def _rows(version: VersionStatus) -> list[list[str]]:
    """The version as the table's rows, one for each region."""
    state = version.state or "not published yet"
    state += "" if version.declared else ", not in the data file"
    rows = [
        [
            version.name,
            state,
            each.region,
            each.state or "not there yet",
            f"{each.progress}%" if each.state else "",
            each.details,
        ]
        for each in version.regions
    ]
    return rows or [[version.name, state, "", "", "", ""]]


def _way_out(beside: list[SharingStatus | Others]) -> list[str]:
    """What to do about that which nobody declared, if there is something."""
    from config.azure.undeclared import WAY_OUT

    return (
        [f"What nobody declared: {WAY_OUT}"] if any(isinstance(e, Others) and not e.of.allowed for e in beside) else []
    )


def _summary(versions: list[VersionStatus]) -> str:
    declared = [version for version in versions if version.declared]
    counts = {
        "done": sum(version.outcome == "done" for version in declared),
        "failed": sum(version.outcome == "failed" for version in declared),
        "under way": sum(version.outcome == "running" and version.state is not None for version in declared),
        "not published yet": sum(version.state is None for version in declared),
    }
    told = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    return f"{count(len(declared), 'version')} in the data file: {told or 'nothing to look at'}"


def _tell(trouble: str) -> None:
    if trouble:
        print(f"gallery: {trouble}", file=sys.stderr, flush=True)


def _narrowed(looks: Iterable[Look], options: argparse.Namespace, stack: "Stack") -> Iterator[Look]:
    """What the options leave of each look. Raises CommandError where nothing has a name that they say: who waits for it
    would wait for nothing.
    """
    for versions, trouble, beside in looks:
        seen: list[VersionStatus | Others] = [*versions, *(each for each in beside if isinstance(each, Others))]
        for option in ("image", "version"):
            if (wanted := getattr(options, option)) is not None:
                names = [getattr(each, option) for each in seen]
                fit = [fnmatchcase(name.lower(), wanted.lower()) for name in names]
                if not any(fit):
                    raise _nothing(option, wanted, names)
                seen = [*compress(seen, fit)]
        versions = [each for each in seen if isinstance(each, VersionStatus)]
        if options.region is not None:
            places = {version: _places(version, stack) for version in versions}
            versions = [version for version in versions if options.region in places[version]]
            if not versions:
                raise _nothing("region", options.region, [name for names in places.values() for name in names])
            versions = [replace(v, regions=tuple(r for r in v.regions if r.region == options.region)) for v in versions]
        outcomes = (options.outcome,) if options.outcome else EXIT
        others = [each for each in seen if isinstance(each, Others) and each.outcome in outcomes]
        whole = not any((options.image, options.version, options.outcome))
        yield [each for each in versions if each.outcome in outcomes], trouble, beside if whole else [*others]


def _places(version: VersionStatus, stack: "Stack") -> list[str]:
    """The regions of a version: Azure's and the data file's, or of one that isn't published yet, the data file's."""
    return [each.region for each in version.regions] or _wanted(_declared(stack, *version.place))


def _nothing(option: str, wanted: str, names: Iterable[str]) -> CommandError:
    """Why an option is wrong that nothing fits, with what was probably meant, or what is there."""
    from config.azure.words import some
    from config.model import nearest

    there = [*dict.fromkeys(filter(None, names))]
    meant = nearest(wanted, there, 0.85)
    hint = f"did you mean {meant}?" if meant else f"found {some(there)}" if there else "there is none"
    return CommandError(f"no {option} fits {wanted!r}: {hint}")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected seconds: more than 0, and at most 3600")
    return seconds


def _region(text: str) -> str:
    from config.regions import normalised

    return normalised(text)
