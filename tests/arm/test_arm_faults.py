"""Faults on demand: what strikes whom and how often, by file and by `/local/faults`, and what a client sees of it."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import yaml

from local.arm import StateError, fault_injection, faults

from .conftest import COMPUTE, Azure, Response, preset
from .test_arm_state import ROOT, start

GALLERY = f"{COMPUTE}/galleries/gal"
VERSION = f"{GALLERY}/images/img/versions/1.0.0"
ROUTE = "/local/faults"
GALLERIES = "Microsoft.Compute/galleries"
VERSIONS = "Microsoft.Compute/galleries/images/versions"
BAD = json.loads(Path(__file__).with_name("faults.json").read_text())
SOURCES = ("group", "gallery", "definition", "image")


def write(azure: Azure, *wanted: Any) -> None:
    """Put faults into the file, as a person would."""
    (azure.home / fault_injection.FILE).write_text(yaml.safe_dump(list(wanted)))


def struck(azure: Azure) -> list[int]:
    return [entry["struck"] for entry in azure.call("GET", ROUTE).body["value"]]


def operation(azure: Azure, accepted: Response) -> Any:
    """An operation, at wherever it is served now."""
    return azure.call("GET", urlsplit(accepted.headers["Azure-AsyncOperation"]).path).body


def replication(azure: Azure) -> tuple[str, dict[str, str]]:
    """The whole state of a version's replication, and that of each region."""
    shown = azure.call("GET", VERSION, expand="ReplicationStatus").body["properties"]["replicationStatus"]
    return shown["aggregatedState"], {region["region"]: region["state"] for region in shown["summary"]}


def test_throttling_is_told_as_compute_tells_it(azure: Azure) -> None:
    azure.given("group")
    write(azure, {"method": "PUT", "type": GALLERIES, "status": 429, "retry": 7, "times": 1})
    refused = azure.put("gallery")
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "7" and refused.headers["x-ms-retry-after-ms"] == "7000"
    group = "CreateUpdateGallery3Min"
    assert refused.headers["x-ms-ratelimit-remaining-resource"] == f"Microsoft.Compute/{group};0"
    error = refused.body["error"]
    (detail,) = error.pop("details")
    assert error == {
        "code": "OperationNotAllowed",
        "message": "The server rejected the request because too many requests have been received for this "
        "subscription.",
        "innererror": {"internalErrorCode": "TooManyRequestsReceived"},
    }
    assert (detail["code"], detail["target"]) == ("TooManyRequests", group)
    assert json.loads(detail["message"])["operationGroup"] == group
    assert azure.put("gallery").status == 201


@pytest.mark.parametrize(
    ("fault", "status", "code", "message"),
    [
        ({"status": 500}, 500, "InternalServerError", "Encountered internal server error. Please try again later."),
        ({"status": 503}, 503, "ServiceUnavailable", "The service is temporarily unavailable. Please try again later."),
        ({"status": 504}, 504, "GatewayTimeout", "Gateway Timeout."),
        ({"status": 599}, 599, "Error", "Error."),
        ({"status": 409, "code": "Conflict", "message": "No."}, 409, "Conflict", "No."),
    ],
)
def test_refusals_tell_clients_to_come_back_soon(
    azure: Azure, fault: Any, status: int, code: str, message: str
) -> None:
    azure.given("group")
    write(azure, fault)
    refused = azure.put("gallery")
    assert (refused.status, refused.body["error"]) == (status, {"code": code, "message": message})
    assert refused.headers["x-ms-retry-after-ms"] == "20" and "Retry-After" not in refused.headers


@pytest.mark.parametrize(
    ("where", "hit", "missed"),
    [
        ({"method": "PUT"}, ("PUT", GALLERY), ("GET", GALLERY)),
        ({"path": "*/GALLERIES/g*"}, ("GET", GALLERY), ("GET", f"{COMPUTE}/images")),
        ({"type": "microsoft.compute/Galleries"}, ("GET", f"{COMPUTE}/galleries"), ("GET", f"{GALLERY}/images")),
        ({"path": "*/capsOperations/*"}, ("GET", f"{COMPUTE}/locations/x/capsOperations/y"), ("GET", GALLERY)),
    ],
)
def test_where_it_strikes(azure: Azure, where: Any, hit: tuple[str, str], missed: tuple[str, str]) -> None:
    azure.given("group", "gallery")
    write(azure, {**where, "status": 418})
    assert azure.call(*hit).status == 418
    assert azure.call(*missed).status == 200


