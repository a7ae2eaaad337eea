"""From data files to a validated stack, or to all that is wrong with them."""

from collections.abc import Iterable, Iterator
from pathlib import Path as FilePath

from pydantic import ValidationError

from config.documents import Document, parse
from config.image import Definition, SharedImages
from config.inherit import effective, origin
from config.mistakes import ConfigError, Mistake, Path, dotted, quoted
from config.model import Finding, Raw, findings, nearest
from config.stack import Stack

FOLDER = "galleries"
SHARED = f"{FOLDER}/images.yaml"
_DEFINING = [str(field.alias) for field in Definition.model_fields.values() if field.is_required()]


def load(stack: str, root: FilePath) -> Stack:
    """The stack that `galleries/<stack>.yaml` and `galleries/images.yaml` under `root` describe.

    Raises ConfigError with all mistakes of both files.
    """
    there = sorted(f"{FOLDER}/{path.name}" for path in (root / FOLDER).glob("*.yaml"))
    file = f"{FOLDER}/{stack}.yaml"
    if file not in there or file == SHARED:
        found = ", ".join(name for name in there if name != SHARED) or "no file of a stack"
        raise ConfigError([Mistake(file, 1, 1, "", f"no data file for the stack {stack}: found {found} in {FOLDER}/")])
    shared = _read(SHARED, root) if SHARED in there else Document(SHARED, "", {}, ())
    own = _read(file, root)
    mistakes = [m for each in (shared, own) for m in ([each] if isinstance(each, Mistake) else each.mistakes)]
    if isinstance(shared, Document):
        try:
            SharedImages.model_validate(shared.value)
        except ValidationError as error:
            mistakes += (
                _placed(shared, finding.path[:-1] if finding.at == "missing" else finding.path, finding)
                for finding in findings(error)
            )
        if isinstance(own, Document):
            definitions = shared.value.get("images")
            definitions = definitions if isinstance(definitions, dict) else {}
            try:
                result = Stack.model_validate(effective(own.value, definitions))
            except ValidationError as error:
                mistakes += _traced(findings(error), own, shared, definitions)
    if mistakes:
        raise ConfigError(mistakes)
    return result


def _read(file: str, root: FilePath) -> Document | Mistake:
    try:
        content = (root / file).read_bytes()
    except OSError as error:
        return Mistake(file, 1, 1, "", f"the file can't be read: {error.strerror}")
    return parse(file, content)


def _traced(found: Iterable[Finding], own: Document, shared: Document, definitions: Raw) -> Iterator[Mistake]:
    """Each finding where it is written, be it in a parent or in the shared definitions."""
    for finding in found:
        in_shared, path = origin(finding.path, finding.at, own.value, definitions)
        if in_shared and finding.at != "value":
            continue  # the keys of a shared definition are the business of its own validation
        yield _placed(shared if in_shared else own, path, _undefined_image(finding, own.value, definitions))


def _placed(document: Document, path: Path, finding: Finding) -> Mistake:
    return Mistake(document.file, *document.position(path, finding.at), dotted(path), finding.message)


def _undefined_image(finding: Finding, stack: Raw, definitions: Raw) -> Finding:
    """One sentence for all missing keys of an image that has nothing of a definition: its name is misspelt."""
    match finding.path:
        case ("galleries", gallery, "images", str(name), str(key)) if finding.at == "missing" and key in _DEFINING:
            image = stack["galleries"][gallery]["images"][name]
            if not isinstance(image, dict) or image.keys().isdisjoint(_DEFINING):
                meant = nearest(name, definitions)
                hint = f"did you mean {meant}?" if meant else f"write {', '.join(_DEFINING)} in one of them"
                return finding._replace(message=f"{quoted(name)} is defined neither here nor in {SHARED}: {hint}")
    return finding
