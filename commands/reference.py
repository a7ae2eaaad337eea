"""docs/configuration.md: every key of every model, with examples from a stack that uses them all."""

import re
from pathlib import Path
from typing import Any

import yaml

from config.cascade import LEVELS
from config.image import Definition, Image
from config.json_schema import FILES, Key, Schema, Vocabulary
from config.model import Model

EXAMPLE = Path(__file__).parents[1] / "docs" / "example" / "galleries"
_NOTHING = {"type": "null"}
_ACRONYMS = {"v cpu": "vCPU", "uefi": "UEFI", "vhd": "VHD"}
_FILES = {"stack": "everything.yaml", "images": "images.yaml"}

_TOP = """# Configuration

What may be written in the data files, `galleries/<stack>.yaml` and `galleries/images.yaml`. This page is generated from
the models in `config/` by `gallery schema --write`; the examples are pieces of [docs/example](example/galleries).

What is required may be inherited all the same. *In place* says whether Azure changes what is there already; where it
says *in part*, the keys inside tell.
"""


def text() -> str:
    """The whole page."""
    vocabulary = Vocabulary(*FILES.values())
    examples = _examples(vocabulary)
    named: dict[str, str] = {}
    sections = [
        _section(model, keys, [*vocabulary.inherited.get(model, ())], examples[model.__name__], named)
        for model, keys in vocabulary.keys.items()
    ]
    names = [f"| {title} | {_cell(rule)} |" for title, rule in sorted(named.items(), key=lambda item: item[0].lower())]
    table = "\n".join(["## Names and values", "", "| | |", "|---|---|", *names])
    return "\n".join([_TOP, *sections, table]) + "\n"


def _section(model: type[Model], keys: list[Key], inherited: list[str], example: str, named: dict[str, str]) -> str:
    title = _title(model.__name__)
    title = title if title[:2] == "vC" else title[0].upper() + title[1:]
    heading = f"## {title}\n\n{' '.join((model.__doc__ or '').split())}\n"
    if model is Image:
        own = {field.alias for field in Definition.model_fields.values()}
        keys = [key for key in keys if key.name not in own]
        heading += "\nAll keys of a [definition](#definition), which `images.yaml` may hold instead, and:\n"
    rows = [
        f"| `{key.name}` | {_type(key.schema, named)} | {_default(key)} | {', '.join(inherited or key.inherited)} "
        f"| {key.change.cell} | {_cell(key.text)} |"
        for key in keys
    ]
    table = ["| key | type | default | inherited from | in place | |", "|---|---|---|---|---|---|", *rows]
    return "\n".join([heading, f"```yaml\n{example}```", "", *table, ""])


def _default(key: Key) -> str:
    return _cell(key.default or ("required" if key.required else ""))


def _type(schema: Schema, named: dict[str, str]) -> str:
    """A schema in words. Names that have rules of their own are put into `named`."""
    match schema:
        case {"$ref": "#/definitions/Region"}:
            return "Azure region"
        case {"$ref": reference}:
            name = reference.rpartition("/")[2].removeprefix("Partial")
            return f"[{_title(name)}]({_anchor(name)})"
        case {"title": title}:
            if "description" in schema:
                named[title] = schema["description"]
            return str(title)
        case {"anyOf": [{"enum": values}, {"pattern": _}, *other]}:
            listed = ", ".join(f"`{value}`" for value in values)
            return " or ".join([listed, *(_type(each, named) for each in other if each != _NOTHING)])
        case {"anyOf": [{"$ref": "#/definitions/Region"}, {"pattern": _}]}:
            return "`region[=replicas][=storage]`"
        case {"anyOf": choices}:
            return " or ".join(_type(each, named) for each in choices if each != _NOTHING)
        case {"propertyNames": names, "additionalProperties": values}:
            return f"mapping of {_type(names, named)} to {_type(values, named)}"
        case {"items": items}:
            return f"list of {_type(items, named)}"
        case {"minimum": low, "maximum": high}:
            return f"whole number, {low} to {high}"
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    return {"boolean": "true or false", "integer": "whole number"}.get(kind, "text")


def _title(name: str) -> str:
    """The name of a model in words: ResourceGroup is a resource group."""
    words = re.sub("(?<=[a-z])(?=[A-Z])|(?<=V)(?=C)", " ", name).lower()
    return re.sub("|".join(_ACRONYMS), lambda found: _ACRONYMS[found[0]], words)


def _anchor(name: str) -> str:
    return "#" + _title(name).lower().replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _examples(vocabulary: Vocabulary) -> dict[str, str]:
    """For each model, by name, the lines of the first place where the example's files have it."""
    found: dict[str, str] = {}
    for (kind, model), schema in zip(FILES.items(), vocabulary.files, strict=True):
        content = (EXAMPLE / _FILES[kind]).read_text(encoding="utf-8")
        lines = content.splitlines(keepends=True)
        root: Any = yaml.compose(content)
        found[model.__name__] = _excerpt(root, lines, root.start_mark.line)
        _visit(schema, root, 0, vocabulary.definitions, lines, found)
    return found


def _visit(
    schema: Schema, node: Any, line: int, definitions: dict[str, Schema], lines: list[str], found: dict[str, str]
) -> None:
    """Walks a schema and a node of YAML side by side. `line` is where the node's key stands."""
    for choice in schema.get("anyOf", []):
        _visit(choice, node, line, definitions, lines, found)
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if isinstance(node, yaml.MappingNode):
            found.setdefault(name.removeprefix("Partial"), _excerpt(node, lines, line))
        _visit(definitions[name], node, line, definitions, lines, found)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inside = schema.get("properties", {}).get(key.value) or schema.get("additionalProperties")
            if isinstance(inside, dict):
                _visit(inside, value, key.start_mark.line, definitions, lines, found)
    if isinstance(node, yaml.SequenceNode) and "items" in schema:
        for item in node.value:
            _visit(schema["items"], item, item.start_mark.line, definitions, lines, found)


def _excerpt(node: Any, lines: list[str], first: int) -> str:
    """The lines of a node from that of its key on, as far as the level below, and moved to the left."""
    last = last_line(node) + 1
    below = [key.start_mark for key, _ in node.value if key.value in LEVELS]
    more = ""
    if below and below[0].line > first:
        last, more = below[0].line + 1, " " * (below[0].column + 2) + "…\n"
    indent = len(lines[first]) - len(lines[first].lstrip())
    return "".join(line[indent:] for line in [*lines[first:last], *([more] if more else [])] if line.strip())


def last_line(node: Any) -> int:
    """Where a node ends; the parser says of a block that it ends where the next one starts."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.line)
    last = node.value[-1]
    return max(last_line(each) for each in (last if isinstance(last, tuple) else [last]))
