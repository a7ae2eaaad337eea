"""YAML files that users write: read, or refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml


class FileError(Exception):
    """Why files can't be used, a sentence in a line for each error: the file's name, the line if known, the reason."""


def read(
    file: Path, name: str, expected: str = "a mapping of keys to values"
) -> tuple[list[yaml.Node], dict[str, Any]]:
    """What a file holds, which is to be what is `expected`: its keys as they are written, and the mapping that it
    means; an empty file means an empty one. `name` stands for the file in messages.

    Raises FileError.
    """
    try:
        content = file.read_bytes()
        text = content.decode("utf-8-sig")
        root, meant = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
        json.dumps(meant, default=str)  # a date may be a value; a circle may not, nor a date as a key
    except OSError as error:
        raise FileError(f"{name}: the file can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line, found = content.count(b"\n", 0, error.start) + 1, f"byte 0x{content[error.start]:02x}"
        raise FileError(f"{name}:{line}: {found} is not UTF-8 text: save the file in UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", None) or getattr(error, "reason", error)).removeprefix("but ")
        raise FileError(f"{name}:{mark.line + 1 if mark else 1}: this is not YAML: {problem}") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise FileError(f"{name}: this can't be used: {error}") from None
    if meant is None:
        return [], {}
    if not isinstance(root, yaml.MappingNode):
        raise FileError(f"{name}:1: expected {expected}")
    return [key for key, _ in root.value], meant
