"""Polling, retries and errors, against a cloud that answers as told.

The cases (`cases/client.json`) name their sources: files of azcore, and of azure-native's `provider/pkg/azure`. A case
says what is asked of the client, how the cloud answers (status, headers, body), what the client asked it, for how many
seconds it paused, and what comes of it: what it gives, or what it says. `@id` is a gallery's id, `@cloud` the address.
"""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from local.provider.client import CloudError

from .conftest import API, CASES, Cloud, cases

ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/g"


@pytest.mark.parametrize("case", cases("client.json"))
def test_client(cloud: Cloud, case: dict[str, Any]) -> None:
    case = json.loads(json.dumps(case).replace("@id", ID))
    cloud.answers = [tuple(answer) for answer in case["answers"]]
    said, given = None, None
    try:
        given = cloud.ask(*case["ask"])
    except CloudError as error:
        said = str(error)
    assert (cloud.asked, cloud.waits, cloud.answers) == (case["asked"], case["waits"], [])
    expected = case.get("says")
    assert (said, given) == (expected and expected.replace("@cloud", cloud.address), case.get("gives"))


def test_a_query_is_sent(cloud: Cloud) -> None:
    cloud.answers = [(200, {}, {})]
    cloud.ask("show", ID, API, {"$expand": "instanceView"})
    assert cloud.queries == [{"api-version": API, "$expand": "instanceView"}]


def test_a_location_is_asked_as_it_is(cloud: Cloud) -> None:
    cloud.answers = [(202, {"Location": "/op?monitor=true"}, None), (204, {}, None)]
    cloud.ask("delete", ID, API)
    assert cloud.queries[-1] == {"monitor": "true"}


def test_a_connection_that_breaks_off(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    async def abort(self: Cloud, request: aiohttp.web.Request) -> aiohttp.web.Response:
        if request.path.startswith(("/metadata", "/adfs")):
            return await answer(self, request)
        assert request.transport
        request.transport.abort()
        return aiohttp.web.Response()

    answer = Cloud.answer
    monkeypatch.setattr(Cloud, "answer", abort)
    with pytest.raises(CloudError) as lost:
        cloud.ask("put", ID, API, {})
    assert str(lost.value) == f'Put "{cloud.address}{ID}?api-version={API}": EOF'


def test_an_address_that_is_no_cloud(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hello(self: Cloud, request: aiohttp.web.Request) -> aiohttp.web.Response:
        return aiohttp.web.Response(text='{"broken', content_type="application/json")

    monkeypatch.setattr(Cloud, "answer", hello)
    with pytest.raises(CloudError, match="there is no Azure at http://127"):
        cloud.ask("get", ID, API)


def test_every_case_has_a_source() -> None:
    """What azure-native does is known from its source or from its issues alone, so each expectation says from where."""
    files = sorted(CASES.glob("*.json"))
    assert files
    for file in files:
        for case in json.loads(file.read_text()):
            assert case["source"].strip(), f"{file.name}: {case['case']}"
