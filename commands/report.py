"""A preview in the words of the domain, as Markdown for a pull request.

It reads what `pulumi preview --json --show-sames` prints from standard input, and the stack's data file for what may be
deleted. What `pulumi refresh --preview-only --json` prints becomes a report about drift.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from commands.common import CommandError, count, invalid_stack
from commands.markdown import code, escaped, value

if TYPE_CHECKING:
    from commands.preview import Preview, Step
    from config import Stack
    from config.azure.inventory import Beside
    from config.azure.undeclared import Undeclared
    from config.azure.view import View

HELP = "a preview as Markdown: what happens to images, regions and replicas, and what would be destroyed"

LONGEST = 60_000
"""Characters of a report. A comment on GitHub holds 65,536."""
PLACES = (
    "publishingProfile.targetRegions",
    "publishingProfile.targetExtendedLocations",
    "publishingProfile.replicaCount",
    "publishingProfile.excludeFromLatest",
)
"""What a report tells region by region."""
IN_GALLERIES = ("gallery", "sharing", "image", "version")
"""What is told gallery by gallery."""
WORDS = {"create": "new", "update": "changed", "delete": "deleted", "replace": "replaced"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--guard",
        action="store_true",
        help="fail if the preview was refused, or if it deletes or replaces a gallery, an image or a version that the "
        "data file doesn't name under allowDeletion",
    )
    parser.add_argument(
        "--azure",
        action="store_true",
        help="ask Azure, too: what it holds beside the stack's own in what would be deleted, and in a refresh, which "
        "definitions and versions no data file has",
    )


def run(options: argparse.Namespace, root: Path) -> int:
    """Exit status 1 where the guard refuses, or where Azure has what nobody declared, with the reason on standard
    error, too.
    """
    from commands import preview
    from config.azure.words import listed

    if sys.stdin and sys.stdin.isatty():  # there is none where it was closed
        raise CommandError("standard input is a terminal: pipe `pulumi preview --json --show-sames` into this command")
    found = preview.read(sys.stdin.buffer.read().decode("utf-8", errors="replace") if sys.stdin else "")
    if found.refresh and options.guard:
        raise CommandError("--guard is for the preview of an update, and standard input is that of a refresh")
    if options.guard and not (found.complete or found.errors):
        raise CommandError("--guard wants to see what stays, too: make the preview with --show-sames")
    asks = options.azure and found.refresh
    stack = _data(found, root, asks) if asks or (found.changes and not found.refresh) else None
    azure = _asked(found, stack, root) if options.azure else Azure()
    print("\n".join(_shortened("\n".join(report(found, stack, azure)).split("\n"))))
    refused = [*found.errors, *(f"nothing allows the deletion of {step.name}" for step in undeclared(found, stack))]
    refused += [f"Azure refuses to delete {name} while there is {listed(what)}" for name, what in azure.blocks.items()]
    if options.guard and refused:
        print(f"gallery report: the guard refuses this: {'; '.join(refused)}", file=sys.stderr)
        return 1
    if faults := [each.sentence for each in azure.undeclared if not each.allowed]:
        print(f"gallery report: {'; '.join(faults)}", file=sys.stderr)
        return 1
    return 0


@dataclass(frozen=True)
class Azure:
    """What Azure has beside what data files and state know, as far as it was asked."""

    beside: "Mapping[str, Sequence[Beside]]" = field(default_factory=dict)
    """In what would be destroyed, by its name."""
    undeclared: "Sequence[Undeclared]" = ()
    unread: "Sequence[str]" = ()
    """What of that isn't known, and why."""

    @property
    def blocks(self) -> dict[str, list[str]]:
        """What Azure refuses the deletion for, in words, by the name of what would be deleted."""
        found = {name: [each.what for each in several if each.blocks] for name, several in self.beside.items()}
        return {name: several for name, several in found.items() if several}


