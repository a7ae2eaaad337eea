"""The JSON Schemas and the reference: they are what the models say, and right about real data files."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest

from commands.__main__ import main
from config import Stack, check, json_schema
from config.ids import Guid, VirtualMachineId
from config.types import GalleryName, HyperVGeneration, Replicas, ResourceGroupName, Text, VersionNumber, at_most
from tests.commands import EXAMPLE, ROOT

Guids = Annotated[tuple[Guid, ...], at_most(5, "tenants to share with")]
SCHEMAS = {name: ROOT / "config" / "schema" / f"{name}.json" for name in json_schema.FILES}
CONFIG_CASES = ROOT / "tests" / "config" / "cases"
SHOWN = ROOT / "docs" / "example"
EXAMPLES = [*EXAMPLE.glob("galleries/*.yaml"), *SHOWN.glob("galleries/*.yaml")]
VALID = [*EXAMPLES, *CONFIG_CASES.glob("valid/*/galleries/*")]
# What draft-07 doesn't know (JSON Schema 2019-09 and 2020-12, release notes).
NEWER = {"$defs", "$anchor", "$recursiveRef", "$dynamicRef", "dependentRequired", "dependentSchemas", "prefixItems"}
NEWER |= {"unevaluatedProperties", "unevaluatedItems", "minContains", "maxContains"}


def check_jsonschema(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "check_jsonschema", "--color", "never", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_committed_files_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0, capsys.readouterr().out


def test_a_stale_file_is_told_and_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"], tmp_path) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{name} is not what the models say: run `gallery schema --write`"
        for name in ("config/schema/stack.json", "config/schema/images.json", "docs/configuration.md")
    ]
    assert main(["schema", "--write"], tmp_path) == 0
    assert main(["schema"], tmp_path) == 0


def test_the_schemas_are_draft_07() -> None:
    assert (done := check_jsonschema("--check-metaschema", *SCHEMAS.values())).returncode == 0, done.stdout
    for path in SCHEMAS.values():
        schema = json.loads(path.read_text(encoding="utf-8"))
        assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
        assert not NEWER & set(keys(schema))


def keys(value: Any) -> list[str]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [*(value if isinstance(value, dict) else ()), *(key for each in inside for key in keys(each))]


@pytest.mark.parametrize("name", SCHEMAS)
def test_valid_files_pass(name: str) -> None:
    files = [path for path in VALID if (path.name == "images.yaml") == (name == "images")]
    done = check_jsonschema("--schemafile", SCHEMAS[name], *files)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("case", "found"),
    [
        ("unknown-keys", "'locaton'"),  # a key
        ("shallow", "'Quick'"),  # an enumeration
        ("types", "'yes' is not of type 'boolean'"),
    ],
)
def test_simple_mistakes_are_seen(case: str, found: str) -> None:
    file = CONFIG_CASES / "invalid" / case / "galleries" / "dev.yaml"
    done = check_jsonschema("--verbose", "--schemafile", SCHEMAS["stack"], file)
    assert done.returncode == 1 and found in done.stdout


def test_the_examples_name_their_schema() -> None:
    for path in EXAMPLES:
        found = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text(encoding="utf-8"))
        assert found and (path.parent / found[1]).resolve() == SCHEMAS["images" if path.stem == "images" else "stack"]


def test_every_key_says_what_its_default_is_and_whether_it_can_change() -> None:
    for model, written in json_schema.Vocabulary(*json_schema.FILES.values()).keys.items():
        for key in written:
            assert key.text and key.change, f"{model.__name__}.{key.name}"
            assert key.required or key.default, f"{model.__name__}.{key.name}"


def test_the_reference_has_an_example_of_every_model() -> None:
    assert check("everything", SHOWN).diagnostics == []
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    sections = re.split("^## ", text, flags=re.MULTILINE)[1:-1]  # the last one is of names
    assert len(sections) == len(json_schema.Vocabulary(*json_schema.FILES.values()).keys)
    assert all(re.search(r"```yaml\n\S", section) for section in sections)
    anchors = {section.split("\n")[0].lower().replace(" ", "-") for section in sections}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Replicas, {"type": "integer", "minimum": 1, "maximum": 100}),
        (Guids, {"maxItems": 5}),
        (HyperVGeneration, {"anyOf": [{"enum": ["V1", "V2"]}, {"type": "string", "pattern": "^([Vv]1|[Vv]2)$"}]}),
        (VirtualMachineId, {"title": "id of a virtual machine"}),
        (VersionNumber, {"title": "version number"}),
        (GalleryName, {"title": "gallery name", "pattern": r"^([A-Za-z0-9]([A-Za-z0-9._]{0,78}[A-Za-z0-9])?)$"}),
    ],
)
def test_rules_of_the_models_are_in_the_schema(kind: Any, told: dict[str, Any]) -> None:
    assert told.items() <= json_schema.Vocabulary(Stack).schema_of(kind).items()


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Text, ["a\nb"], [""]),
        (ResourceGroupName, ["büro_(1)"], ["a.", "a b"]),
        (Guid, ["0000000A-0000-0000-0000-00000000000f"], ["0000000g-0000-0000-0000-000000000000"]),
    ],
)
def test_patterns_mean_in_an_editor_what_they_mean_here(kind: Any, good: list[str], bad: list[str]) -> None:
    """The patterns that aren't the same in ECMAScript; Python's own reading of the result is close enough."""
    pattern = json_schema.Vocabulary(Stack).schema_of(kind)["pattern"]
    assert all(re.search(pattern, text, re.ASCII) for text in good)
    assert not any(re.search(pattern, text, re.ASCII) for text in bad)
