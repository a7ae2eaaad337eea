"""`gallery status`, by the answers of a cloud that plays a script; tests/engine/test_status.py asks local Azure."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure.identity import AzureCliCredential, ChainedTokenCredential, DefaultAzureCredential

from commands.__main__ import main
from commands.azure_client import compute_client
from config import load
from local.arm.certificates import server_context
from local.run import settings
from tests.commands import ROOT, expected, on_terminal

CASES = Path(__file__).with_name("status")
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/images/providers/Microsoft.Compute/"


class Cloud(ThreadingHTTPServer):
    """Gives each path's answers one after another, the last one for good; `drop` closes the connection instead."""

    daemon_threads = True

    def __init__(self, home: Path, answers: dict[str, list[Any]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.socket = server_context(home).wrap_socket(self.socket, server_side=True)
        self.address = f"https://127.0.0.1:{self.server_address[1]}"
        self.answers = {path.casefold(): list(each) for path, each in answers.items()}
        self.lock = threading.Lock()
        authentication = {"loginEndpoint": f"{self.address}/adfs", "audiences": [self.address]}
        self.metadata: Any = {"resourceManager": self.address, "authentication": authentication}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is none."""

    def answer(self, path: str) -> Any:
        if path == "/metadata/endpoints":
            return {"body": self.metadata}
        if path.startswith("/adfs"):
            token = {"access_token": "any", "expires_in": 3600, "token_endpoint": f"{self.address}/adfs/token"}
            return {"body": {**token, "authorization_endpoint": f"{self.address}/adfs/authorize"}}
        with self.lock:
            left = self.answers.get(path.casefold().removeprefix(GROUP.casefold()), [{"status": 404, "body": {}}])
            return left.pop(0) if len(left) > 1 else left[0]


class Handler(BaseHTTPRequestHandler):
    server: Cloud

    def do_GET(self) -> None:
        answer = self.server.answer(self.path.partition("?")[0])
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "drop" in answer:
            self.close_connection = True
            return
        body = json.dumps(answer["body"]).encode()
        self.send_response(answer.get("status", 200))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


Done = tuple[int, str, str]
"""Exit status, standard output, standard error."""


class At:
    """The command in a case's project, pointed at the case's cloud."""

    def __init__(self, case: str, directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
        (directory / "home").mkdir()
        self.cloud = Cloud(directory / "home", yaml.safe_load((CASES / case / "azure.yaml").read_text()))
        threading.Thread(target=self.cloud.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.root = directory / "project"
        shutil.copytree(CASES / case, self.root)
        self._capsys = capsys
        for name in [name for name in os.environ if name.startswith(("ARM_", "AZURE_"))]:
            monkeypatch.delenv(name)
        for name, value in settings(self.cloud.address, directory / "home" / "ca.pem").items():
            monkeypatch.setenv(name, value)

    def __call__(self, *options: str, stack: str = "dev") -> Done:
        status = main(["status", stack, *options], self.root)
        return status, *self._capsys.readouterr()


Capture = pytest.CaptureFixture[str]
MakeAt = Callable[[str], At]


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Iterator[MakeAt]:
    made: list[At] = []

    def make(case: str) -> At:
        made.append(At(case, tmp_path, monkeypatch, capsys))
        return made[-1]

    yield make
    for each in made:
        each.cloud.shutdown()
        each.cloud.server_close()


@pytest.mark.parametrize("case", ["mixed", "shared"])
@pytest.mark.parametrize(("options", "file"), [([], "status.txt"), (["--json"], "status.json")])
def test_every_state(at: MakeAt, case: str, options: list[str], file: str) -> None:
    status, printed, told = at(case)(*options)
    assert (status, told) == (1, "")
    assert printed == expected(CASES / case / file, printed)


def test_the_change_that_azure_advises_is_one_that_the_project_takes(at: MakeAt) -> None:
    gallery = at("mixed")
    lines = gallery()[1].splitlines()
    patch = "\n".join(lines[lines.index("--- galleries/dev.yaml") : -2]) + "\n"
    subprocess.run(["patch", "--quiet", "-p0"], input=patch, text=True, cwd=gallery.root, check=True)

    versions = load("dev", gallery.root).galleries["company"].images["web"].versions

    assert versions["1.1.0"].safety_profile.allow_deletion_of_replicated_locations
    assert [target.region.name for target in versions["1.1.0"].target_regions] == ["westus"]
    assert [target.region.name for target in versions["1.0.0"].target_regions] == ["westus", "northeurope"]


def test_a_watch_goes_on_when_the_network_fails(at: MakeAt) -> None:
    status, printed, told = at("watch")("--watch", "--interval", "0.05")
    assert status == 0
    assert printed == expected(CASES / "watch" / "watch.txt", printed)
    lost, busy = told.splitlines()
    assert lost.startswith("gallery: Azure can't be reached: ") and lost.endswith(": trying again")
    assert busy == "gallery: Azure can't be reached: The server is busy: trying again"


def test_a_watch_for_programs_is_a_line_for_each_change(at: MakeAt) -> None:
    looks = [json.loads(line) for line in at("watch")("--watch", "--json", "--interval", "0.05")[1].splitlines()]
    assert [look["outcome"] for look in looks] == ["running", "running", "done"]
    assert [[r["progress"] for v in look["versions"] for r in v["regions"]] for look in looks] == [[], [30], [100]]


def test_a_watch_on_a_terminal_has_bars(at: MakeAt) -> None:
    gallery = at("watch")
    for name in ("cloud", "commands", "config"):
        (gallery.root / name).symlink_to(ROOT / name)
    shown = on_terminal("status", "dev", "--watch", "--interval", "0.05", cwd=gallery.root, columns=120)
    assert "30%" in shown and "100%" in shown and "━" in shown, "a bar that has moved"
    assert "Azure can't be reached: " in shown and "trying again" in shown
    assert "1 version in the data file: 1 done" in shown


def test_a_narrow_terminal_has_whole_names_and_the_bar_gives_way(at: MakeAt) -> None:
    gallery = at("watch")
    for name in ("cloud", "commands", "config"):
        (gallery.root / name).symlink_to(ROOT / name)
    shown = on_terminal("status", "dev", "--watch", "--interval", "0.05", cwd=gallery.root, columns=44)
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown).replace("\r", "")
    lines = [line.rstrip() for line in plain.split("\n")]
    assert "company/web/1.0.0  Succeeded" in plain
    bars = [len(line) for line in lines if "100%" in line and "━" in line]
    assert bars and max(bars) <= 44
    assert all("Completed" in line and line.endswith("100%") for line in lines if "100%" in line)


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--image", "WEB"], 5),
        (["--image", "other*"], 0),
        (["--version", "1.1.*"], 1),
        (["--region", "North Europe"], 4),
        (["--outcome", "failed"], 1),
        (["--image", "w?b", "--outcome", "done", "--region", "westus"], 1),
    ],
)
def test_what_is_looked_at_can_be_narrowed(at: MakeAt, options: list[str], left: int) -> None:
    status, printed, _ = at("mixed")("--json", *options)
    found = json.loads(printed)
    assert len(found["versions"]) == left
    assert status == {"done": 0, "failed": 1, "running": 3}[found["outcome"]]
    if "--region" in options:
        places = {region["region"] for version in found["versions"] for region in version["regions"]}
        assert places == {options[options.index("--region") + 1].replace(" ", "").lower()}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--image", "wep"], "no image fits 'wep': found web and others"),
        (["--image", ""], "no image fits '': found web and others"),
        (["--version", "3.*"], "no version fits '3.*': found 0.9.0, 1.0.0, 1.1.0, 1.2.0 and 1.3.0"),
        (["--image", "others", "--version", "1.0.0"], "no version fits '1.0.0': there is none"),
        (["--region", "North Europ", "--watch", "--json"], "no region fits 'northeurop': did you mean northeurope?"),
        (["--version", "1.1.0", "--region", "eastus"], "no region fits 'eastus': found westus and northeurope"),
    ],
)
def test_who_waits_for_what_is_not_there_is_told(at: MakeAt, options: list[str], sentence: str) -> None:
    assert at("mixed")(*options) == (2, "", f"gallery: {sentence}\n")


def test_a_version_that_is_not_published_is_waited_for_in_its_regions(at: MakeAt) -> None:
    status, printed, _ = at("mixed")("--version", "1.3.0", "--region", "northeurope")
    assert status == 3 and printed.endswith("1 version in the data file: 1 not published yet\n")


@pytest.mark.parametrize("given", ["0", "-1", "3601", "soon", "nan"])
def test_an_interval_that_is_none(given: str, capsys: Capture) -> None:
    assert main(["status", "dev", f"--interval={given}"]) == 2
    told = f"argument --interval: found {given!r}, expected seconds: more than 0, and at most 3600"
    assert capsys.readouterr().err == f"gallery status: {told} (see gallery status --help)\n"


FORBIDDEN = {
    "status": 403,
    "body": {
        "error": {
            "code": "AuthorizationFailed",
            "message": "The client 'c' does not have authorization to perform action "
            "'Microsoft.Compute/galleries/images/read' over scope '/subscriptions/s'.",
        }
    },
}
REFUSED = (
    "gallery: Azure refuses to answer: The client 'c' does not have authorization to perform action "
    "'Microsoft.Compute/galleries/images/read' over scope '/subscriptions/s'\n"
)


@pytest.mark.parametrize("before", [0, 1])
def test_no_permission_to_read(at: MakeAt, before: int) -> None:
    """At once, or in the middle of a watch."""
    gallery = at("watch")
    gallery.cloud.answers["galleries/company/images"][before:] = [FORBIDDEN]
    status, _, told = gallery("--watch", "--interval", "0.05")
    assert (status, told) == (2, REFUSED)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            {"status": 401, "body": {"error": {"code": "ExpiredToken", "message": "The token has expired."}}},
            "gallery: Azure wants to know who asks (The token has expired): log in with `az login`, or set "
            "ARM_CLIENT_ID, ARM_CLIENT_SECRET and ARM_TENANT_ID\n",
        ),
        (
            {"status": 404, "body": {"error": {"code": "SubscriptionNotFound", "message": "No subscription 's'."}}},
            "gallery: Azure refuses to answer: No subscription 's'\n",
        ),
        (
            {"status": 500, "body": {"error": {"code": "InternalServerError", "message": "Something broke."}}},
            "gallery: Azure can't be reached: Something broke\n",
        ),
        (
            {"status": 400, "body": {}},
            "gallery: Azure refuses to answer: Operation returned an invalid status 'Bad Request'\n",
        ),
    ],
)
def test_azure_that_does_not_answer_at_all(at: MakeAt, answer: Any, sentence: str) -> None:
    gallery = at("watch")
    gallery.cloud.answers["galleries/company/images"] = [answer]
    assert gallery() == (2, "", sentence)


def test_a_network_that_is_not_there(at: MakeAt) -> None:
    gallery = at("watch")
    gallery.cloud.answers["galleries/company/images"] = [{"drop": True}]
    status, printed, told = gallery("--watch")
    assert (status, printed, told.count("\n")) == (2, "", 1)
    assert told.startswith("gallery: Azure can't be reached: ")


@pytest.mark.parametrize("metadata", [[], {"authentication": {}}, "x"])
def test_a_host_that_is_no_cloud(at: MakeAt, metadata: Any) -> None:
    gallery = at("watch")
    gallery.cloud.metadata = metadata
    host = gallery.cloud.address.removeprefix("https://")
    sentence = f"gallery: there is no cloud at {host}: https://{host}/metadata/endpoints tells no endpoints\n"
    assert gallery() == (2, "", sentence)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("''", "gallery: no subscription: write azure-native:subscriptionId into Pulumi.dev.yaml\n"),
        (
            "{secure: x}",
            "gallery: azure-native:subscriptionId is encrypted in Pulumi.dev.yaml, and only the engine can",
        ),
        ("[", "gallery: Pulumi.dev.yaml:1:"),
    ],
)
def test_a_stack_file_without_a_subscription(at: MakeAt, written: str, sentence: str) -> None:
    gallery = at("watch")
    (gallery.root / "Pulumi.dev.yaml").write_text(f"config: {{azure-native:subscriptionId: {written}}}")
    status, _, told = gallery()
    assert status == 2 and told.startswith(sentence) and told.count("\n") == 1


def test_settings_of_the_environment(at: MakeAt, monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = at("watch")
    (gallery.root / "Pulumi.dev.yaml").unlink()
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", GROUP.split("/")[2])
    assert gallery()[0] == 3
    monkeypatch.delenv("ARM_METADATA_HOSTNAME")
    monkeypatch.setenv("ARM_ENVIRONMENT", "mars")
    sentence = "gallery: azure-native:environment is 'mars': expected one of public, usgovernment, china\n"
    assert gallery() == (2, "", sentence)


@pytest.mark.parametrize(
    ("environment", "address", "audience"),
    [
        ("public", "https://management.azure.com", "https://management.azure.com/.default"),
        ("usgovernment", "https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net/.default"),
        ("China", "https://management.chinacloudapi.cn", "https://management.chinacloudapi.cn/.default"),
    ],
)
def test_sovereign_clouds(tmp_path: Path, environment: str, address: str, audience: str) -> None:
    """By the addresses of Azure's own SDK; nobody is asked."""
    written = f"{{azure-native:subscriptionId: s, azure-native:environment: {environment}}}"
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config: {written}")
    used = compute_client("dev", tmp_path)._config
    assert (used.base_url.rstrip("/"), used.credential_scopes) == (address, [audience])


def test_a_stack_that_does_not_exist(at: MakeAt) -> None:
    assert at("watch")(stack="nope") == (2, "", "gallery: no data file for the stack 'nope': found dev\n")


def test_a_login_of_ones_own_makes_no_files_in_the_home(at: MakeAt, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache that Visual Studio once shared would be looked for in ~/.IdentityService, and made there."""
    gallery = at("watch")
    for prefix in ("ARM", "AZURE"):
        monkeypatch.delenv(f"{prefix}_CLIENT_SECRET")
    credential = compute_client("dev", gallery.root)._config.credential
    assert isinstance(credential, ChainedTokenCredential)
    first, others = credential.credentials
    assert isinstance(first, AzureCliCredential) and isinstance(others, DefaultAzureCredential)
    names = {type(each).__name__ for each in others.credentials}
    assert "EnvironmentCredential" in names and "SharedTokenCacheCredential" not in names
