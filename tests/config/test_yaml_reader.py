"""The reader: YAML 1.2 core, and one sentence with a position for everything that is not."""

import math

import pytest
import yaml

from config import yaml_reader
from config.diagnostics import Diagnostic
from config.yaml_reader import Document, parse, plain


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines without libyaml read the same."""
    if request.param == "python":
        monkeypatch.setattr(yaml_reader, "Loader", yaml.SafeLoader)


def read(text: str | bytes) -> Document:
    document = parse("x.yaml", text if isinstance(text, bytes) else text.encode())
    assert isinstance(document, Document), str(document)
    return document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("Null", None),
        ("~", None),
        ("", None),
        ("None", "None"),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("2030-12-01", "2030-12-01"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-7", -7),
        ("+7", 7),
        ("1.", 1.0),
        (".5e1", 5.0),
        ("1.0.0", "1.0.0"),
        ("-.INF", -math.inf),
        ("-.nan", "-.nan"),
        ("-", "-"),
        ("9" * 5000, "9" * 5000),
        ("<<", "<<"),
    ],
)
def test_plain_scalars(text: str, value: object) -> None:
    assert plain(text) == value and type(plain(text)) is type(value)
    if text not in ("", "-"):
        assert read(f"a: {text}").value == {"a": value}


def test_nan_is_a_number() -> None:
    assert math.isnan(read("a: .NaN").value["a"])


def test_keys_stay_as_they_are_written() -> None:
    assert list(read("1.10: a\n0x1: b\nnull: c\ntrue: d\n2030-01-01: e\n'': f").value) == [
        "1.10",
        "0x1",
        "null",
        "true",
        "2030-01-01",
        "",
    ]


@pytest.mark.parametrize("text", ['a: "1"', "a: '1'", "a: !!str 1", "a: ! 1", "a: |-\n  1", "a: >-\n  1"])
def test_text_that_looks_like_a_number(text: str) -> None:
    assert read(text).value == {"a": "1"}


def test_tags_of_the_core_schema() -> None:
    text = "!!map {a: !!int 1, b: !!float 1.5, c: !!bool true, d: !!null ~, e: !!seq [1]}"
    assert read(text).value == {"a": 1, "b": 1.5, "c": True, "d": None, "e": [1]}


def test_anchors_and_aliases() -> None:
    value = read("a: &x {b: [1, &y two]}\nc: *x\nd: [*y]\n&k e: *k").value
    assert value == {"a": {"b": [1, "two"]}, "c": {"b": [1, "two"]}, "d": ["two"], "e": "e"}


def test_byte_order_mark_and_windows_line_ends() -> None:
    assert read(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n").value == {"a": 1, "b": 2}


def test_positions() -> None:
    document = read("a:\n  b: &x [1, {c: d}]\n  e: *x\n  f:\n")
    assert document.position((), "value") == (1, 1)
    assert document.position(("a", "b"), "key") == (2, 3)
    assert document.position(("a", "b"), "value") == (2, 6)
    assert document.position(("a", "b", 1, "c"), "value") == (2, 17)
    assert document.position(("a", "e", 1, "c"), "value") == (2, 17), "what an alias stands for"
    assert document.position(("a", "f"), "value") == (4, 3), "an empty value has no place of its own"
    assert document.position(("a", "b", 7), "value") == (2, 6), "the nearest that there is"


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)
)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "1:1: the file is empty: expected a mapping of keys to values"),
        (b"# nothing\n", "1:1: the file is empty: expected a mapping of keys to values"),
        (b"---\n", "1:1: the file is empty: expected a mapping of keys to values"),
        (b"- a", "1:1: found a list: expected a mapping of keys to values"),
        (b"12", "1:1: found number 12: expected a mapping of keys to values"),
        (b"a: 1\nb: \xff", "2:4: byte 0xff is not UTF-8 text: save the file in UTF-8"),
        ("é: 1\n".encode("latin-1"), "1:1: byte 0xe9 is not UTF-8 text: save the file in UTF-8"),
        ("a: 1\n".encode("utf-16"), "1:1: byte 0xff is not UTF-8 text: save the file in UTF-8"),
        (b"a: 1\nb: x\x00", "2:5: found the control character U+0000: remove it, YAML is printable text"),
        (b"a:\n\tb: 1", "2:1: a tab indents this line: YAML wants spaces"),
        (b"a: 1\n---\nb: 2", "2:1: a second document starts here: expected one in a file"),
        (b"a: *b", "1:4: the alias *b has no anchor &b before it"),
        (b"a: &a [*a]", "1:8: the alias *a is inside of what it stands for"),
        (b"[a]: 1", "1:1: found a key that isn't text: expected a name or a number"),
        (b"a: !secret b", "1:4: the tag '!secret' doesn't fit here: write the value without it"),
        (b"a: !!timestamp 2030-01-01", "1:4: the tag '!!timestamp' doesn't fit here: write the value without it"),
        (b"a: !!int b", "1:4: the tag '!!int' doesn't fit here: write the value without it"),
        (b"a: !!set {b}", "1:4: the tag '!!set' doesn't fit here: write the value without it"),
        (b"a: " + b"[" * 60 + b"]" * 60, "1:53: nested deeper than 50 levels: expected about ten"),
        (BOMB.encode(), "7:15: with its aliases the file has more than 2,500,000 values"),
    ],
)
def test_unreadable(content: bytes, sentence: str) -> None:
    assert str(parse("x.yaml", content)) == f"x.yaml:{sentence}"


@pytest.mark.parametrize(
    "content", [b"a: [1", b"a: b: c", b'a: "b', b"a: @b", b"a: {b: 1", b"%YAML 9.9\n---\na: 1", b"a: \xef\xbf\xbe"]
)
def test_broken_yaml(content: bytes) -> None:
    diagnostic = parse("x.yaml", content)
    assert isinstance(diagnostic, Diagnostic)
    assert diagnostic.line in (1, 2) and diagnostic.message.startswith(
        ("this is not YAML: ", "found the control character")
    )
    assert "\n" not in str(diagnostic)


def test_duplicate_and_merge_keys_are_found_together() -> None:
    document = read("a: 1\nb:\n  - c: 1\n    c: 2\na: 3\n<<: {d: 1}\n'<<': 5")
    assert [str(diagnostic) for diagnostic in document.diagnostics] == [
        "x.yaml:4:5: b[0].c: the key 'c' is here twice: keep one of them",
        "x.yaml:5:1: a: the key 'a' is here twice: keep one of them",
        "x.yaml:6:1: <<: '<<' merges mappings in YAML 1.1, not in 1.2: "
        "write the keys out, or have the settings inherited",
        "x.yaml:7:1: <<: the key '<<' is here twice: keep one of them",
    ]
