"""Whatever is done to a valid file, the outcome is a stack or errors, in our own words."""

import copy
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Stack, check

FILES = sorted(Path(__file__).with_name("cases").glob("[vw]*/*/galleries/*.yaml"))
NOT_OURS = re.compile(r"Input should|Field required|validation error|Value error|pydantic|another kind|[Ee]xtra inputs")
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    float("inf"),
    10**30,
    "",
    "x",
    "a\nb",
    "é" * 300,
    [],
    [[]],
    [None],
    {},
    {"x": {}},
    {"": 1},
    "Standard_ZRS",
    "Groups",
    "westus",
    {"westus": None},
    {"value": []},
]
KEYS = [
    "",
    "x",
    "regions",
    "tags",
    "images",
    "versions",
    "1.0.0",
    "location",
    "source",
    "a\nb",
    "[key]",
    "resourceGroup",
    "retired",
    "edgeZones",
    "encryption",
    "sharingProfile",
    "SecurityType",
    "additionalRegions",
    "westus",
    "<<",
    "0",
]


def attempt(tmp: Path, files: dict[str, bytes]) -> Stack | None:
    for path in (tmp / "galleries").glob("*"):
        path.unlink()
    for name, content in files.items():
        (tmp / "galleries" / name).write_bytes(content)
    checked = check("dev", tmp)
    text = "\n".join(map(str, checked.diagnostics))
    assert (checked.stack is None) == bool(checked.errors), text
    assert not NOT_OURS.search(text), text
    assert len(text.splitlines()) == len(checked.diagnostics)
    for diagnostic in checked.diagnostics:
        lines = files[Path(diagnostic.file).name].count(b"\n") + 2
        assert 1 <= diagnostic.line <= lines and diagnostic.column >= 1, text
    return checked.stack


@pytest.fixture(scope="module")
def tmp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mutations")
    (path / "galleries").mkdir()
    return path


def places(node: Any) -> list[tuple[Any, Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, value in list(items) for place in ((node, key), *places(value))]


@settings(max_examples=300, deadline=None)
@given(
    case=st.sampled_from(sorted({path.parent for path in FILES})), seed=st.integers(0, 2**32), count=st.integers(1, 4)
)
def test_mutated_values(tmp: Path, case: Path, seed: int, count: int) -> None:
    chance = random.Random(seed)
    trees = {path.name: yaml.load(path.read_text(), Loader=yaml.BaseLoader) for path in case.glob("*.yaml")}
    for _ in range(count):
        node, key = chance.choice(places(trees))
        match chance.randrange(4) if node is not trees else 0:
            case 1 if isinstance(node, dict):
                node[chance.choice(KEYS)] = node.pop(key)
            case 2 if isinstance(node, dict):
                del node[key]
            case 3:
                node[key] = copy.deepcopy(chance.choice([holder[at] for holder, at in places(trees)]))
            case _:
                node[key] = copy.deepcopy(chance.choice(ODD))
    attempt(tmp, {name: json.dumps(tree).encode() for name, tree in trees.items()})


@settings(max_examples=300, deadline=None)
@given(file=st.sampled_from(FILES), data=st.data())
def test_mutated_text(tmp: Path, file: Path, data: st.DataObject) -> None:
    files = {path.name: path.read_bytes() for path in file.parent.glob("*.yaml")}
    text = bytearray(files[file.name])
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 8))
        text[at : at + cut] = data.draw(
            st.one_of(
                st.binary(max_size=3), st.sampled_from([b"- ", b": ", b"\n", b"[", b"&a ", b"*a", b"\t", b"!!int "])
            )
        )
    files[file.name] = bytes(text)
    attempt(tmp, files)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(tmp: Path, content: bytes) -> None:
    attempt(tmp, {"dev.yaml": content, "images.yaml": b"images: {}"})


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_every_value_replaced(tmp: Path, odd: Any) -> None:
    """Each value of each valid file in turn, by something that does not belong there."""
    for folder in sorted({path.parent for path in FILES}):
        trees = {path.name: yaml.load(path.read_text(), Loader=yaml.BaseLoader) for path in folder.glob("*.yaml")}
        for node, key in places(trees):
            before, node[key] = node[key], odd
            attempt(tmp, {name: json.dumps(tree).encode() for name, tree in trees.items()})
            node[key] = before
