"""A secret is refused wherever it stands in a data file, and nothing repeats it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

import config
from commands.check import annotation
from config.azure.words import in_word
from config.diagnostics import quoted
from config.secrets import hidden, secret

from .test_mutations import places

EXAMPLE = Path(__file__).parents[2] / "docs" / "example" / "galleries"
WORD = "NOTAREALSECRET"
SECRETS = {
    f"https://store.blob.core.windows.net/vhds/os.vhd?sv=2024-11-04&sr=b&sig={WORD}%3D": "a shared access signature",
    f"https://someone:{WORD}@example.com/page": "a password in a URI",
}
FOUND = [
    *SECRETS,
    f"sv=2024-11-04&ss=b&SIG={WORD}%2B&se=2030-01-01",
    f"https://example.com/go?to=https%3A%2F%2Fstore.blob.core.windows.net%2Fa%3Fsv%3D1%26sig%3D{WORD}",
    f"BlobEndpoint=https://store.blob.core.windows.net/;SharedAccessSignature=sv=2024-11-04&sig={WORD}",
    f"DefaultEndpointsProtocol=https;AccountName=store;AccountKey={WORD}==;EndpointSuffix=core.windows.net",
    f"https://example.azurewebsites.net/api/notes?code={WORD}{WORD}",
    f"https://example.com/notes?access_token={WORD}{WORD}#top",
    f"https://bucket.s3.amazonaws.com/eula.txt?X-Amz-Signature={WORD}{WORD}",
    f"password={WORD}",
    f"ghp_{WORD * 3}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{WORD}\n-----END RSA PRIVATE KEY-----",
]
NONE = [
    "https://example.com:443/a@b?key=short&page=2#sig",
    "https://example.com:80?mail=us@example.com",
    "https://<user>:<password>@example.com",
    "sig=prod",
    "design=a-rather-long-word-that-ends-here",
    "images@example.com",
    "MIICxzCCAa+gAwIBAgIQ==",
    "the password is in the vault",
]


@pytest.mark.parametrize("text", FOUND)
def test_what_a_secret_looks_like(text: str) -> None:
    assert secret(text)
    for told in (hidden(text), quoted(text), in_word({"eula": text})):
        assert WORD not in told and "<hidden>" in told
    for length in range(0, 200, 20):
        assert "NOT" not in quoted("x " * (length // 2) + text)  # be it cut off in the middle
    assert hidden(hidden(text)) == hidden(text)


@pytest.mark.parametrize("text", NONE)
def test_what_is_none(text: str) -> None:
    assert secret(text) is None
    assert hidden(text) == text


@pytest.mark.parametrize("text", SECRETS)
def test_it_is_refused_wherever_it_stands(tmp_path: Path, text: str) -> None:
    """As each value and as each key of the example, which has every key of a data file."""
    (tmp_path / "galleries").mkdir()
    trees = {path.name: yaml.load(path.read_text(), Loader=yaml.BaseLoader) for path in EXAMPLE.glob("*.yaml")}
    for node, key in places(trees):
        before = node[key]
        node[key] = text
        refused(tmp_path, trees)
        node[key] = before
        if isinstance(node, dict) and node is not trees:
            node[text] = node.pop(key)
            refused(tmp_path, trees)
            node[key] = node.pop(text)


def refused(root: Path, trees: Any) -> None:
    for name, tree in trees.items():
        (root / "galleries" / name).write_text(json.dumps(tree))
    checked = config.check("everything", root)
    assert checked.errors
    for each in checked.diagnostics:
        assert WORD not in f"{each} {annotation(each)} {json.dumps(asdict(each))}"


@pytest.mark.parametrize("key", ["eula", "privacyStatementUri", "releaseNoteUri", "description"])
@pytest.mark.parametrize("text", SECRETS)
def test_the_reason_is_said_of_a_text(tmp_path: Path, key: str, text: str) -> None:
    (tmp_path / "galleries").mkdir()
    image = {"osType": "Linux", "osState": "Generalized", "identifier": {"publisher": "p", "offer": "o", "sku": "s"}}
    gallery = {"tags": {"page": text}, "images": {"i": {**image, key: text}}}
    stack = {"location": "eastus", "resourceGroup": {"name": "g"}, "galleries": {"g": gallery}}
    (tmp_path / "galleries" / "dev.yaml").write_text(json.dumps(stack))

    told = {each.path: each.message for each in config.check("dev", tmp_path).errors}

    assert told.keys() == {f"galleries.g.images.i.{key}", "galleries.g.tags.page"}
    for message in told.values():
        assert message.startswith(f"found {SECRETS[text]}") and "and revoke it" in message


def test_a_component_repeats_none() -> None:
    settings = {"location": "eastus", "resourceGroup": {"name": "g"}, next(iter(SECRETS)): 1}
    with pytest.raises(ValueError, match="unknown key") as caught:
        config.gallery("g", settings)
    assert WORD not in str(caught.value)
