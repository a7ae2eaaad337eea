"""From data files to a validated stack, or to all that is wrong with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath

from pydantic import ValidationError

from config.cascade import LEVELS, effective, level, origin
from config.diagnostics import ConfigError, Diagnostic, Path, Severity, dotted, in_order, quoted
from config.gallery import Gallery
from config.image import Definition, Image, SharedImages
from config.model import Raw, Violation, forgiving, nearest, reach, violations
from config.regions import declared
from config.secrets import hidden
from config.stack import Stack, contains
from config.texts import of_texts
from config.warnings import warnings
from config.yaml_reader import Document, parse

FOLDER = "galleries"
SHARED = f"{FOLDER}/images.yaml"
_DEFINING = [str(field.alias) for field in Definition.model_fields.values() if field.is_required()]


@dataclass(frozen=True)
class Checked:
    """What came of checking a stack: `stack` is None where there are errors; `diagnostics` are errors and warnings."""

    stack: Stack | None
    diagnostics: list[Diagnostic]

    @property
    def errors(self) -> list[Diagnostic]:
        return [diagnostic for diagnostic in self.diagnostics if diagnostic.severity == "error"]

    @property
    def warnings(self) -> list[Diagnostic]:
        return [diagnostic for diagnostic in self.diagnostics if diagnostic.severity == "warning"]


def load(stack: str, root: FilePath) -> Stack:
    """The stack that `galleries/<stack>.yaml` and `galleries/images.yaml` under `root` describe.

    Raises ConfigError with all errors of both files, and where `Pulumi.<stack>.yaml` can't be used; warnings are the
    stack's.
    """
    checked, where = check(stack, root), settings(stack, root)
    if checked.stack is None or isinstance(where, Diagnostic):
        raise ConfigError([*checked.errors, *([where] if isinstance(where, Diagnostic) else [])])
    return checked.stack


def gallery(name: str, settings: Raw, today: datetime | None = None) -> tuple[Gallery, list[str]]:
    """A gallery of that name from what a data file would say of it, and warnings; texts may be `Deferred`.

    Raises ValueError with a sentence for each diagnostic.
    """
    found, told = _from_settings({"galleries": {name: settings}}, ("galleries", name), today or datetime.now(UTC))
    return found.galleries[name], told


def image(name: str, settings: Raw, today: datetime | None = None) -> tuple[Image, list[str]]:
    """An image definition of that name, in a gallery of someone else's; as `gallery` otherwise."""
    # What stands for the gallery is there for the image to be read in, and goes nowhere.
    around = {"location": settings.get("location"), "resourceGroup": {"name": "any"}, "images": {name: settings}}
    path = ("galleries", "any", "images", name)
    found, told = _from_settings({"galleries": {"any": around}}, path, today or datetime.now(UTC))
    return found.galleries["any"].images[name], told


def stacks(root: FilePath) -> list[str]:
    """The stacks that have data files under `root`."""
    files = sorted((root / FOLDER).glob("*.yaml"))
    return [file.stem for file in files if f"{FOLDER}/{file.name}" != SHARED]


def check(stack: str, root: FilePath, today: datetime | None = None) -> Checked:
    """The stack with all diagnostics of its data files, sorted; `today` is what dates are compared with (default:
    now).
    """
    file = f"{FOLDER}/{stack}.yaml"
    if misnamed := _misnamed(file, root):
        return Checked(None, [misnamed])
    if stack not in stacks(root):
        found = ", ".join(f"{FOLDER}/{name}.yaml" for name in stacks(root)) or "no file of a stack"
        return Checked(
            None, [Diagnostic(file, 1, 1, "", f"no data file for the stack {stack}: found {found} in {FOLDER}/")]
        )
    empty = Document(SHARED, "", {}, ())
    shared = _misnamed(SHARED, root) or (_read(SHARED, root) if (root / SHARED).exists() else empty)
    own = _read(file, root)
    diagnostics = [m for each in (shared, own) for m in ([each] if isinstance(each, Diagnostic) else each.diagnostics)]
    result: Stack | None = None
    with declared(own.value.get("additionalRegions") if isinstance(own, Document) else None):
        if isinstance(shared, Document):
            diagnostics += _of_shared(shared)
            if isinstance(own, Document):
                result, of_stack = _of_stack(own, shared, today or datetime.now(UTC))
                diagnostics += of_stack
    checked = Checked(result, in_order(diagnostics))
    if result is None or checked.errors:
        return Checked(None, checked.diagnostics)
    result._warnings = tuple(checked.warnings)
    return checked


def settings(stack: str, root: FilePath) -> Document | Diagnostic | None:
    """What `Pulumi.<stack>.yaml` says, or why it can't be used. Without a project of Pulumi's there needn't be any."""
    file = f"Pulumi.{stack}.yaml"
    if (root / file).exists():
        return _read(file, root)
    if not (root / "Pulumi.yaml").exists():
        return None
    told = f"the stack {stack} has no {file}, which says where it lives"
    return Diagnostic(
        f"{FOLDER}/{stack}.yaml", 1, 1, "", f"{told}: expected azure-native:subscriptionId under config in it"
    )


def objections(own: str, shared: str) -> Iterator[tuple[tuple[str, str], str]]:
    """What rules refuse about the texts of a stack's file and of the shared definitions, which can be read: by where
    ("shared" or "stack") and by the name of the gallery, image or version, and in a sentence.
    """
    documents = [parse(name, text.encode()) for name, text in (("stack", own), (SHARED, shared or "images: {}"))]
    stack, definitions = (each.value if isinstance(each, Document) else {} for each in documents)
    with declared(stack.get("additionalRegions")):
        try:
            SharedImages.model_validate(definitions)
        except ValidationError as error:
            for finding in violations(error):
                yield ("shared", str(finding.path[1]) if len(finding.path) > 1 else ""), finding.message
        raw = effective(stack, definitions.get("images") or {})
        for finding in _validated(raw)[1]:
            yield ("stack", _named(finding, raw)), f"{dotted(finding.path)}: {finding.message}"


