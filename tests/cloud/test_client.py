"""As whom Azure is asked, by azure-native's settings; at which cloud is in tests/commands/test_status.py."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cloud.client import VARIABLES, Refused, Settings, credential

LOGIN = "https://login.microsoftonline.com"
WHO = {"ARM_TENANT_ID": "00000000-0000-0000-0000-0000000000aa", "ARM_CLIENT_ID": "me"}


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (variable for variables in VARIABLES.values() for variable in variables):
        monkeypatch.delenv(name, raising=False)


def of(configuration: dict[str, str]) -> Any:
    return credential(Settings(lambda key: configuration.get(key, "")), LOGIN)


@pytest.mark.parametrize(
    ("variables", "configuration", "kind"),
    [
        ({}, {}, "ChainedTokenCredential"),
        ({**WHO, "ARM_CLIENT_SECRET": "s"}, {}, "ClientSecretCredential"),
        ({}, {"tenantId": WHO["ARM_TENANT_ID"], "clientId": "me", "clientSecret": "s"}, "ClientSecretCredential"),
        ({"AZURE_CLIENT_SECRET": "s", "AZURE_CLIENT_ID": "me", "AZURE_TENANT_ID": "t"}, {}, "ClientSecretCredential"),
        ({**WHO, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t"}, {}, "ClientAssertionCredential"),
        ({**WHO, "ARM_OIDC_TOKEN": "t"}, {"useOidc": "true"}, "ClientAssertionCredential"),
        # In the order of azure-native: what is named first wins.
        (
            {**WHO, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t", "ARM_CLIENT_SECRET": "s"},
            {},
            "ClientSecretCredential",
        ),
        ({"ARM_USE_MSI": "true"}, {}, "ManagedIdentityCredential"),
        (
            {**WHO, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t", "ARM_USE_MSI": "true"},
            {},
            "ClientAssertionCredential",
        ),
        ({**WHO, "ARM_CLIENT_SECRET": "s"}, {"useDefaultAzureCredential": "true"}, "DefaultAzureCredential"),
        ({**WHO, "ARM_USE_OIDC": "false"}, {}, "ChainedTokenCredential"),
    ],
)
def test_an_identity(
    variables: dict[str, str], configuration: dict[str, str], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert type(of(configuration)).__name__ == kind


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        ({"useOidc": "true"}, "OIDC wants a tenant and a client: set ARM_TENANT_ID and ARM_CLIENT_ID"),
        ({"useOidc": "true", "tenantId": "t", "clientId": "me"}, "OIDC wants a token: set ARM_OIDC_TOKEN, "),
        (
            {"tenantId": "t", "clientId": "me", "clientCertificatePath": "/nowhere.pem"},
            "the client certificate /nowhere.pem can't be used: ",
        ),
    ],
)
def test_half_an_identity(configuration: dict[str, str], sentence: str) -> None:
    with pytest.raises(Refused) as told:
        of(configuration)
    assert str(told.value).startswith(sentence) and "\n" not in str(told.value)


class Workflow(BaseHTTPRequestHandler):
    """GitHub's service for a workflow's token."""

    asked: list[tuple[str, dict[str, list[str]], str | None]] = []  # noqa: RUF012

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.asked.append((url.path, parse_qs(url.query), self.headers["Authorization"]))
        body = json.dumps({"value": f"token {len(self.asked)}"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def workflow() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Workflow)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    Workflow.asked.clear()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_workflow_has_a_new_token_each_time(workflow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        **WHO,
        "ARM_USE_OIDC": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{workflow}/token?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer",
    }.items():
        monkeypatch.setenv(name, value)

    asks = of({})._func

    assert (asks(), asks()) == ("token 1", "token 2")
    audience = ["api://AzureADTokenExchange"]
    assert Workflow.asked == [("/token", {"api-version": ["2.0"], "audience": audience}, "Bearer bearer")] * 2


def test_a_token_in_a_file_is_read_when_it_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "token"
    asks = of({"useOidc": "true", "tenantId": "t", "clientId": "me", "oidcTokenFilePath": str(file)})._func
    with pytest.raises(Refused, match="token can't be read: No such file"):
        asks()
    for token in ("one", "two"):
        file.write_text(f"{token}\n")
        assert asks() == token
