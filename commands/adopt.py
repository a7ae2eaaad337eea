"""Writes data files for galleries that exist: `galleries/<stack>.yaml`, the definitions that stacks share, and
`Pulumi.<stack>.yaml`. It reads Azure and changes nothing there; what is written already stays as it is. Then
`gallery import` takes what is there into the engine's state.
"""

import argparse
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from commands.azure_client import ENVIRONMENT, Unreachable, connection
from commands.common import CommandError, checked_stack, count

if TYPE_CHECKING:
    from commands.inventory import Place
    from commands.progress import Progress
    from config import Stack
    from config.azure.adoption import Adoption
    from config.azure.inventory import Inventory
    from config.model import Raw
    from config.yaml_edit import Edit
    from config.yaml_reader import Document

HELP = "data files for galleries that exist"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stack", metavar="STACK", help="the stack whose files are written, be they there or not")
    parser.add_argument(
        "galleries", metavar="GALLERY_ID", nargs="*", default=[], help="the id of a gallery; without any, all are"
    )
    parser.add_argument("--resource-group", metavar="NAME", help="all galleries of this resource group")
    parser.add_argument("--subscription", metavar="ID", help="where to look, if Pulumi.<stack>.yaml doesn't say it")
    parser.add_argument("--dry-run", action="store_true", help="print what would be written, and write nothing")


def run(options: argparse.Namespace, root: Path) -> int:
    """Exit status 0 when the files say what Azure has, 1 where a file says something else, which is told. Raises
    CommandError where nothing can be read or written.
    """
    from commands.progress import Progress

    stack = _stack_name(options.stack)
    files = Files(stack, root)
    places, subscription = _places(options, stack, root)
    with Progress() as progress:
        inventory = _read(options, stack, root, places, subscription, progress)
    draft = _draft(files, inventory)
    nothing = files.data is None and not draft.adoption.counts["gallery"]
    new = [] if nothing else [file for file in draft.files if file.before != file.after]
    for file in new:
        if options.dry_run:
            print(file.difference, end="")
        else:
            file.write()
            print(f"wrote {file.name}{file.summary}")
    _tell(draft, inventory)
    if nothing:
        raise CommandError("nothing is left to adopt: nothing was written")
    if new:
        begun = files.settings_name not in [file.name for file in new]
        print(f"Next: {'' if begun else f'pulumi stack init {stack}, unless it is there, and '}gallery import {stack}.")
    else:
        print("Nothing new: no file was changed.")
    return 1 if draft.adoption.conflicts else 0