def _of_stack(own: Document, shared: Document, today: datetime) -> tuple[Stack | None, list[Diagnostic]]:
    definitions = shared.value.get("images")
    definitions = definitions if isinstance(definitions, dict) else {}
    raw = effective(own.value, definitions)
    stack, refused, forgiven = _validated(raw)
    told = list(_traced(refused, own, shared, definitions))
    told += _traced([*forgiven, *of_texts(raw)], own, shared, definitions, "warning")
    if stack:
        told += _traced(warnings(stack, raw, today), own, shared, definitions, "warning")
        told += _traced(_needless(stack, forgiven), own, shared, definitions, "warning")
    return stack, told


def _validated(raw: Raw) -> tuple[Stack | None, list[Violation], list[Violation]]:
    """A stack, what stands against it, and what only would if Azure hadn't it already."""
    try:
        return Stack.model_validate(raw), [], []
    except ValidationError as error:
        found = violations(error)
    names = reach(raw, "allowAsInAzure")
    names = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    as_there = [each for each in found if any(contains(name, _named(each, raw)) for name in names)]
    stack, refused = None, found
    if as_there:
        # What else was refused is no better for it.
        with forgiving():
            try:
                stack, left = Stack.model_validate(raw), []
            except ValidationError as error:
                left = violations(error)
        as_there = [each for each in as_there if each not in left]
        refused = [each for each in found if each not in as_there]
    return (None if refused else stack), refused, as_there


def _named(finding: Violation, raw: Raw) -> str:
    """The gallery, gallery/image or gallery/image/version that a finding is about, be it by its name alone."""
    path = finding.path
    if path and path[0] in ("allowDeletion", "allowLosses"):
        named = path[-1] if isinstance(path[-1], str) else (reach(raw, "allowDeletion") or [])[path[-1]]
        return str(named)
    return "/".join(map(str, path[1 : 2 * level(path) : 2]))


def _needless(stack: Stack, forgiven: list[Violation]) -> Iterator[Violation]:
    told = [_named(each, {}) for each in forgiven if each.path[:1] == LEVELS[:1]]
    for index, name in enumerate(stack.allow_as_in_azure):
        if not any(contains(name, each) for each in told):
            yield Violation(("allowAsInAzure", index), f"found {name}, where no rule refuses anything: take it out")


def _from_settings(written: Raw, around: Path, today: datetime) -> tuple[Stack, list[str]]:
    """A stack, and warnings about what lies at `around` in it. Raises ValueError for errors there."""
    raw = effective(written, {})

    def told(found: Iterable[Violation]) -> list[str]:
        inside = [each for each in found if each.path[: len(around)] == around]
        return [hidden(f"{dotted(each.path[len(around) - 1 :])}: {each.message}") for each in inside]

    try:
        stack = Stack.model_validate(raw)
    except ValidationError as error:
        raise ValueError("\n".join(told(violations(error)))) from None
    return stack, told([*of_texts(raw), *warnings(stack, raw, today)])


def _of_shared(shared: Document) -> Iterator[Diagnostic]:
    try:
        SharedImages.model_validate(shared.value)
    except ValidationError as error:
        for finding in violations(error):
            yield _placed(shared, finding.path[:-1] if finding.at == "missing" else finding.path, finding)


def _read(file: str, root: FilePath) -> Document | Diagnostic:
    try:
        content = (root / file).read_bytes()
    except OSError as error:
        return Diagnostic(file, 1, 1, "", f"the file can't be read: {error.strerror}")
    return parse(file, content)


def _misnamed(file: str, root: FilePath) -> Diagnostic | None:
    """A data file with the other usual extension, which would be overlooked."""
    other = f"{file.removesuffix('yaml')}yml"
    if not (root / other).exists():
        return None
    return Diagnostic(other, 1, 1, "", f"nobody reads a file of this name: rename it to {file}")


def _traced(
    found: Iterable[Violation], own: Document, shared: Document, definitions: Raw, severity: Severity = "error"
) -> Iterator[Diagnostic]:
    """Each finding where it is written, be it in a parent or in the shared definitions."""
    for finding in found:
        in_shared, path = origin(finding.path, finding.at, own.value, definitions)
        if in_shared and finding.at != "value":
            continue  # the keys of a shared definition are the business of its own validation
        yield _placed(shared if in_shared else own, path, _undefined_image(finding, own.value, definitions), severity)


def _placed(document: Document, path: Path, finding: Violation, severity: Severity = "error") -> Diagnostic:
    return Diagnostic(document.file, *document.position(path, finding.at), dotted(path), finding.message, severity)


def _undefined_image(finding: Violation, stack: Raw, definitions: Raw) -> Violation:
    """One sentence for all missing keys of an image that has nothing of a definition: its name is misspelt."""
    match finding.path:
        case ("galleries", gallery, "images", str(name), str(key)) if finding.at == "missing" and key in _DEFINING:
            image = stack["galleries"][gallery]["images"][name]
            if not isinstance(image, dict) or image.keys().isdisjoint(_DEFINING):
                meant = nearest(name, definitions)
                hint = f"did you mean {meant}?" if meant else f"write {', '.join(_DEFINING)} in one of them"
                return finding._replace(message=f"{quoted(name)} is defined neither here nor in {SHARED}: {hint}")
    return finding