def test_after_some_and_so_many_times(azure: Azure) -> None:
    azure.given("group", "gallery")
    write(azure, {"method": "GET", "status": 500, "after": 2, "times": 3})
    assert [azure.call("GET", GALLERY).status for _ in range(7)] == [200, 200, 500, 500, 500, 200, 200]
    assert struck(azure) == [3]


def test_one_after_the_other(azure: Azure) -> None:
    """A request is struck by the first of those that leave nothing for others."""
    azure.given("group", "gallery")
    write(azure, {"status": 429, "times": 2}, {"status": 503, "times": 1}, {"delay": 0.001})
    assert [azure.call("GET", GALLERY).status for _ in range(4)] == [429, 429, 503, 200]
    assert struck(azure) == [2, 1, 1]


def test_all_who_serve_a_home_count_together(azure: Azure) -> None:
    azure.given("group", "gallery")
    other = Azure(azure.home, azure.loop, azure.clock).start()
    write(azure, {"status": 500, "times": 3})
    assert [server.call("GET", GALLERY).status for server in (azure, other)] == [500, 500]
    azure.stop()
    azure.start()
    assert [server.call("GET", GALLERY).status for server in (azure, other)] == [500, 200]
    write(azure, {"status": 500, "times": 3})
    assert struck(other) == [0], "a file that is saved anew counts anew"
    assert other.call("GET", GALLERY).status == 500
    other.stop()


def test_the_endpoint_is_the_file(azure: Azure) -> None:
    azure.given("group", "gallery")
    assert azure.call("GET", ROUTE, token=None).body == {"value": []}
    sent = [{"path": "*/galleries/gal", "status": 500, "times": 1}]
    text = b"# a comment stays\n- {path: '*/galleries/gal', status: 500, times: 1}\n"
    assert azure.call("PUT", ROUTE, raw=text).body == {"value": [{"fault": sent[0], "struck": 0}]}
    assert (azure.home / fault_injection.FILE).read_bytes() == text
    assert [azure.call("GET", GALLERY).status for _ in range(2)] == [500, 200]
    assert azure.call("GET", ROUTE).body == {"value": [{"fault": sent[0], "struck": 1}]}
    assert azure.call("PUT", ROUTE, sent).body == {"value": [{"fault": sent[0], "struck": 0}]}, "JSON will do, too"
    assert azure.call("DELETE", ROUTE).status == 204
    assert azure.call("DELETE", ROUTE).status == 204
    assert azure.call("GET", GALLERY).status == 200
    assert azure.call("POST", ROUTE).code == "NotSupportedByLocalAzure"


def test_only_resource_manager_fails(azure: Azure) -> None:
    write(azure, {"status": 503})
    assert azure.call("GET", "/metadata/endpoints", api="2022-09-01", token=None).status == 200
    assert azure.call("GET", "/subscriptions").status == 503


@pytest.mark.parametrize("drop", ["request", "answer"])
def test_dropped_connections(azure: Azure, drop: str) -> None:
    azure.given("group")
    write(azure, {"method": "PUT", "drop": drop, "times": 2})  # two, as the client itself tries a second time
    with pytest.raises(aiohttp.ClientError):
        azure.put("gallery")
    assert struck(azure) == [2]
    assert azure.call("GET", GALLERY).status == (404 if drop == "request" else 200), "whether it was done"


def test_a_refusal_is_dropped_as_well(azure: Azure) -> None:
    write(azure, {"drop": "answer", "times": 2})
    with pytest.raises(aiohttp.ClientError):
        azure.call("GET", GALLERY)


def test_a_slow_answer_holds_nobody_up(azure: Azure) -> None:
    azure.given("group", "gallery")
    write(azure, {"method": "PUT", "delay": 3600})

    async def overtaken() -> int:
        assert azure.session
        headers, query = {"Authorization": "Bearer t"}, {"api-version": "2024-03-03"}
        url = azure.address + GALLERY
        slow = azure.loop.create_task(azure.session.put(url, json={}, headers=headers, params=query).__aenter__())
        while not slow.done():
            async with azure.session.get(url, headers=headers, params=query) as quick:
                if struck_in(azure):
                    slow.cancel()
                    return quick.status
        return (await slow).status

    assert azure.run(overtaken()) == 200


def struck_in(azure: Azure) -> bool:
    """Whether a fault is counted in the state, read from beside the server."""
    with sqlite3.connect(azure.home / "azure.sqlite3") as connection:
        return bool(connection.execute("SELECT count(*) FROM faults").fetchone()[0])


