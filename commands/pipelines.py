"""The list of stacks in azure-pipelines.yml: Azure Pipelines wants its stages written down, and lists are forgotten."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config import Diagnostic, Stack

FILE = "azure-pipelines.yml"
TEMPLATE = ".azure-pipelines/pipeline.yml"


def differences(root: Path, stacks: "Mapping[str, Stack | None]") -> "Iterator[Diagnostic]":
    """What the list says otherwise than the data files; nothing where there is no such file, or another pipeline."""
    from config import Diagnostic
    from config.diagnostics import dotted, quoted
    from config.model import reach
    from config.yaml_reader import parse

    if not (root / FILE).is_file():
        return
    document = parse(FILE, (root / FILE).read_bytes())
    if isinstance(document, Diagnostic):
        yield document
        return
    if reach(document.value, "extends", "template") != TEMPLATE:
        return
    path: tuple[str | int, ...] = ("extends", "parameters", "stacks")
    written = reach(document.value, *map(str, path))
    listed: dict[str, int] = {}
    for index, each in enumerate(written if isinstance(written, list) else ()):
        name, after = reach(each, "name"), reach(each, "after")
        place = (*path, index)
        if name not in stacks or name in listed:
            why = "is here twice" if name in listed else f"is no stack: expected one of {', '.join(stacks)}"
            yield Diagnostic(FILE, *document.position(place, "value"), dotted(place), f"{quoted(str(name))} {why}")
            continue
        listed[name] = index
        stack = stacks[name]
        wanted = sorted(stack.deploy_after) if stack else None
        if wanted is not None and sorted(map(str, after) if isinstance(after, list) else [str(after)]) != wanted:
            told = f"galleries/{name}.yaml has it deployed after {', '.join(wanted) or 'no other'}"
            place = (*place, "after")
            expected = f"expected after: [{', '.join(wanted)}]"
            yield Diagnostic(FILE, *document.position(place, "value"), dotted(place), f"{told}: {expected}")
    for name, stack in stacks.items():
        if name not in listed and stack is not None:
            entry = f"{{name: {name}, after: [{', '.join(stack.deploy_after)}]}}"
            told = f"the stack {name} is missing: add {entry}, or delete this file if Azure Pipelines isn't used"
            yield Diagnostic(FILE, *document.position(path, "key"), dotted(path), told)
