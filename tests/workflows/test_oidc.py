"""The token file that GitHub's workflows deploy with, at a server that gives tokens as GitHub does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

OIDC = Path(__file__).parents[2] / ".github" / "oidc.py"


class Tokens(HTTPServer):
    """Gives another token each time; the second request is refused."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = 0


class Handler(BaseHTTPRequestHandler):
    server: Tokens

    def do_GET(self) -> None:
        self.server.asked += 1
        good = self.path == "/token?version=1&audience=api://AzureADTokenExchange" and self.server.asked != 2
        good &= self.headers["Authorization"] == "Bearer request"
        body = json.dumps({"value": f"token-{self.server.asked}"}).encode()
        self.send_response(200 if good else 500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Tokens]:
    made = Tokens()
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def run(directory: Path, address: str, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {
        "ACTIONS_ID_TOKEN_REQUEST_URL": address,
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request",
        "RUNNER_TEMP": str(directory),
        "NO_PROXY": "127.0.0.1",
        **environment,
    }
    command = [sys.executable, str(OIDC), sys.executable, "-c", script]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)


# What a deployment does for hours: now and then it reads the file.
WATCHING = """
import os, pathlib, stat, sys, time
file = pathlib.Path(os.environ["AZURE_FEDERATED_TOKEN_FILE"])
assert stat.S_IMODE(file.stat().st_mode) == 0o600
assert os.environ["AZURE_TOKEN_CREDENTIALS"] == "WorkloadIdentityCredential"
seen, end = [], time.monotonic() + 20
while len(seen) < 3 and time.monotonic() < end:
    text = file.read_text()
    seen += [text] if text not in seen else []
    time.sleep(0.02)
print(*seen)
sys.exit(7)
"""


def test_a_fresh_token_for_as_long_as_the_command_runs(server: Tokens, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{server.server_address[1]}/token?version=1"
    done = run(tmp_path, address, WATCHING, OIDC_SECONDS="0.1")

    assert done.returncode == 7, done.stderr
    assert done.stdout.split() == ["token-1", "token-3", "token-4"]
    assert "no fresh token, trying again" in done.stderr and "token-" not in done.stderr
    asked, end = server.asked, time.monotonic() + 5
    while (tmp_path / "azure-federated-token").exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not list(tmp_path.iterdir()) and server.asked <= asked + 2, "it ends with the command"


def test_without_the_permission_it_says_so(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("ACTIONS_")} | {"RUNNER_TEMP": str(tmp_path)}
    done = subprocess.run([sys.executable, str(OIDC), "true"], env=env, capture_output=True, text=True)
    assert done.returncode == 1
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith("oidc: GitHub gives no token") and sentence.endswith("permission id-token: write")
