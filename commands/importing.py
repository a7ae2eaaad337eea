"""Takes into the engine's state what the data files describe, Azure has and the state lacks: galleries that exist, what
a killed update left behind, versions that a build published. Data and Azure are compared first, and nothing is taken
that disagrees; afterwards a preview and a refresh show that nothing is left to change. Azure is read, never changed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.azure_client import Unreachable, connection
from commands.common import CommandError, count, load_stack

if TYPE_CHECKING:
    from commands.progress import Progress
    from config import Stack
    from config.azure.inventory import Held, HeldGallery, Inventory
    from config.azure.resources import Resource
    from config.azure.view import View

AT_ONCE = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""The engine writes its state once, at the end of an import, instead of after each resource: a thousand take seconds
instead of minutes. Nothing but the state is changed, so that an import that was interrupted is run again.
"""

HELP = "what Azure has of a stack and the engine's state lacks, taken into the state"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stack", metavar="STACK", help="the stack whose data files are gone by")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be taken over, and take nothing")


def run(options: argparse.Namespace, root: Path) -> int:
    """Exit status 0 when the state has all that Azure has of the stack, and a preview and a refresh show no change of
    it; 1 where data and Azure disagree, or the engine sees a change. Raises CommandError where the work can't be done.
    """
    from commands.progress import Progress

    name, stack = load_stack(options.stack, root)
    with Progress() as progress:
        engine = Engine(name, root, progress)
        try:
            found = Findings(stack, engine.state, Reader(name, root, progress))
            disagreements = found.disagreements
        except Unreachable as error:
            raise CommandError(str(error)) from None
        if disagreements:
            print("\n".join(disagreements))
            file = f"galleries/{name}.yaml"
            print(
                f"\nNothing is taken over: write into {file} what Azure has, or change it after the rest is taken over."
            )
            return 1
        taken = found.there
        if options.dry_run:
            print("".join(f"{each.resource.name}: {each.held.id}\n" for each in taken), end="")
            print(f"{count(len(taken), 'resource')} to take over, {count(len(found.missing), 'resource')} not in Azure")
            return 0
        if taken:
            for protect in (False, True):
                if entries := found.entries(protect):
                    engine.import_(entries, protect)
            engine.clear_pending([each.resource for each in taken])
        return _prove(engine, found)


@dataclass(frozen=True)
class Taken:
    """A resource of the stack, and what Azure has of it."""

    resource: "Resource"
    held: "Held"


class State:
    """What the engine's state holds: resources by their URNs."""

    def __init__(self, deployment: Mapping[str, Any]) -> None:
        self.resources = {each["urn"]: each for each in deployment.get("resources") or ()}
        self.pending = [each["resource"]["urn"] for each in deployment.get("pending_operations") or ()]

    @cached_property
    def _by_path(self) -> dict[str, str]:
        return {urn.split("::", 2)[-1]: urn for urn in self.resources}

    def urn(self, resource: "Resource") -> str | None:
        """The URN of a resource of ours; None where the state has none."""
        return self._by_path.get(resource.path)

    def id(self, resource: "Resource") -> str | None:
        urn = self.urn(resource)
        return self.resources[urn].get("id") if urn else None


