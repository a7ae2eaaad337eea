"""What Azure advises where the replication of a version to a region has failed, as the change to the data file.

Azure's own words, in the error of such an operation: "If retry does not work, then please do an update by removing the
failed regions and update again by adding them back." (azure-cli issue 15539)
"""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commands.show import written
from config import Diagnostic, Stack
from config.replication import region_name, written_regions
from config.yaml_edit import CannotEdit, Edit, Put, Remove, edited
from config.yaml_reader import parse
from config.yaml_text import flow

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
    kept = {key: each for key, each in written(version.replication.regions).items() if key not in failed}
    try:
        changed = edited(text, [*_edits(text, path, kept, failed)])
    except CannotEdit:
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


def _edits(text: str, path: tuple[str, ...], kept: dict[str, Any], failed: list[str]) -> Iterator[Edit]:
    """Has a version leave some regions, as it then may: its own ones, or those that it keeps of the inherited ones."""
    found = parse("", text.encode())
    own: Any = None if isinstance(found, Diagnostic) else found.value
    for step in (*path, "replication", "regions"):
        own = own.get(step) if isinstance(own, dict) else None
    if own is None:
        yield Put((*path, "replication", "regions"), kept)
    else:
        gone = [key for key, entry in written_regions(own) if region_name(key, entry) in failed]
        yield from (Remove((*path, "replication", "regions", key)) for key in reversed(gone))
    yield Put((*path, *PERMISSION), True)
