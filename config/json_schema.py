"""What may be written in a data file, told by the models: every key in words, and a JSON Schema of each kind of file.

The schemas describe what people write, not the effective configuration: a key that may come from elsewhere isn't
required, and regions have both notations. They are an editor's help and let through what only a rule about several
values refuses; `gallery check` has the last word.
"""

import inspect
import re
from collections.abc import Iterator
from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

from config.azure.properties import FILLED, NEVER, PROPERTIES, REPLACEMENT, Kind, Property, Same
from config.cascade import INHERITED, WHOLE
from config.gallery import Gallery
from config.image import Definition, Image, SharedImages
from config.model import Model
from config.regions import Region, table
from config.stack import Stack
from config.types import Deferrable
from config.version import Version

Schema = dict[str, Any]

FILES: dict[str, type[Model]] = {"stack": Stack, "images": SharedImages}
"""What each kind of data file holds, by the name of its schema."""

_SCALARS: dict[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    Region: {"$ref": "#/definitions/Region"},
    # More forms than those of JSON Schema's formats are accepted, and judged by `gallery check`.
    datetime: {"title": "date", "type": "string", "pattern": "^ *[0-9]{4}-?[0-9]{2}-?[0-9]{2}([Tt ].*)?$"},
}
_LEVELS = (Gallery, Image, Version)
"""What comes and goes as a resource of its own."""


class Key(NamedTuple):
    """A key of a model, in words; `default` may be empty, `change` says what becomes of a change of what exists."""

    name: str
    schema: Schema
    required: bool
    inherited: tuple[str, ...]
    default: str
    change: "ChangeOfKey"
    text: str

    @property
    def description(self) -> str:
        return " ".join(filter(None, (self.text, self.default and f"Default: {self.default}.", self.change.sentence)))


class ChangeOfKey(NamedTuple):
    """What becomes of a change of a key on what exists: in a cell of a table, and as a sentence."""

    cell: str
    sentence: str