def report(preview: "Preview", stack: "Stack | None", azure: Azure | None = None) -> Iterator[str]:
    """The report, in pieces of one or more lines; `stack` is what the data file says, where that matters."""
    from commands.access import access
    from config.azure.undeclared import WAY_OUT

    azure = azure or Azure()
    protection = [*_protection(preview)]
    if not preview.changes and not preview.errors and not azure.undeclared and not protection:
        yield f"Stack {preview.stack}: {'Azure is as the stack left it' if preview.refresh else 'nothing to do'}."
        return
    yield f"### Stack {preview.stack}: {_summary(preview, azure)}"
    yield from (f"\n{line}" for line in (*access(preview, stack), *protection))
    yield from (f"\n**{escaped(each.sentence)}**." for each in azure.undeclared)
    if any(not each.allowed for each in azure.undeclared):
        yield f"\nWhat nobody declared: {WAY_OUT}."
    yield from (f"\n**{'Failed' if preview.refresh else 'Refused'}: {escaped(error)}**" for error in preview.errors)
    if any(error.endswith(("because it is protected.", "marked for protection.")) for error in preview.errors):
        yield "\nWhat is protected is first retired (`retired: true`) or released (`protect: false`), and that applied."
    if not preview.refresh:
        yield from (f"\n{line}" for line in _destructions(preview, stack, azure))
    yield from (f"\nNote: {escaped(note)}" for note in preview.notes)
    if moves := _moves(preview):
        yield f"\n{moves}"
    for name, steps in _by_image(preview).items():
        yield f"\n#### {name}\n"
        yield from (f"- {_told(step)}" for step in steps)
        if not preview.refresh and any(step.kind == "version" for step in steps):
            yield from _latest(name, preview)
    if others := [step for step in preview.changes if step.kind not in IN_GALLERIES]:
        yield "\n#### Beside the galleries\n"
        yield from (f"- {_told(step)}" for step in others)
    if preview.stopped:
        yield "\nThe preview stopped there: there may be more to come."
    if preview.refresh and preview.changes:
        yield "\n`pulumi refresh` takes this into the state; the next `pulumi up` brings back what the data file says."


def undeclared(preview: "Preview", stack: "Stack | None") -> list["Step"]:
    """What would be destroyed without being declared; where one holds others, it alone."""
    from config.azure.plan import declared

    return [] if preview.refresh else [step for step in preview.causes if not declared(step.old, stack)]


def _data(preview: "Preview", root: Path, needed: bool) -> "Stack | None":
    """What the data file says; it may be wrong where nothing depends on it."""
    import config

    checked = config.check(preview.stack, root)
    if checked.stack is None and (needed or (preview.destroyed and not preview.errors)):
        raise invalid_stack(preview.stack, checked)
    return checked.stack


def _asked(preview: "Preview", stack: "Stack | None", root: Path) -> Azure:
    """What Azure has beside; what is beside in what goes may stay unknown, which is told then."""
    from commands.beside import in_what_goes, nobodys

    if preview.refresh:
        return Azure(undeclared=nobodys(preview, stack, root) if stack else ())
    try:
        beside, unread = in_what_goes(preview, root)
        return Azure(beside, unread=unread)
    except CommandError as error:
        return Azure(unread=[str(error)])


def _summary(preview: "Preview", azure: Azure) -> str:
    """What happens to how many of the things that matter most."""
    if preview.errors:
        return "the refresh failed" if preview.refresh else "refused"
    others = f"{count(len(azure.undeclared), 'thing')} that no data file has" if azure.undeclared else ""
    if others and not preview.changes:
        return others
    told = ""
    steps = [*preview.changes, *(step for step in preview.destroyed if step.operation == "same")]
    for kind in ("gallery", "image", "version"):
        words = [_word(step) for step in steps if step.kind == kind]
        if words:
            told = ", ".join(f"{count(words.count(word), kind)} {word}" for word in dict.fromkeys(words))
    kinds = [step.kind for step in preview.changes]
    if not told and (shared := kinds.count("sharing")):
        told = f"whom {count(shared, 'gallery')} {'is' if shared == 1 else 'are'} shared with"
    elif not told:
        told = "who has a role" if "role assignment" in kinds else "something beside the galleries"
    if not kinds:
        told = "what is protected"
    if others:
        told = f"{told}; {others}"
    return f"changed behind the engine's back: {told}" if preview.refresh else told


def _word(step: "Step") -> str:
    if step.kind == "version" and step.operation == "create":
        return "published"
    return "retired" if step.retires else WORDS.get(step.operation, "deleted with the resource group")


def _protection(preview: "Preview") -> Iterator[str]:
    """Of what stays, what the engine's protection ends of, in bold, and what it begins of; what holds others stands for
    them.
    """
    from config.azure.words import listed, some

    for move in ("ends", "begins"):
        steps = [step for step in preview.steps if step.protection == move]
        told = []
        for step in (step for step in steps if not any(other.holds(step) for other in steps)):
            kinds = [each.kind for each in steps if step.holds(each)]
            inside = [count(kinds.count(kind), kind) for kind in IN_GALLERIES if kind in kinds]
            told.append(f"{step.kind} {escaped(step.name)}{f' with {listed(inside)}' if inside else ''}")
        if told:
            line = f"Protection {move}: {some(told)}"
            yield f"**{line}**." if move == "ends" else f"{line}."