class Findings:
    """A stack's resources: which of them Azure has and the state lacks, and what to import of each."""

    def __init__(self, stack: "Stack", state: State, read: "Reader") -> None:
        from config.azure.resources import resources

        self._stack, self._state = stack, state
        self._names: dict[str, dict[str, Held]] = {}
        self._groups = {group.name.casefold(): read.group(group.name) for group in stack.resource_groups}
        self.all = [*resources(stack, self._group)]
        self.lacking = [each for each in self.all if each.kind and state.urn(each) is None]
        self._inventory = read.galleries(stack, self.lacking)

    def _group(self, name: str) -> "View | None":
        held = self._groups[name.casefold()]
        return held.view if held else None

    @cached_property
    def there(self) -> list[Taken]:
        """What Azure has of it."""
        pairs = ((each, self._held(each)) for each in self.lacking)
        return [Taken(resource, held) for resource, held in pairs if held is not None]

    @cached_property
    def missing(self) -> "list[Resource]":
        """What Azure hasn't either: the next update makes it."""
        found = {id(each.resource) for each in self.there}
        return [each for each in self.lacking if id(each) not in found]

    @cached_property
    def disagreements(self) -> list[str]:
        """Where the data files say something else than Azure has, a sentence for each property."""
        from config.azure.adoption import disagreements

        told = []
        for each in self.there:
            names = {key: name for key, name in (each.resource.names or {}).items() if key == "resourceGroupName"}
            told += disagreements(each.resource.name, each.held, {**(each.resource.body or {}), **names})
        return told

    def _held(self, resource: "Resource") -> "Held | None":
        """What Azure has of a resource."""
        if resource.kind == "resource group":
            return self._groups[resource.of.casefold()]
        gallery = self._inventory.gallery(resource.of.partition("/")[0])
        of = self._by_name(gallery).get(resource.of.casefold()) if gallery else None
        if gallery is None or of is None or of.state == "Deleting":
            return None
        if resource.kind == "sharing":
            return gallery.sharing
        if resource.kind not in ("lock", "role assignment"):
            return of
        access = gallery.access(of)
        if resource.kind == "lock":
            return next((each for each in access.locks if each.name.casefold() == resource.key.casefold()), None)
        return next((each for each in access.role_assignments if _same_assignment(each, resource)), None)

    def _by_name(self, gallery: "HeldGallery") -> "dict[str, Held]":
        if gallery.name not in self._names:
            self._names[gallery.name] = {name.casefold(): each for name, each in gallery.resources}
        return self._names[gallery.name]

    def entries(self, protect: bool) -> "list[tuple[Resource, dict[str, Any]]]":
        """What goes into an import file: the resources that are protected, or those that aren't with all components
        that the state lacks.
        """
        from commands import azure_native
        from config.azure.view import View

        found: list[tuple[Resource, dict[str, Any]]] = []
        ids = {each.resource.name: each.held.id for each in self.there if each.resource.kind in _SCOPES}
        if not protect:
            needed = {each.resource.parent for each in self.there} | {
                each.resource.parent.parent for each in self.there if each.resource.parent
            }
            components = [each for each in self.all if each.kind is None and each in needed]
            found += [(each, {"component": True}) for each in components if self._state.urn(each) is None]
        for each in self.there:
            if each.resource.protect is not protect:
                continue
            if each.resource.kind == "sharing":
                found.append((each.resource, azure_native.sharing(each.held)))
                continue
            token = each.resource.type
            outputs = azure_native.outputs(token, each.held.answer)
            view = View.of_outputs(token, outputs)
            assert view, "Azure's answers have an id"
            scope = ids.get(each.resource.of) or self._scope(each.resource)
            inputs = each.resource.inputs(view, scope if each.resource.kind in ("lock", "role assignment") else "")
            inputs["azureApiVersion"] = azure_native.api_version(token)
            entry = {"id": each.held.id, "inputs": inputs, "outputs": outputs}
            found.append((each.resource, entry | {"version": azure_native.plugin_version()}))
        return found

    def _scope(self, resource: "Resource") -> str:
        """The id of what a lock or a role assignment is on, where the state has that already."""
        holders = (each for each in self.all if each.kind in _SCOPES and each.name == resource.of)
        return next((id for each in holders if (id := self._state.id(each))), "")


_SCOPES = ("gallery", "image", "version")


def _same_assignment(held: "Held", resource: "Resource") -> bool:
    from config.azure.properties import role_guid

    body = resource.body or {}
    return bool(
        str(held.view["principalId"]).casefold() == str(body["principalId"]).casefold()
        and role_guid(held.view["roleDefinitionId"]) == role_guid(body["roleDefinitionId"])
    )


class Reader:
    """Reads Azure as azure-native does, by its api-versions."""

    def __init__(self, name: str, root: Path, progress: "Progress") -> None:
        from commands.resource_manager import ResourceManager

        self._manager = ResourceManager(connection(name, root), progress.waits)
        self._progress = progress

    def group(self, name: str) -> "Held | None":
        from commands import azure_native
        from config.azure.inventory import Held

        api_version = azure_native.api_version("azure-native:resources:ResourceGroup")
        found = self._manager.get(f"{self._manager.scope}/resourceGroups/{name}", api_version)
        return None if found is None else Held("resource group", found["id"], found)

    def galleries(self, stack: "Stack", lacking: "list[Resource]") -> "Inventory":
        from commands import azure_native
        from commands.inventory import Place, read

        names = dict.fromkeys(each.of.partition("/")[0] for each in lacking if each.kind != "resource group")
        places = [Place(str(stack.galleries[name].resource_group.name), name) for name in names]
        firmware = any("securityProfile" in (each.body or {}) for each in lacking)
        api_version = azure_native.api_version("azure-native:compute:Gallery")
        return read(self._manager, places, firmware=firmware, api_version=api_version, progress=self._progress)