class Vocabulary:
    """The models that a walk from the models in FILES has met: their keys, and a definition for each in JSON Schema."""

    def __init__(self, *files: type[Model]) -> None:
        self.keys: dict[type[Model], list[Key]] = {}
        self.inherited: dict[type[Model], dict[str, None]] = {}  # in order, from where
        self.definitions: dict[str, Schema] = {"Region": _region()}
        self.files = [self._definition(file, ()) for file in files]

    def _reference(self, model: type[Model], inherited: tuple[str, ...]) -> Schema:
        """A model where it is used. What is inherited key by key has no required keys: a definition of its own."""
        self.inherited.setdefault(model, {}).update(dict.fromkeys(inherited))
        partial = inherited and any(field.is_required() for field in model.model_fields.values())
        name = f"Partial{model.__name__}" if partial else model.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # its place: a definition comes before those that it refers to
            self.definitions[name] = self._definition(model, inherited)
        return {"$ref": f"#/definitions/{name}"}

    def _definition(self, model: type[Model], inherited: tuple[str, ...]) -> Schema:
        hints = get_type_hints(model, include_extras=True)
        keys: list[Key] = []
        self.keys.setdefault(model, keys)
        for name, field in model.model_fields.items():
            alias = field.alias or name
            above = _above(model, alias) or inherited
            text = " ".join((field.description or "").split())
            # What is one decision isn't inherited key by key.
            schema = self.schema_of(hints[name], () if alias in WHOLE else above)
            change = _change(model, alias, hints[name])
            keys.append(Key(alias, schema, field.is_required(), above, _default(model, alias, field), change, text))
        schema = {
            "type": "object",
            "description": inspect.cleandoc(model.__doc__ or ""),
            "additionalProperties": False,
            "properties": {key.name: _described(key) for key in keys},
        }
        required = [key.name for key in keys if key.required and not key.inherited]
        return schema | ({"required": required} if required else {})

    def schema_of(self, hint: Any, inherited: tuple[str, ...] = ()) -> Schema:
        """The schema of what may be written for an annotation."""
        if isinstance(hint, type) and issubclass(hint, Model):
            return self._reference(hint, inherited)
        if hint in _SCALARS:
            return _SCALARS[hint]
        origin, inside = get_origin(hint), get_args(hint)
        if origin is Annotated and (deferrable := [each for each in inside if isinstance(each, Deferrable)]):
            return self.schema_of(deferrable[0].text, inherited)  # data files have no outputs
        if origin is Annotated:
            return self._annotated(inside[0], inside[1:], inherited)
        if origin is Literal:
            return _any_case(inside)
        if origin in (Union, UnionType):
            written = [self.schema_of(each, inherited) for each in inside if each is not NoneType]
            return _either(written, NoneType in inside)
        if origin in (tuple, list):
            return {"type": "array", "items": self.schema_of(inside[0])}
        if origin is dict:
            # An entry that inherits everything may be left empty.
            entry = self.schema_of(inside[1], inherited)
            bare = get_args(inside[1])[0] if get_origin(inside[1]) is Annotated else inside[1]
            nothing = bare in (Gallery, Image)
            return {
                "type": "object",
                # Without a type: to a language server, the key 0 is a number.
                "propertyNames": {k: v for k, v in self.schema_of(inside[0]).items() if k != "type"},
                "additionalProperties": _either([entry], nothing),
            }
        raise TypeError(f"no JSON Schema for {hint}")

    def _annotated(self, base: Any, metadata: tuple[Any, ...], inherited: tuple[str, ...]) -> Schema:
        inputs = [getattr(each, "json_schema_input_type", None) for each in metadata]
        other = next((each for each in inputs if get_origin(each) in (Union, UnionType)), None)
        if other and get_origin(base) is dict:
            # Regions: the models hold a mapping by region, people write that or a list.
            mapping, _ = get_args(other)
            az = {"type": "string", "pattern": "="}
            entries = self.schema_of(dict[Region, get_args(mapping)[1]])  # type: ignore[misc]
            return _either([entries, {"type": "array", "items": _either([_SCALARS[Region], az])}])
        schema = self.schema_of(other or base, inherited)  # where there is another notation, both
        for each in metadata:
            schema = schema | _rule(getattr(each, "schema", {}))
        return schema


def schema(file: type[Model]) -> Schema:
    """The JSON Schema (draft-07) of a kind of data file."""
    vocabulary = Vocabulary(file)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **vocabulary.files[0],
        "definitions": vocabulary.definitions,
    }


def _rows(model: type[Model], key: str) -> list[tuple[Kind, Property]]:
    """The properties of Azure's that a key is written to."""
    names = {f"{each.__name__}.{key}" for each in model.__mro__}
    return [(kind, row) for kind, rows in PROPERTIES.items() for row in rows if names & {*row.keys}]


def _change(model: type[Model], key: str, hint: Any) -> ChangeOfKey:
    """What Azure does with a change of a key, or of the keys inside of it; a key of the program's own can change."""
    answers = {_change_of(kind, row, key) for kind, row in _rows(model, key)}
    if not answers:
        answers = {
            _change(inside, str(field.alias), get_type_hints(inside, include_extras=True)[name])
            for inside in _models(hint)
            for name, field in inside.model_fields.items()
        }
    if len(answers) < 2:
        return next(iter(answers), IN_PLACE_KEY)
    return ChangeOfKey("in part", "Some of it can be changed in place.")


IN_PLACE_KEY = ChangeOfKey("yes", "Can be changed in place.")


def _change_of(kind: Kind, row: Property, key: str) -> ChangeOfKey:
    if row.change is REPLACEMENT:
        noun = {"image": "definition"}.get(kind, kind)
        return ChangeOfKey(f"a new {noun}", f"A change means a new {noun} in its place.")
    if row.is_list and not row.closed and row.keys[0].endswith(f".{key}"):
        return ChangeOfKey(
            f"yes, and one goes with `{row.permission}`",
            f"Can be changed in place; one goes only with {row.permission}: true.",
        )
    if row.change is NEVER and row.permission and (row.closed or not row.is_list):
        return ChangeOfKey(f"with `{row.permission}`", f"Can be changed in place with {row.permission}: true.")
    return ChangeOfKey("no", "Can't be changed.") if row.change is NEVER else IN_PLACE_KEY