TEXT = (  # [G: azure-cli#15539]
    "Gallery replication jobs failed in one or more regions. The failing regions' details are as follows: "
    "'{region:eastus2, detail:Failed with internal server error.}'. If retry does not work, then please do an update "
    "by removing the failed regions and update again by adding them back."
)


def test_a_region_fails_and_the_others_are_done(azure: Azure) -> None:
    azure.given(*SOURCES)
    write(azure, {"failing": ["East US 2", "westus"], "times": 1})
    accepted = azure.put("version")
    assert accepted.status == 201
    azure.clock.simulate(130)
    assert replication(azure) == ("InProgress", {"eastus": "Completed", "eastus2": "Replicating"})
    azure.clock.simulate(3600)
    ended = operation(azure, accepted)
    assert (ended["status"], ended["error"]["message"]) == ("Failed", TEXT)
    assert replication(azure) == ("Failed", {"eastus": "Completed", "eastus2": "Failed"})
    shown = azure.call("GET", VERSION).body["properties"]
    assert shown["provisioningState"] == "Failed"
    assert shown["storageProfile"]["osDiskImage"]["sizeInGB"] == 30, "it was built"
    path, body = preset("version")
    body["properties"]["storageProfile"] = {"source": {"id": VERSION}}
    copy = path.replace("1.0.0", "1.0.1")
    assert azure.call("PUT", copy, {**body, "location": "eastus2"}).code == "NotFound", "no source where it isn't"
    assert azure.call("PUT", copy, body).status == 201, "and one where it is"


def test_a_retry_copies_to_the_failed_region_alone(azure: Azure) -> None:
    azure.given(*SOURCES)
    write(azure, {"failing": ["eastus2"], "times": 2})
    azure.put("version")
    azure.clock.simulate(3600)
    azure.call("DELETE", f"{COMPUTE}/images/src")
    for state in ("Failed", "Completed"):
        assert azure.put("version").status == 200
        assert replication(azure) == ("InProgress", {"eastus": "Completed", "eastus2": "Replicating"})
        azure.clock.simulate(3600)
        assert replication(azure) == (state, {"eastus": "Completed", "eastus2": state})
    assert azure.call("GET", VERSION).body["properties"]["provisioningState"] == "Succeeded"
    assert struck(azure) == [2]


def test_a_failed_region_is_removed_and_added_back_as_the_text_advises(azure: Azure) -> None:
    azure.given(*SOURCES)
    write(azure, {"failing": ["eastus2"], "times": 1})
    azure.put("version")
    azure.clock.simulate(3600)
    path, body = preset("version")
    regions = body["properties"]["publishingProfile"]["targetRegions"]
    body["properties"]["publishingProfile"]["targetRegions"] = regions[:1]
    assert azure.call("PUT", path, body).code == "BadRequest", "Azure's words name no exception [I]"
    body["properties"]["safetyProfile"] = {"allowDeletionOfReplicatedLocations": True}
    assert azure.call("PUT", path, body).status == 200
    azure.clock.simulate(200)
    assert replication(azure) == ("Completed", {"eastus": "Completed"})
    assert azure.call("GET", VERSION).body["properties"]["provisioningState"] == "Succeeded"
    assert azure.put("version").status == 200
    azure.clock.simulate(3600)
    assert replication(azure) == ("Completed", {"eastus": "Completed", "eastus2": "Completed"})


def test_a_region_that_nothing_is_copied_to_can_not_fail(azure: Azure) -> None:
    azure.given(*SOURCES, "version")
    write(azure, {"failing": ["eastus2"], "times": 1})
    path, body = preset("version")
    body["properties"]["publishingProfile"]["excludeFromLatest"] = True
    assert operation(azure, azure.call("PUT", path, body))["status"] == "InProgress"
    azure.clock.simulate(3600)
    assert azure.call("GET", VERSION).body["properties"]["provisioningState"] == "Succeeded"
    assert struck(azure) == [0]


