"""What Azure advises where the replication of a version to a region has failed, as the change to the data file.

Azure's own words, in the error of such an operation: "If retry does not work, then please do an update by removing the
failed regions and update again by adding them back." (azure-cli issue 15539)
"""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from commands.reference import last_line
from commands.show import written
from config import Diagnostic, Stack, Version
from config.replication import region_name, written_regions
from config.yaml_reader import parse
from config.yaml_text import flow

Edit = tuple[int, int, str]
"""Two positions in a text, and what is to stand between them."""

PERMISSION = ("safetyProfile", "allowDeletionOfReplicatedLocations")


def advice(name: str, root: Path, stack: Stack, place: tuple[str, str, str], failed: list[str]) -> str:
    """What to do about a version, by gallery, image and number, of the data file of the stack `name`, whose replication
    failed in some regions, by name; without any, the version failed as a whole.
    """
    gallery, image, number = place
    version = stack.galleries[gallery].images[image].versions[number]
    title = f"{'/'.join(place)} failed{' in ' if failed else ''}{', '.join(failed)}."
    if not failed:
        return f"{title} `pulumi up --stack {name}` says why, and tries again."
    if version.location.name in failed:
        home = f"{version.location.name} is its own region, which can't be taken out"
        return f"{title} {home}: publish another version, or delete this one and publish it anew."
    file = f"galleries/{name}.yaml"
    text = (root / file).read_text(encoding="utf-8")
    path = ("galleries", gallery, "images", image, "versions", number)
    changed = without(text, path, version, failed)
    if changed is None:
        kept = {key: each for key, each in written(version.replication.regions).items() if key not in failed}
        change = f"  safetyProfile: {{{PERMISSION[1]}: true}}\n  replication: {{regions: {flow(kept)}}}"
        where = f"On the version, in {file}, write"
    else:
        before, after = text.splitlines(), changed.splitlines()
        change = "\n".join(difflib.unified_diff(before, after, file, file, lineterm=""))
        where = f"In {file}, the permission to leave a region included"
    return (
        f"{title} Azure advises to take the region out, apply, and put it back. {where}:\n\n{change}\n\n"
        f"Then `pulumi up --stack {name}`, take this change back, and `pulumi up --stack {name}` again."
    )


def without(text: str, path: tuple[str, ...], version: Version, failed: list[str]) -> str | None:
    """A data file whose version at `path` leaves some regions, as it may; all else stays as it is written.

    None where that can't be done in place, as where several versions are written once, by an alias.
    """
    wanted = _value(text)
    node, inside = yaml.compose(text), wanted
    for step in path:
        node, inside = _at(node, step), inside[step]
    kept = {key: each for key, each in written(version.replication.regions).items() if key not in failed}
    edits = [*_leave(node, text, kept, failed), *_permit(node)]
    changed = text
    for start, end, new in sorted(edits, reverse=True):
        changed = changed[:start] + new + changed[end:]
    # What is meant, by other means; then it is sure that nothing else has changed.
    replication = inside.setdefault("replication", {})
    own = replication.get("regions")
    if own is None:
        replication["regions"] = kept
    else:
        gone = [key for key, entry in written_regions(own) if region_name(key, entry) in failed]
        for key in reversed(gone):  # indexes of a list, or keys
            del own[key]
    inside.setdefault(PERMISSION[0], {})[PERMISSION[1]] = True
    return changed if _value(changed) == wanted else None


def _value(text: str) -> Any:
    """The values of a data file, each mapping and list on its own; None where it can't be read."""
    document = parse("", text.encode())
    return None if isinstance(document, Diagnostic) or document.diagnostics else json.loads(json.dumps(document.value))


def _leave(version: Any, text: str, kept: dict[str, Any], failed: list[str]) -> Iterator[Edit]:
    """Takes the failed regions out of a version's own regions, or writes those that it keeps of the inherited ones."""
    replication = _at(version, "replication")
    regions = _at(replication, "regions")
    if regions is None:
        entry = f"regions: {flow(kept)}"
        yield _added(version, f"replication: {{{entry}}}") if replication is None else _added(replication, entry)
        return
    pairs = regions.value if isinstance(regions, yaml.MappingNode) else [(item, item) for item in regions.value]
    staying = [(key, value) for key, value in pairs if region_name(0, key.value) not in failed]
    left, right = "{}" if isinstance(regions, yaml.MappingNode) else "[]"
    if regions.flow_style or not staying:
        items = (text[key.start_mark.index : value.end_mark.index] for key, value in staying)
        yield regions.start_mark.index, regions.end_mark.index, f"{left}{', '.join(items)}{right}"
        return
    for key, value in pairs:
        if (key, value) not in staying:
            yield _line(text, key.start_mark.line), _line(text, last_line(value) + 1), ""


def _permit(version: Any) -> Iterator[Edit]:
    profile = _at(version, PERMISSION[0])
    flag = _at(profile, PERMISSION[1])
    if flag is not None:
        yield flag.start_mark.index, flag.end_mark.index, "true"
    elif profile is not None:
        yield _added(profile, f"{PERMISSION[1]}: true")
    else:
        yield _added(version, f"{PERMISSION[0]}: {{{PERMISSION[1]}: true}}")


def _added(mapping: Any, entry: str) -> Edit:
    """An entry at the beginning of a mapping."""
    start = mapping.start_mark.index
    if mapping.flow_style:
        return start + 1, start + 1, f"{entry}{', ' if mapping.value else ''}"
    return start, start, f"{entry}\n{' ' * mapping.start_mark.column}"


def _at(mapping: Any, key: str) -> Any:
    """The node of a key; None where there is none."""
    pairs = mapping.value if isinstance(mapping, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _line(text: str, number: int) -> int:
    """Where a line begins, counted from 0."""
    return sum(map(len, text.splitlines(keepends=True)[:number]))
