"""Every refusal: code, status, target and exact text; and which one comes first. The cases are data (`cases/*.json`).

A case creates what is `given` and waits for it, sends what goes on `meanwhile` without waiting for its end, and then
sends one request: `put` names a preset whose body is changed by `set` and `unset` (dotted paths) and sent to `path`, or
`method`, `path` and `body` say it all. `error` is the whole expected error; with `starts`, its message is only the
beginning; with `operation`, the request is accepted and the error is that of its operation. `quota` says how many of a
type there may be.

`evidence` says how we know that Azure answers so, with the tags of `local/arm/__init__.py`. Short names: TSG, SIG,
soft-delete, share-gallery-community, lock-resources are pages of Microsoft's documentation (TSG is
troubleshooting-shared-images), SPEC is the published API description, REC are azure-cli's recordings, TF, PKR and AVM
are Terraform's, Packer's and Azure Verified Modules' sources, `name#1` is an issue on GitHub.

In `order.json` a request breaks `both` of two rules and gets the answer of the earlier one; `mended` of that, it gets
the answer of the later one.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from local.arm.resources import KINDS

from .conftest import CASES, Azure, Response, expand, preset

FILES = sorted(path for path in CASES.glob("*.json") if path.stem not in ("presets", "order"))
ALL = [(path.stem, case) for path in FILES for case in json.loads(path.read_text())]
ORDER = json.loads((CASES / "order.json").read_text())
TAG = re.compile(r"\[(I(: [^\]]+)?|[WSDCG]: [^\]]+)\]")


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{file}: {case['case']}: {case['evidence']}") for file, case in ALL]
)
def test_refusal(azure: Azure, case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for type_, quota in case.get("quota", {}).items():
        monkeypatch.setattr(KINDS[type_.lower()], "quota", quota)
    prepare(azure, case)
    for request in case.get("meanwhile", []):
        accepted(azure, request)
        azure.clock.simulate(request.get("seconds", 0))

    status, body = answer(azure, case)

    expected = expand(case["error"])
    if case.get("starts"):  # a text that goes on with the whole table of regions
        body["error"]["message"] = body["error"]["message"][: len(expected["message"])]
    assert (status, body) == (case["status"], {"error": expected})


def test_every_case_names_its_evidence() -> None:
    for file, case in ALL:
        local = case["error"]["code"] == "NotSupportedByLocalAzure"
        assert (case["evidence"] == "[local] not Azure's answer") == local, (file, case["case"])
        assert local or TAG.search(case["evidence"]), (file, case["case"])
        assert re.sub(TAG, "", case["evidence"]).count("[") == local, "no tag without its source"


@pytest.mark.parametrize("case", ORDER, ids=lambda case: case["case"])
def test_the_earlier_rule_answers(azure: Azure, case: dict[str, Any]) -> None:
    """Who asks, where, what, and only then what else there is; no source shows the whole order [I]."""
    prepare(azure, case)
    for request, expected in ((case["both"], case["earlier"]), ({**case["both"], **case["mended"]}, case["later"])):
        _, body = answer(azure, request)
        assert {name: body["error"][name] for name in ("code", "target") if name in body["error"]} == expected


def prepare(azure: Azure, case: dict[str, Any]) -> None:
    """Create what a case has given, one after another."""
    for given in case.get("given", []):
        accepted(azure, {"put": given} if isinstance(given, str) else given)
        azure.clock.simulate(3600)


def answer(azure: Azure, case: dict[str, Any]) -> tuple[int, Any]:
    """Status and body of a case's refusal, be it at once or of the operation."""
    got = send(azure, case)
    if not case.get("operation"):
        return got.status, got.body
    azure.clock.simulate(10**6)
    ended = azure.call("GET", got.headers["Azure-AsyncOperation"]).body
    assert ended["status"] == "Failed"
    return got.status, {"error": ended["error"]}


def accepted(azure: Azure, request: dict[str, Any]) -> None:
    """Send a request that is no refusal's."""
    got = send(azure, request)
    assert got.status < 300, (request, got)


def send(azure: Azure, request: dict[str, Any]) -> Response:
    """Send the request that a case describes."""
    path, body = request_of(request)
    options = {name: request[name] for name in ("token", "api") if name in request}
    raw = request["raw"].encode() if "raw" in request else None
    return azure.call(request.get("method", "PUT"), path, body, raw=raw, **options)


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