def _models(hint: Any) -> Iterator[type[Model]]:
    """The models inside of an annotation; not those that stand for resources of their own."""
    if isinstance(hint, type) and issubclass(hint, Model):
        yield from () if hint in _LEVELS else (hint,)
    else:
        yield from (model for each in get_args(hint) for model in _models(each))


def _default(model: type[Model], key: str, field: FieldInfo) -> str:
    """What a key stands for when it isn't written."""
    told = next((row.default for _, row in _rows(model, key) if row.default is not None), None)
    if field.is_required():
        return ""
    if told is FILLED:
        return "Azure's choice"
    if isinstance(told, Same):
        return "the version's"
    match field.default if told is None else told:
        case None:
            return "unset"
        case bool() as value:
            return str(value).lower()
        case str() | int() as value:
            return str(value)
        case Model():
            return "those of its keys"
    return "none"


def _above(model: type[Model], key: str) -> tuple[str, ...]:
    """From where a key of a gallery, image or version is inherited."""
    if model is Image and key in {field.alias for field in Definition.model_fields.values()}:
        return ("images.yaml",)
    levels: tuple[tuple[type[Model], type[Model]], ...] = ((Gallery, Stack), (Image, Gallery), (Version, Image))
    for (level, above), inherited in zip(levels, INHERITED.values(), strict=True):
        if model is level and key in inherited and key in {field.alias for field in above.model_fields.values()}:
            return (above.__name__.lower(),)
    return ()


def _described(key: Key) -> Schema:
    # Validators ignore what is beside a $ref, which is right for a description; editors show it.
    return {**{k: v for k, v in key.schema.items() if k != "title"}, "description": key.description}


def _either(written: list[Schema], nothing: bool = False) -> Schema:
    """One of several schemas, or nothing at all, as after `eastus:`."""
    if nothing and len(written) == 1 and "type" in written[0] and "anyOf" not in written[0]:
        return {**written[0], "type": [written[0]["type"], "null"]}
    each = [choice for one in written for choice in (one["anyOf"] if one.keys() == {"anyOf"} else [one])]
    each += [{"type": "null"}] if nothing else []
    return each[0] if len(each) == 1 else {"anyOf": each}


def _any_case(values: tuple[str, ...]) -> Schema:
    """An editor offers Azure's spelling; any case is accepted."""
    letters = "|".join("".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in value) for value in values)
    return {"anyOf": [{"enum": list(values)}, {"type": "string", "pattern": f"^({letters})$"}]}


def _region() -> Schema:
    """An editor offers the names; other spellings ("(US) South Central US") are the business of `gallery check`."""
    names = [region.name for region in table().values()]
    return {
        "title": "Azure region",
        "anyOf": [{"enum": names}, {"type": "string", "pattern": r"^(\([A-Za-z ]+\) *)?[A-Za-z][A-Za-z0-9 ]*$"}],
    }


def _rule(told: Schema) -> Schema:
    """What a validator says of itself, in JSON Schema's dialect of patterns."""
    return {**told, "pattern": f"^({_ecma(told['pattern'])})$"} if "pattern" in told else told


def _ecma(pattern: str) -> str:
    """A pattern of Python's as JSON Schema wants it: ECMAScript's \\w knows ASCII only, and it has no (?s) and (?i)."""
    if pattern.startswith("(?s)"):
        pattern = pattern.removeprefix("(?s)").replace(".", r"[\s\S]")
    if pattern.startswith("(?i)"):
        pattern = re.sub("([a-z])-([a-z])", lambda m: m[0] + m[0].upper(), pattern.removeprefix("(?i)"))
    return pattern.replace(r"\w", r"\w\u0080-\uffff")
