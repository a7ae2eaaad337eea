"""Every refusal: code, status, target and exact text. The cases are data (`cases/*.json`).

A case creates its presets (`given`), then sends one request: `put` names a preset whose body is changed by `set` and
`unset` (dotted paths) and sent to `path`, or `method`, `path` and `body` say it all. `error` is the whole
expected error; with `starts`, its message is only the beginning. `quota` says how many of a type there may be.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.arm.resources import KINDS

from .conftest import CASES, Azure, expand, preset

FILES = sorted(path for path in CASES.glob("*.json") if path.name != "presets.json")
ALL = [(path.stem, case) for path in FILES for case in json.loads(path.read_text())]


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{file}: {case['case']}") for file, case in ALL])
def test_refusal(azure: Azure, case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for type_, quota in case.get("quota", {}).items():
        monkeypatch.setattr(KINDS[type_.lower()], "quota", quota)
    azure.given(*case.get("given", []))
    path, body = request_of(case)
    options = {"api": case["api"]} if "api" in case else {}
    raw = case["raw"].encode() if "raw" in case else None
    got = azure.call(case.get("method", "PUT"), path, body, raw=raw, **options)
    expected = expand(case["error"])
    if case.get("starts"):  # a text that goes on with the whole table of regions
        got.body["error"]["message"] = got.body["error"]["message"][: len(expected["message"])]
    assert (got.status, got.body) == (case["status"], {"error": expected})


def request_of(case: dict[str, Any]) -> tuple[str, Any]:
    """Path and body of a case."""
    path, body = preset(case["put"]) if "put" in case else ("", None)
    place: Any
    for dotted, value in expand(case.get("set", {})).items():
        *above, last = dotted.split(".")
        place = body
        for name in above:
            place = place.setdefault(name, {})
        place[last] = value
    for dotted in case.get("unset", []):
        *above, last = dotted.split(".")
        place = body
        for name in above:
            place = place[name]
        del place[last]
    return expand(case.get("path", path)), expand(case["body"]) if "body" in case else body