def _destructions(preview: "Preview", stack: "Stack | None", azure: Azure) -> Iterator[str]:
    """In bold, what goes with all that it holds, and whether somebody declared it."""
    import config
    from config.azure.plan import declared
    from config.azure.words import some

    missing = undeclared(preview, stack)
    for step in preview.causes:
        how = ", retired before" if step.old.retired else ", as the data file allows"
        told = f"**{_fate(step)}: {step.kind} {escaped(step.name)}{_loss(step, preview)}**"
        yield f"{told}{how if declared(step.old, stack) else ''}."
        if several := azure.beside.get(step.name):
            goes = "which goes with it" if step.kind == "resource group" else "which isn't the stack's"
            told = escaped(some([each.what for each in several]))
            yield f"**In {escaped(step.name)} Azure holds besides, {goes}: {told}**."
    for reason in azure.unread:
        yield f"**What Azure holds there beside the stack's own isn't all known: {escaped(reason)}**."
    for name in azure.blocks:
        yield f"**Azure refuses to delete {escaped(name)} until that is gone**; what is in it would be deleted before."
    if missing and stack:
        keys = {"allowDeletion": [step.name for step in missing if step.kind != "resource group"]}
        keys["allowResourceGroupDeletion"] = [step.name for step in missing if step.kind == "resource group"]
        lines = " and ".join(f"`{key}: [{', '.join(names)}]`" for key, names in keys.items() if names)
        yield f"**The data file doesn't allow that.** If it is meant, write {lines} in galleries/{preview.stack}.yaml."
    names = [step.name for step in preview.destroyed]
    unused = [a for a in (stack.allow_deletion if stack else ()) if not any(config.contains(a, name) for name in names)]
    if unused and not preview.errors:
        yield f"allowDeletion names what this change doesn't delete: {', '.join(unused)}."


def _fate(step: "Step") -> str:
    fates = {"delete": "Deleted", "replace": "Replaced (deleted, then made anew)"}
    return fates.get(step.operation, "Deleted with its resource group")


def _loss(step: "Step", preview: "Preview") -> str:
    """The versions and replicas that go with what is destroyed."""
    inside = [each for each in preview.destroyed if each is step or step.holds(each)]
    versions = [each for each in inside if each.kind == "version"]
    if not versions:
        return ""
    regions = {place for version in versions for place in version.old.placements}
    replicas = sum(version.old.replicas for version in versions)
    held = "" if step.kind == "version" else f"its {count(len(versions), 'version')}, "
    return f", with {held}{count(replicas, 'replica')} in {count(len(regions), 'region')}"


def _moves(preview: "Preview") -> str:
    """Regions and replicas that come and go; of a replaced version all of them go, and come again."""
    regions, replicas = [0, 0], [0, 0]
    versions = preview.of("version")
    for step in versions:
        anew = step.operation == "replace"
        for place in {**step.old.placements, **step.new.placements}:
            was, will = (
                state.placements[place].replicas if place in state.placements else 0 for state in (step.old, step.new)
            )
            come, go = (will, was) if anew else (max(will - was, 0), max(was - will, 0))
            replicas = [replicas[0] + come, replicas[1] + go]
            regions = [regions[0] + (not was or (anew and will > 0)), regions[1] + (not will or (anew and was > 0))]
    if not any(regions + replicas):
        return ""
    moved = f"Regions of versions: +{regions[0]} −{regions[1]}. Replicas: +{replicas[0]} −{replicas[1]}"  # noqa: RUF001
    if not preview.complete:
        return f"{moved}."
    before, after = sum(step.old.replicas for step in versions), sum(step.new.replicas for step in versions)
    return f"{moved}, from {before} to {after} in all."


def _by_image(preview: "Preview") -> dict[str, list["Step"]]:
    """The changes of each gallery, and of each image with its versions."""
    found: dict[str, list[Step]] = {}
    for step in preview.changes:
        if step.kind in IN_GALLERIES:
            found.setdefault("/".join(step.name.split("/")[:2]), []).append(step)
    return dict(sorted(found.items()))


def _told(step: "Step") -> str:
    """A change in a line."""
    from commands.access import on

    if step.kind == "version":
        what, more = step.name.split("/")[-1], _publication(step.new) if step.new.inputs else ""
    elif step.kind == "sharing":
        what, more = "sharing", ""
    elif step.kind in ("gallery", "image"):
        what, more = step.kind, _definition(step.new) if step.kind == "image" else ""
    elif step.kind in ("lock", "role assignment"):
        there = step.new if step.new.inputs else step.old
        level = f" ({there['level']})" if step.kind == "lock" and step.operation != "update" else ""
        what, more = f"{step.kind} {escaped(f'{step.key}{level} on {on(step)}')}", ""
    else:
        noun = step.kind if step.kind == "resource group" else step.token.split(":")[-1]
        what, more = f"{noun} {escaped(step.name)}", ""
    if step.operation == "update":
        more = ": " + "; ".join(_differences(step))
    elif step.kind == "version" and step.operation == "replace":
        more += "; captured anew from what its source is today"
    return f"{_word(step)}: {what}{more if step.operation != 'delete' else ''}"


