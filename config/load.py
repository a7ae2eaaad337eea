"""From data files to a validated stack, or to all that is wrong with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath

from pydantic import ValidationError

from config.cascade import effective, origin
from config.diagnostics import ConfigError, Diagnostic, Path, Severity, dotted, in_order, quoted
from config.gallery import Gallery
from config.image import Definition, Image, SharedImages
from config.model import Raw, Violation, nearest, violations
from config.regions import declared
from config.secrets import hidden
from config.stack import Stack
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

    Raises ConfigError with all errors of both files; warnings are the stack's.
    """
    checked = check(stack, root)
    if checked.stack is None:
        raise ConfigError(checked.errors)
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
    if stack not in stacks(root):
        there = sorted(path.name for path in (root / FOLDER).glob("*.y*ml") if f"{FOLDER}/{path.name}" != SHARED)
        found = ", ".join(f"{FOLDER}/{name}" for name in there) or "no file of a stack"
        return Checked(
            None, [Diagnostic(file, 1, 1, "", f"no data file for the stack {stack}: found {found} in {FOLDER}/")]
        )
    shared = _read(SHARED, root) if (root / SHARED).exists() else Document(SHARED, "", {}, ())
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


def _of_stack(own: Document, shared: Document, today: datetime) -> tuple[Stack | None, list[Diagnostic]]:
    definitions = shared.value.get("images")
    definitions = definitions if isinstance(definitions, dict) else {}
    raw = effective(own.value, definitions)
    told = list(of_texts(raw))
    errors: list[Violation] = []
    stack = None
    try:
        stack = Stack.model_validate(raw)
        told += warnings(stack, raw, today)
    except ValidationError as error:
        errors = violations(error)
    diagnostics = [*_traced(errors, own, shared, definitions), *_traced(told, own, shared, definitions, "warning")]
    return stack, diagnostics


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
