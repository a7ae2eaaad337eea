"""Each folder in cases/ is a test: a project's `galleries/`, and what comes of it.

`valid/<name>/effective.json` is the stack with everything inherited, `invalid/<name>/diagnostics.txt` the errors,
`warnings/<name>/diagnostics.txt` the warnings, on a fixed day.
"""

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel

from config import ConfigError, Region, Version, azure_date, check, load
from tests.commands import expected

CASES = Path(__file__).with_name("cases")
TODAY = datetime(2030, 6, 1, tzinfo=UTC)


def cases(kind: str) -> list[object]:
    return [pytest.param(path, id=path.name) for path in sorted((CASES / kind).iterdir())]


def effective(value: object) -> object:
    """What the rest of the program sees, without what was left at its default; for a version its target regions."""
    match value:
        case Region():
            return value.name
        case datetime():
            return azure_date(value)
        case Version():
            seen = {name: getattr(value, name) for name in sorted(value.model_fields_set - {"replication"})}
            seen["target_regions"] = value.target_regions
            return effective(seen | ({"edge_zones": value.edge_zones} if value.edge_zones else {}))
        case BaseModel():
            return effective({name: getattr(value, name) for name in sorted(value.model_fields_set)})
        case dict():
            return {
                effective(key) if isinstance(key, Region) else str(key): effective(each) for key, each in value.items()
            }
        case list() | tuple():
            return [effective(each) for each in value]
        case _ if is_dataclass(value):
            parts = {field.name: getattr(value, field.name) for field in fields(value)}
            return {name: effective(part) for name, part in parts.items() if part not in (None, ())}
    return value


@pytest.mark.parametrize("case", cases("valid"))
def test_valid(case: Path) -> None:
    meant = json.loads((case / "effective.json").read_text(encoding="utf-8"))
    stack = load("dev", case)
    found = {"stack": effective(stack), "resource_groups": [effective(group) for group in stack.resource_groups]}
    assert found == meant, json.dumps(found, indent=1)


@pytest.mark.parametrize("case", cases("invalid"))
def test_invalid(case: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load("dev", case)
    told = f"{caught.value}\n"
    assert told == expected(case / "diagnostics.txt", told)
    assert len(caught.value.diagnostics) == str(caught.value).count("\n") + 1


@pytest.mark.parametrize("case", cases("warnings"))
def test_warnings(case: Path) -> None:
    checked = check("dev", case, TODAY)
    told = "".join(f"{diagnostic}\n" for diagnostic in checked.diagnostics)
    assert told == expected(case / "diagnostics.txt", told)
    assert (
        checked.stack and list(checked.stack.warnings) == checked.diagnostics == checked.warnings and not checked.errors
    )
