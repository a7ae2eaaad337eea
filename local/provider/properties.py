"""Property values as the provider protocol carries them, and as plain Python."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format, struct_pb2

Value = Any
Properties = dict[str, Any]

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine puts where a value is known only after an update."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"


def unmarshal(struct: struct_pb2.Struct) -> Properties:
    """A message as a dictionary: whole numbers as int, secrets as their values, without members that are null."""
    plain = _plain(json_format.MessageToDict(struct))
    assert isinstance(plain, dict)
    return plain


def marshal(properties: Properties) -> struct_pb2.Struct:
    """A dictionary as a message."""
    return json_format.ParseDict(properties, struct_pb2.Struct())


def _plain(value: Value) -> Value:
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET:
            return _plain(value["value"])
        return {k: _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # a Struct knows doubles alone; ARM refuses 2.0 where it wants an integer
    return value
