"""Polling, retries and errors, against a cloud that answers as told."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from local.provider.client import AzureError, CloudError, Unfinished

from .conftest import API, Cloud

ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/g"
BUSY = {"error": {"code": "AnotherOperationInProgress", "message": "wait"}}
DONE = {"properties": {"provisioningState": "Succeeded"}}
ASYNC = {"Azure_AsyncOperation": "@/op"}


def test_put_polls_until_the_status_says_so(cloud: Cloud) -> None:
    cloud.then(201, {"properties": {"provisioningState": "Creating"}}, **ASYNC)
    cloud.then(200, {"status": "InProgress"}, x_ms_retry_after_ms="1").then(200, {"status": "Succeeded"}).then(
        200, DONE
    )
    assert cloud.ask("put", ID, API, {}) == DONE
    assert cloud.asked == [f"PUT {ID}", "GET /op", "GET /op", f"GET {ID}"]


def test_put_that_is_answered_at_once(cloud: Cloud) -> None:
    cloud.then(200, DONE, **ASYNC).then(200, DONE)
    cloud.ask("put", ID, API, {})
    assert cloud.asked == [f"PUT {ID}", f"GET {ID}"]


@pytest.mark.parametrize(("status", "body"), [(200, None), (200, {}), (200, {"id": "x"}), (204, None)])
def test_a_location_is_done_when_it_is_no_longer_202(cloud: Cloud, status: int, body: Any) -> None:
    cloud.then(202, None, Location="@/op?monitor=true").then(202).then(status, body)
    cloud.ask("delete", ID, API)
    assert cloud.asked == [f"DELETE {ID}", "GET /op", "GET /op"]


@pytest.mark.parametrize("status", [200, 204, 404])
def test_delete_of_what_is_gone(cloud: Cloud, status: int) -> None:
    cloud.then(status, None)
    cloud.ask("delete", ID, API)
    assert cloud.asked == [f"DELETE {ID}"]


def test_nothing_there(cloud: Cloud) -> None:
    assert cloud.then(404, {"error": {}}).ask("get", ID, API) is None


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (409, {"error": {"code": "C", "message": "m"}}, 'Status=409 Code="C" Message="m"'),
        (400, "<html>", 'Status=400 Code="" Message="<html>"'),
        (400, {"error": "odd"}, "Status=400 Code=\"\" Message=\"{'error': 'odd'}\""),
        (400, [1], 'Status=400 Code="" Message="[1]"'),
    ],
)
def test_refusal(cloud: Cloud, status: int, body: Any, said: str) -> None:
    with pytest.raises(AzureError) as refused:
        cloud.then(status, body).ask("put", ID, API, {})
    assert str(refused.value) == said


@pytest.mark.parametrize("answer", [(429, None), (503, None), (500, "oops"), (408, None), (409, BUSY)])
def test_tried_again(cloud: Cloud, answer: tuple[int, Any]) -> None:
    cloud.then(*answer, Retry_After="0").then(*answer, retry_after_ms="1").then(200, DONE)
    assert cloud.ask("get", ID, API) == DONE
    assert len(cloud.asked) == 3


def test_tried_four_times_at_most(cloud: Cloud) -> None:
    for _ in range(4):
        cloud.then(503, {"error": {"code": "Busy", "message": "m"}})
    with pytest.raises(AzureError, match="Status=503"):
        cloud.ask("get", ID, API)


def test_another_conflict_is_final(cloud: Cloud) -> None:
    with pytest.raises(AzureError, match="ScopeLocked"):
        cloud.then(409, {"error": {"code": "ScopeLocked", "message": "m"}}).ask("delete", ID, API)
    assert len(cloud.asked) == 1


@pytest.mark.parametrize("status", ["Failed", "Canceled"])
def test_accepted_and_then_failed(cloud: Cloud, status: str) -> None:
    cloud.then(201, {}, **ASYNC).then(200, {"status": status, "error": {"code": "C", "message": "m"}})
    with pytest.raises(Unfinished) as failed:
        cloud.ask("put", ID, API, {})
    assert str(failed.value) == 'Status=200 Code="C" Message="m"'


def test_accepted_in_a_failed_state(cloud: Cloud) -> None:
    cloud.then(200, {"properties": {"provisioningState": "Failed"}}, **ASYNC)
    with pytest.raises(Unfinished):
        cloud.ask("put", ID, API, {})


def test_an_operation_without_a_status(cloud: Cloud) -> None:
    cloud.then(201, {"properties": None}, **ASYNC).then(200, {})
    with pytest.raises(Unfinished, match="the response did not contain a status"):
        cloud.ask("put", ID, API, {})


def test_an_address_that_is_no_cloud(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hello(self: Cloud, request: aiohttp.web.Request) -> aiohttp.web.Response:
        return aiohttp.web.Response(text='{"broken', content_type="application/json")

    monkeypatch.setattr(Cloud, "answer", hello)
    with pytest.raises(CloudError, match="there is no Azure at http://127"):
        cloud.ask("get", ID, API)
