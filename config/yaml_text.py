"""Values as they are written in a data file."""

import json
import re

from config.yaml_reader import plain


def flow(value: object) -> str:
    """A value as it may be written in a data file, on one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{flow(key)}: {flow(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return f"[{', '.join(map(flow, value))}]"
        case str() if (
            re.fullmatch(r"[A-Za-z/][\w/.@-]*( [\w/.@-]+)*|[0-9]+\.[0-9]+\.[0-9]+|[0-9a-f-]{36}", value)
            and plain(value) == value
        ):
            return value
        case str():
            return json.dumps(value, ensure_ascii=not value.isprintable())
    return json.dumps(value)