class Engine:
    """The `pulumi` command in the project's directory, for one stack."""

    def __init__(self, stack: str, root: Path, progress: "Progress") -> None:
        self._stack, self._root, self._progress = stack, root, progress
        self._done = 0

    @cached_property
    def state(self) -> State:
        """Raises CommandError where there is no such stack."""
        self._progress("reading the engine's state")
        done = self._run("stack", "export")
        if "no stack named" in done.stderr:
            raise CommandError(f"the engine has no stack {self._stack} yet: run `pulumi stack init {self._stack}`")
        return State(json.loads(self._checked(done, "the engine's state can't be read")).get("deployment") or {})

    def import_(self, entries: "list[tuple[Resource, dict[str, Any]]]", protect: bool) -> None:
        """Takes resources into the state, with this protection; their parents are there, or among them."""
        inside = {resource.path for resource, _ in entries}
        parents = {each.parent.path: self.state.urn(each.parent) for each, _ in entries if each.parent}
        written = [
            {"type": each.type, "name": each.path, "logicalName": each.name}
            | ({"parent": each.parent.path} if each.parent else {})
            | entry
            for each, entry in entries
        ]
        table = {path: urn for path, urn in parents.items() if path not in inside}
        with tempfile.TemporaryDirectory(prefix="gallery-import-") as directory:
            file = Path(directory) / "import.json"
            file.write_text(json.dumps({"nameTable": table, "resources": written}), encoding="utf-8")
            options = ("--generate-code=false", "--skip-preview", "--yes", f"--protect={str(protect).lower()}")
            number = sum(bool(each.kind) for each, _ in entries)
            self._progress.waits(f"pulumi import: {count(number, 'resource') if number else 'components'}")
            done = self._run("import", "--file", str(file), *options, environment=AT_ONCE)
            self._checked(done, "the engine doesn't import")
        del self.state  # it is another one now

    def clear_pending(self, taken: "list[Resource]") -> None:
        """What an update began to make, and never saw the end of, is there: the engine forgets that it was begun."""
        paths = {each.path for each in taken}
        begun = [urn for urn in self.state.pending if urn.split("::", 2)[-1] in paths]
        if begun:
            targets = [option for urn in begun for option in ("--target", urn)]
            done = self._run("refresh", "--yes", "--skip-preview", "--clear-pending-creates", *targets)
            self._checked(done, "the engine doesn't forget what it began")

    def preview(self, *command: str) -> Any:
        """What a preview says, as JSON. Raises CommandError where there is none."""
        self._progress.waits(f"pulumi {command[0]}")
        done = self._run(*command, "--json")
        try:
            return json.loads(done.stdout)
        except ValueError:
            self._checked(done, f"pulumi {command[0]} says nothing")
            raise CommandError(f"pulumi {command[0]} says nothing that can be read") from None

    def _run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        command = ["pulumi", *arguments, "--stack", self._stack, "--non-interactive", "--color", "never"]
        try:
            return subprocess.run(
                command,
                cwd=self._root,
                env={**os.environ, **(environment or {})},
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError:
            raise CommandError("pulumi is missing, whose state this is about: see the README") from None

    def _checked(self, done: subprocess.CompletedProcess[str], why: str) -> str:
        if done.returncode:
            print(done.stdout + done.stderr, file=sys.stderr)
            lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
            raise CommandError(f"{why}: {lines[0].removeprefix('error: ') if lines else 'it says nothing'}")
        return done.stdout


def _prove(engine: Engine, found: Findings) -> int:
    """A preview and a refresh that show no change of what was taken over, or of what the state had. What Azure is still
    at work on may look otherwise by now.
    """
    at_work = {each.resource.name: each.held.state for each in found.there if each.held.view.at_work}
    changes = [
        *_changes("pulumi preview", engine.preview("preview"), ("create",)),
        *_changes("pulumi refresh", engine.preview("refresh", "--preview-only"), (), [*at_work]),
    ]
    taken, made = len(found.there), [each.name for each in found.missing]
    print(f"taken over: {_types(found)}" if taken else "nothing to take over")
    if made:
        print(f"not in Azure, and made by the next pulumi up: {', '.join(made[:10])}{' …' if len(made) > 10 else ''}")
    for name, state in at_work.items():
        print(f"{name}: Azure is still at work on it ({state}); `pulumi refresh` takes in what comes of it")
    if changes:
        print("\n".join(["the engine sees changes all the same:", *(f"  {each}" for each in changes)]))
        return 1
    print("pulumi preview and pulumi refresh show no change")
    return 0


def _changes(command: str, document: Any, fine: tuple[str, ...], moving: Sequence[str] = ()) -> Iterator[str]:
    for step in document.get("steps") or ():
        if step["urn"].rpartition("::")[2] in moving:
            continue
        if step["op"] not in ("same", "read", "refresh", *fine) or (step["op"] == "refresh" and _differs(step)):
            paths = ", ".join(step.get("detailedDiff") or step.get("diffReasons") or ())
            yield f"{command}: {step['urn'].rpartition('::')[2]}: {step['op']}{f' ({paths})' if paths else ''}"
    for each in document.get("diagnostics") or ():
        if each["severity"] == "error":
            yield f"{command}: {each['message'].strip()}"


def _differs(step: Any) -> bool:
    """Whether a refresh would change what the state holds."""
    old, new = step.get("oldState") or {}, step.get("newState") or {}
    return bool(old.get("outputs") != new.get("outputs") or old.get("inputs") != new.get("inputs"))


def _types(found: Findings) -> str:
    from collections import Counter

    counts = Counter(each.resource.kind for each in found.there)
    return ", ".join(count(number, str(kind)) for kind, number in counts.items())
