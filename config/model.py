"""The base of all models, and how what pydantic finds becomes sentences of ours."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from types import UnionType
from typing import Annotated, Any, NamedTuple, Self, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from config.diagnostics import At, Path, quoted, wrong_kind

Raw = dict[str, Any]
"""A mapping as it was read: nothing about its values is certain yet."""

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "tuple_type": "a list",
}


class Violation(NamedTuple):
    """A diagnostic that doesn't know its file yet; `path` is relative to the value that was validated."""

    path: Path
    message: str
    at: At = "value"


class Model(BaseModel):
    """Strict and frozen. Keys are Azure's camelCase in YAML, snake_case in Python."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=to_camel, use_attribute_docstrings=True
    )

    @model_validator(mode="wrap")
    @classmethod
    def in_our_words(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(value)
        except ValidationError as error:
            raise refusal(violations(error, cls)) from None


_forgiving: ContextVar[bool] = ContextVar("forgiving", default=False)


@contextmanager
def forgiving() -> Iterator[None]:
    """While what Azure has is read: no rule about values refuses anything. What is misspelt or missing, or no value of
    its kind, is refused all the same.
    """
    token = _forgiving.set(True)
    try:
        yield
    finally:
        _forgiving.reset(token)


def is_forgiving() -> bool:
    """Whether rules about values refuse nothing at present."""
    return _forgiving.get()


def refuse(found: str | Iterable[Violation]) -> None:
    """How a rule about values refuses one: by a sentence, or by violations with paths of their own, if there are any.

    Raises ValueError, unless `forgiving`.
    """
    if _forgiving.get():
        return
    if isinstance(found, str):
        raise ValueError(found)
    if several := (*found,):
        raise refusal(several)


def forgivable(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A check of a single value that lets it pass as it is where rules are `forgiving`."""

    @wraps(check)
    def checked(value: Any) -> Any:
        try:
            return check(value)
        except ValueError:
            if not _forgiving.get():
                raise
            return value

    return checked


def refusal(found: Iterable[Violation]) -> PydanticCustomError:
    """The exception with which a validator reports several violations, each with a path of its own."""
    return PydanticCustomError("violations", "several violations", {"violations": tuple(found)})


def checked_by(*rules: Callable[[Raw], Iterable[Violation]], always: bool = False) -> WrapValidator:
    """Rules about a mapping as a whole, for use in `Annotated`; those that hold `always` forgive nothing.

    They see raw values, so that a diagnostic inside of one entry does not hide a diagnostic between two entries.
    """

    def check(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        found: list[Violation] = []
        result: object = None
        try:
            result = handler(value)
        except ValidationError as error:
            found = violations(error)
        if isinstance(value, dict) and (always or not _forgiving.get()):
            found += [finding for rule in rules for finding in rule(value)]
        if found:
            raise refusal(found)
        return result

    return WrapValidator(check)


def violations(error: ValidationError, model: type[Model] | None = None) -> list[Violation]:
    """What pydantic found, in our words; `model` is the one whose own keys were checked."""
    found: list[Violation] = []
    for item in error.errors(include_url=False):
        path, kind = item["loc"], item["type"]
        if kind == "violations":
            found += (Violation(path + inner.path, inner.message, inner.at) for inner in item["ctx"]["violations"])
        elif kind == "extra_forbidden" and model:
            found.append(Violation(path, _unknown_key(str(path[-1]), model), "key"))
        elif kind == "missing" and model:
            found.append(Violation(path, _missing_key(str(path[-1]), model), "missing"))
        elif kind == "value_error":
            of_key = path[-1:] == ("[key]",)  # pydantic's mark for the key of a dict
            message = str(item["ctx"]["error"])
            if model and path and (field := model.model_fields.get(str(path[0]))):
                path = (field.alias or path[0], *path[1:])  # pydantic names a default's field, not its key
            found.append(Violation(path[:-1], message, "key") if of_key else Violation(path, message))
        else:
            expected = _EXPECTED.get(kind, "another kind of value")
            expected += ", or {} for none" if kind == "dict_type" and item["input"] is None else ""
            found.append(Violation(path, wrong_kind(item["input"], expected)))
    return found


def reach(raw: object, *path: str) -> Any:
    """What is written at `path` in a raw value; None where there is nothing."""
    for key in path:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw


def nearest(word: str, words: Iterable[str], likeness: float = 0.6) -> str | None:
    """The one of `words` that was probably meant, whatever its case; of equals the one that begins in the same way.

    `likeness` is the least that counts, from 0 to 1.
    """
    known = {each.casefold(): each for each in words}
    word = word.casefold()
    close = difflib.get_close_matches(word, known, cutoff=likeness)
    if not close:
        return None
    alike = {each: difflib.SequenceMatcher(None, each, word).ratio() for each in close}
    return known[max(close, key=lambda each: (alike[each], each[:1] == word[:1]))]


def _unknown_key(key: str, model: type[Model]) -> str:
    """With the key that was probably meant: one that is further in, or one that looks alike."""
    keys = [field.alias or name for name, field in model.model_fields.items()]
    meant = nearest(key, keys, likeness=0.9) or _further_in(key, model)
    if key.casefold() in _OF_THE_STACK and not meant:
        way_out = (
            "a stack's subscription is azure-native:subscriptionId in Pulumi.<stack>.yaml, and another subscription"
        )
        return f"unknown key {quoted(key)}: {way_out} is another stack"
    meant = meant or nearest(key, keys)
    return f"unknown key {quoted(key)}: " + (
        f"did you mean {meant}?" if meant else f"expected one of {', '.join(keys)}"
    )


_OF_THE_STACK = {"subscription", "subscriptionid"}


def _further_in(key: str, model: type[Model]) -> str | None:
    """Where a key of that name stands in what the model holds: `disks: {os: {managedDisk: ...}}`."""
    waiting: list[tuple[tuple[str, ...], type[Model]]] = [((), model)]
    for path, each in waiting:
        for name, field in each.model_fields.items():
            here = (*path, field.alias or name)
            if path and here[-1].casefold() == key.casefold():
                return ": {".join(here) + ": ..." + "}" * len(path)
            waiting += ((here, inner) for inner in _models(field.annotation))
    return None


def _models(annotation: Any) -> Iterator[type[Model]]:
    """The models that a value of that type may be, without those in lists and mappings."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    elif get_origin(annotation) in (Union, UnionType, Annotated):
        for each in get_args(annotation):
            yield from _models(each)


def _missing_key(key: str, model: type[Model]) -> str:
    field = next(field for field in model.model_fields.values() if field.alias == key)
    example = f", for example {key}: {field.examples[0]}" if field.examples else ""
    return f"the required key {key} is missing{example}"