def test_an_operation_goes_on_until_the_fault_is_taken_away(azure: Azure) -> None:
    azure.given(*SOURCES)
    write(azure, {"type": VERSIONS, "endless": True, "times": 1})
    accepted = azure.put("version")
    azure.clock.simulate(10**8)
    azure.stop()
    azure.start()
    assert operation(azure, accepted)["status"] == "InProgress"
    shown = azure.call("GET", VERSION, expand="ReplicationStatus").body["properties"]
    assert (shown["provisioningState"], shown["replicationStatus"]["aggregatedState"]) == ("Creating", "InProgress")
    busy = azure.put("version")
    assert busy.code == "AnotherOperationInProgress" and busy.headers["x-ms-retry-after-ms"] == "500"
    azure.call("DELETE", ROUTE)
    assert operation(azure, accepted)["status"] == "Succeeded"
    assert replication(azure) == ("Completed", {"eastus": "Completed", "eastus2": "Completed"})
    assert azure.put("version").status == 200


def test_what_was_stuck_goes_on_when_the_next_server_finds_the_file_gone(azure: Azure) -> None:
    azure.given("group")
    write(azure, {"endless": True})
    accepted = azure.put("gallery")
    azure.stop()
    (azure.home / fault_injection.FILE).unlink()
    azure.start()
    assert operation(azure, accepted)["status"] == "Succeeded"


def test_a_stuck_version_can_be_deleted(azure: Azure) -> None:
    azure.given(*SOURCES)
    write(azure, {"method": "PUT", "endless": True})
    accepted = azure.put("version")
    assert azure.call("DELETE", VERSION).status == 202
    assert operation(azure, accepted)["status"] == "Failed"
    azure.clock.simulate(91)
    assert azure.call("GET", VERSION).status == 404


def test_a_stuck_deletion(azure: Azure) -> None:
    azure.given("group", "gallery")
    write(azure, {"method": "DELETE", "endless": True})
    accepted = azure.call("DELETE", GALLERY)
    azure.clock.simulate(10**8)
    assert operation(azure, accepted)["status"] == "InProgress"
    assert azure.call("GET", GALLERY).body["properties"]["provisioningState"] == "Deleting"
    azure.call("DELETE", ROUTE)
    assert operation(azure, accepted)["status"] == "Succeeded"
    assert azure.call("GET", GALLERY).status == 404
    assert azure.put("gallery").status == 201


def test_a_change_that_was_refused_uses_nothing_up(azure: Azure) -> None:
    azure.given("group")
    write(azure, {"endless": True, "times": 1})
    assert azure.call("PUT", f"{COMPUTE}/galleries/my-gal", {"location": "eastus"}).status == 400
    assert azure.call("GET", GALLERY).status == 404
    assert struck(azure) == [0]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["text"])
def test_a_bad_file_is_one_sentence(azure: Azure, case: dict[str, str]) -> None:
    """At the start, while serving, and sent: none is taken for no faults."""
    sent = azure.call("PUT", ROUTE, raw=case["text"].encode())
    assert sent.status == 400 and case["said"] in sent.body["error"]["message"]
    assert "request" in sent.body["error"]["message"] and not (azure.home / fault_injection.FILE).exists()

    (azure.home / fault_injection.FILE).write_text(case["text"])
    refused = azure.call("GET", GALLERY)
    said = refused.body["error"]["message"]
    assert refused.status == 400 and refused.code == "NotSupportedByLocalAzure"
    assert case["said"] in said and fault_injection.FILE in said and "\n" not in said
    with pytest.raises(StateError) as failed:
        start(azure.home)
    assert str(failed.value) == said
    assert azure.call("DELETE", ROUTE).status == 204
    assert azure.call("GET", GALLERY).code == "ResourceGroupNotFound"


def test_an_unusable_file_is_one_sentence(azure: Azure) -> None:
    (azure.home / fault_injection.FILE).mkdir()
    for got in (azure.call("GET", GALLERY), azure.call("PUT", ROUTE, []), azure.call("DELETE", ROUTE)):
        assert (got.status, got.code) == (400, "NotSupportedByLocalAzure")
        assert got.body["error"]["message"].endswith("faults.yaml can't be used: Is a directory.")


def test_an_empty_file_is_no_fault(azure: Azure) -> None:
    (azure.home / fault_injection.FILE).write_text("# nothing yet\n")
    azure.given("group")
    assert azure.call("GET", ROUTE).body == {"value": []}


def test_what_is_documented_can_be_written() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/local-azure.md").read_text(), re.DOTALL)
    [written] = [block for block in blocks if block.startswith(("- {", "# The service"))]
    assert faults.read(written.encode(), "docs/local-azure.md")


def test_every_key_is_documented() -> None:
    text = (ROOT / "docs/local-azure.md").read_text()
    assert all(f"`{field.name}`" in text for field in fields(faults.Fault))