@dataclass(frozen=True)
class File:
    """A file of the project, before (None: it isn't there) and after."""

    root: Path
    name: str
    before: str | None
    after: str
    summary: str = ""

    @property
    def difference(self) -> str:
        """What is new in it, as a patch; a new file as it is."""
        if self.before is None:
            return f"# {self.name}\n{self.after}\n"
        before, after = (text.splitlines(keepends=True) for text in (self.before, self.after))
        return "".join(difflib.unified_diff(before, after, self.name, self.name))

    def write(self) -> None:
        """In one step: whoever interrupts it has the old file or the new one."""
        path = self.root / self.name
        path.parent.mkdir(exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        mark = "\ufeff" if self.before is not None and path.read_bytes().startswith(b"\xef\xbb\xbf") else ""
        new.write_bytes((mark + self.after).encode())
        new.replace(path)


class Files:
    """The stack's files as they are. Raises CommandError where they have errors."""

    def __init__(self, stack: str, root: Path) -> None:
        from config.load import FOLDER, SHARED

        self.stack, self.root = stack, root
        self.data_name, self.settings_name = f"{FOLDER}/{stack}.yaml", f"Pulumi.{stack}.yaml"
        self.means: Stack | None = checked_stack(stack, root) if (root / self.data_name).exists() else None
        self.data, self.shared = (self._document(name) for name in (self.data_name, SHARED))

    def _document(self, name: str) -> "Document | None":
        from config import Diagnostic
        from config.yaml_reader import parse

        path = self.root / name
        if not path.exists():
            return None
        found = parse(name, path.read_bytes())
        if isinstance(found, Diagnostic):
            raise CommandError(str(found))
        return found

    @property
    def written(self) -> "Raw | None":
        return self.data.value if self.data else None

    @property
    def definitions(self) -> "Raw":
        found = self.shared.value.get("images") if self.shared else None
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Draft:
    """What is to be written, and what was found."""

    files: tuple[File, ...]
    adoption: "Adoption"


def _draft(files: Files, inventory: "Inventory") -> Draft:
    """The files, such that they have no errors: what a rule refuses Azure has all the same, and what can't be said at
    all is left out.
    """
    from config.azure.adoption import adopt

    names: dict[str, None] = {}
    inline: set[str] = set()
    without = _taken(files, inventory)
    while True:
        adoption = adopt(
            inventory,
            files.written,
            files.definitions,
            files.means,
            as_in_azure=[*names],
            inline=frozenset(inline),
            without=without,
        )
        draft = Draft(tuple(_texts(files, adoption, inventory)), adoption)
        objections = dict(_objections(files, draft))
        if not objections:
            return draft
        for (file, name), message in objections.items():
            if file == "shared":
                inline.add(name)
            elif name and name not in names:
                names[name] = None
            elif name and name not in without:
                without[name] = message
                names.pop(name)
            else:
                raise CommandError(f"what Azure has can't be written: {name or files.data_name}: {message}")


def _texts(files: Files, adoption: "Adoption", inventory: "Inventory") -> Iterator[File]:
    from config.load import SHARED

    told = ", ".join(count(number, noun) for noun, number in adoption.counts.items())
    about = f"What Azure had in the subscription {inventory.subscription} on {datetime.now(UTC):%Y-%m-%d}."
    if adoption.stack:
        yield _text(files, files.data_name, files.data, adoption.stack, "stack", about, f": {told}")
    if adoption.shared:
        summary = f": {count(len(adoption.shared), 'definition')}"
        about = "Image definitions that stacks share; a stack's entry of the same name uses one."
        yield _text(files, SHARED, files.shared, adoption.shared, "images", about, summary)
    if not (files.root / files.settings_name).exists():
        yield File(files.root, files.settings_name, None, _settings(files.stack, inventory.subscription))


def _text(
    files: Files, name: str, there: "Document | None", edits: "list[Edit]", schema: str, about: str, summary: str
) -> File:
    from config.yaml_edit import CannotEdit, Put, edited, entry, whole

    if there is None:
        head = [f"# yaml-language-server: $schema=../config/schema/{schema}.json", f"# {about}"]
        lines = whole([each for each in edits if isinstance(each, Put)])
        if "galleries:" in lines[1:]:
            lines.insert(lines.index("galleries:"), "")
        return File(files.root, name, None, "\n".join([*head, *lines, ""]), summary)
    try:
        return File(files.root, name, there.text, edited(there.text, edits, name), summary)
    except CannotEdit as error:
        paste = "\n\n".join(map(entry, edits))
        raise CommandError(f"{name} can't be edited, since {error}. What is missing there:\n\n{paste}") from None


def _settings(stack: str, subscription: str) -> str:
    """A stack's file for Pulumi."""
    import os

    lines = [f"# Where stack {stack} lives. What it holds is in galleries/{stack}.yaml.", "config:"]
    lines.append(f"  azure-native:subscriptionId: {subscription}")
    cloud = next(filter(None, map(os.environ.get, ENVIRONMENT)), "")
    lines += [f"  azure-native:environment: {cloud}"] if cloud and cloud.lower() != "public" else []
    return "\n".join([*lines, ""])


def _objections(files: Files, draft: Draft) -> Iterator[tuple[tuple[str, str], str]]:
    """What rules say against the files to be: by where (shared definitions, or the stack's file) and by name."""
    from config.load import SHARED, objections

    texts = {file.name: file.after for file in draft.files}
    own = texts.get(files.data_name, files.data.text if files.data else "")
    shared = texts.get(SHARED, files.shared.text if files.shared else "")
    if own:
        yield from objections(own, shared)
    if SHARED in texts:
        for other in _changed_by(files, shared):
            yield ("shared", other), "it would change another stack"


def _changed_by(files: Files, shared: str) -> Iterator[str]:
    """The images that another stack has, and that would be others with these shared definitions."""
    import config
    from config.cascade import effective
    from config.yaml_reader import Document, parse

    after = parse("", shared.encode())
    assert isinstance(after, Document), "it has been read already"
    definitions = after.value["images"]
    for stack in config.stacks(files.root):
        path = files.root / "galleries" / f"{stack}.yaml"
        found = parse(path.name, path.read_bytes()) if stack != files.stack else None
        if not isinstance(found, Document):
            continue
        for name in definitions.keys() - files.definitions.keys():
            changed = {**files.definitions, name: definitions[name]}
            if effective(found.value, changed) != effective(found.value, files.definitions):
                yield name


def _taken(files: Files, inventory: "Inventory") -> dict[str, str]:
    """The galleries that another stack's file has already, in the same subscription."""
    import config
    from config.cross_stack import subscriptions
    from config.yaml_reader import Document, parse

    found: dict[str, str] = {}
    of_stacks = subscriptions(files.root)
    for stack in config.stacks(files.root):
        if stack == files.stack or of_stacks.get(stack) != inventory.subscription.lower():
            continue
        path = files.root / "galleries" / f"{stack}.yaml"
        document = parse(path.name, path.read_bytes())
        galleries = document.value.get("galleries") if isinstance(document, Document) else None
        for name in galleries if isinstance(galleries, dict) else ():
            if held := inventory.gallery(name):
                found[held.name] = f"the stack {stack} has it"
    return found


def _stack_name(text: str) -> str:
    from pydantic import TypeAdapter, ValidationError

    from config.model import violations
    from config.types import StackName

    name = Path(text).stem if text.endswith(".yaml") else text
    try:
        return str(TypeAdapter(StackName).validate_python(name))
    except ValidationError as error:
        raise CommandError(violations(error)[0].message) from None


def _places(options: argparse.Namespace, stack: str, root: Path) -> "tuple[list[Place] | None, str]":
    """Which galleries are meant (None: all that are found), and the subscription that the options name, if any."""
    from commands.inventory import Place
    from config.cross_stack import subscriptions
    from config.ids import ResourceId

    found: list[Place] = []
    named = {options.subscription.lower(): options.subscription} if options.subscription else {}
    for text in options.galleries:
        parsed = ResourceId.parse(text)
        if parsed is None or not parsed.is_of("Microsoft.Compute/galleries"):
            form = "/subscriptions/<guid>/resourceGroups/<group>/providers/Microsoft.Compute/galleries/<name>"
            raise CommandError(f"{text!r} is no id of a gallery: expected {form}")
        found.append(Place(parsed.group, parsed.names[0]))
        named.setdefault(parsed.subscription.lower(), parsed.subscription)
    if found and options.resource_group:
        raise CommandError("either ids of galleries or --resource-group, not both")
    if len(named) > 1:
        raise CommandError(f"a stack is in one subscription, not in {' and '.join(named.values())}")
    subscription = next(iter(named.values()), "")
    settled = subscriptions(root).get(stack)
    if subscription and settled and settled != subscription.lower():
        raise CommandError(f"Pulumi.{stack}.yaml says the subscription {settled}, not {subscription}")
    return found or None, subscription


def _read(
    options: argparse.Namespace,
    stack: str,
    root: Path,
    places: "list[Place] | None",
    subscription: str,
    progress: "Progress",
) -> "Inventory":
    from commands.inventory import read
    from commands.resource_manager import ResourceManager

    try:
        manager = ResourceManager(connection(stack, root, subscription), progress.waits)
        found = read(manager, places, group=options.resource_group or "", progress=progress)
    except Unreachable as error:
        raise CommandError(str(error)) from None
    missing = [each.name for each in places or () if found.gallery(each.name) is None]
    if missing:
        raise CommandError(f"there is no gallery {' and no gallery '.join(missing)} at that id")
    if not found.galleries:
        group = f"the resource group {options.resource_group}" if options.resource_group else ""
        raise CommandError(f"there is no gallery in {group or f'the subscription {found.subscription}'}")
    return found


def _tell(draft: Draft, inventory: "Inventory") -> None:
    found = draft.adoption
    parts: Mapping[str, list[str]] = {
        "Not managed, as a data file has no words for it": [*map(str, found.unmanaged)],
        "Left out": found.skipped,
        "Not read": [*inventory.unread],
        "Different in Azure, and left as it is written": found.conflicts,
    }
    for title, lines in parts.items():
        if lines:
            print("\n".join([f"\n{title}:", *(f"  {line}" for line in lines)]))
    print(f"\nRead with {count(inventory.requests, 'request')}.")