def _publication(new: "View") -> str:
    """Where a version comes from, and where it goes."""
    what, *disks = new.sources.values()
    where = ", ".join(f"{place} {each.replicas} {each.storage}" for place, each in new.placements.items())
    skipped = "" if any(map(new.eligible, (None, *new.placements))) else "; `latest` skips it"
    more = f" and {count(len(disks), 'data disk')}" if disks else ""
    many = f"{count(new.replicas, 'replica')} in {count(len(new.placements), 'region')}"
    return f" from {value(what)}{more}, {many}: {where}{skipped}"


def _definition(new: "View") -> str:
    what = (new[path] for path in ("osType", "osState", "hyperVGeneration", "architecture"))
    identifier = "/".join(str(new[f"identifier.{part}"]) for part in ("publisher", "offer", "sku"))
    return f" of {escaped(identifier)}: {', '.join(escaped(str(each)) for each in what if each)}"


def _differences(step: "Step") -> Iterator[str]:
    """What changes in place: of a version region by region, then property by property."""
    from config.azure.words import in_words

    if step.kind == "sharing":
        yield from _moves_of_access(step)
        return
    if step.leaves_latest:
        yield "`latest` skips it from now on"
    elif step.retires:
        yield "`latest` skips it already"
    elif step.old.retired and not step.new.retired:
        yield "no longer retired"
    yield from (line for place in {**step.old.placements, **step.new.placements} for line in _placement(place, step))
    for each in step.differences:
        if not each.changed.path.startswith(PLACES):
            before, after = in_words(each)
            yield f"`{each.subject}`: {code(before)} → {code(after)}"
    if not step.differences and step.old.retired == step.new.retired:
        same = "" if step.kind == "other" else ", which is the same to Azure"
        found = ((re.sub(r"\[\d+\]", "[]", path), value(was), value(will)) for path, was, will in step.spellings)
        for path, was, will in dict.fromkeys(found):
            yield f"`{path}`: {was} → {will}{same}"


def _moves_of_access(step: "Step") -> Iterator[str]:
    from commands.access import shared

    for sign, whom in zip("+−", shared(step), strict=True):  # noqa: RUF001
        if whom:
            yield f"{sign} {whom.in_words}"
    if unfinished := step.outputs.get("unfinished"):
        yield escaped(str(unfinished))


def _placement(place: str, step: "Step") -> Iterator[str]:
    was, will = step.old.placements.get(place), step.new.placements.get(place)
    if not was or not will:
        there = was or will
        assert there
        yield f"{place} {'goes' if was else 'comes'} with {count(there.replicas, 'replica')} ({there.storage})"
        return
    if was.replicas != will.replicas:
        yield f"{place}: {was.replicas} → {will.replicas} replicas"
    if was.storage != will.storage:
        yield f"{place}: {was.storage} → {will.storage}"
    eligible = step.new.eligible(place)
    if eligible != step.old.eligible(place) and not step.leaves_latest:
        yield f"{place}: `latest` {'considers' if eligible else 'skips'} it"


def _latest(image: str, preview: "Preview") -> Iterator[str]:
    """What `latest` becomes; regions of which the same is true share a row."""
    from config import contains

    if not preview.complete:
        if not preview.errors:
            yield "- what `latest` becomes isn't known: the preview was made without `--show-sames`"
        return
    rows: dict[tuple[str | None, str | None], list[str]] = {}
    for place, meant in preview.latest(image).items():
        rows.setdefault(meant, []).append(place or "overall")
    if all(was == will for was, will in rows):
        stays = "; ".join(f"{was} ({', '.join(places)})" for (was, _), places in rows.items())
        anew = any(step.operation == "replace" and contains(image, step.name) for step in preview.of("version"))
        meanwhile = ", but for the time in which versions are made anew" if anew else ""
        yield f"- `latest` stays as it is{meanwhile}: {stays or 'none'}"
        return
    yield "\n| `latest` | before | after |\n|---|---|---|"
    for (was, will), places in rows.items():
        yield f"| {', '.join(places)} | {was or 'none'} | {will or 'none'} |"


def _shortened(lines: list[str]) -> Iterator[str]:
    length = 0
    for index, line in enumerate(lines):
        length += len(line) + 1
        if length > LONGEST:
            yield f"\n… and {count(len(lines) - index, 'more line')}: the preview itself has them."
            return
        yield line
