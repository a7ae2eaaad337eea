"""Promises that hold for all models, and rules that no data file can show."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel

import config
from config import ConfigError, Region, Stack, azure_date, load, region
from config.image import SharedImages
from config.types import date


def models(base: type[BaseModel]) -> list[type[BaseModel]]:
    return [model for each in base.__subclasses__() for model in (each, *models(each))]


@pytest.mark.parametrize("model", models(config.model.Model), ids=lambda model: model.__name__)
def test_every_field_is_described_and_says_what_a_change_means(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert any(word in field.description for word in ("change", "added")), name
        assert not field.is_required() or field.examples, f"{name}: the sentence for a missing key shows an example"


@pytest.mark.parametrize("model", [Stack, SharedImages])
def test_there_is_a_json_schema(model: type[BaseModel]) -> None:
    schema = model.model_json_schema()
    assert schema["additionalProperties"] is False
    if model is Stack:
        regions = schema["$defs"]["Replication"]["properties"]["regions"]
        assert {each["type"] for each in regions["anyOf"]} == {"object", "array"}
        assert schema["$defs"]["Image"]["properties"]["osType"]["enum"] == ["Windows", "Linux"]


def test_models_are_frozen() -> None:
    with pytest.raises(ValueError):
        Stack.model_validate({}).protect = True  # type: ignore[misc]


@pytest.mark.parametrize("text", ["South Central US", "southcentralus", "SOUTHCENTRALUS", "south centralus"])
def test_region_spellings(text: str) -> None:
    assert region(text) == Region("southcentralus", "South Central US", ("1", "2", "3"))


def test_region_without_zones() -> None:
    assert region("westcentralus").zones == ()


@pytest.mark.parametrize(
    ("text", "azure"),
    [
        ("2030-12-01", "2030-12-01T00:00:00+00:00"),
        ("2030-12-01T12:59:59Z", "2030-12-01T12:59:59+00:00"),
        ("2030-12-01T00:30:00+01:00", "2030-11-30T23:30:00+00:00"),
    ],
)
def test_dates_become_azures(text: str, azure: str) -> None:
    assert azure_date(date(text)) == azure
    assert azure_date(datetime(2030, 1, 2, tzinfo=UTC)) == "2030-01-02T00:00:00+00:00"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load("dev", tmp_path)
    assert str(caught.value) == (
        "galleries/dev.yaml:1:1: no data file for the stack dev: found no file of a stack in galleries/"
    )
    (tmp_path / "galleries").mkdir()
    for name in ("images", "staging", "prod"):
        (tmp_path / "galleries" / f"{name}.yaml").write_text("{}")
    for stack in ("dev", "images", "../galleries/prod"):
        with pytest.raises(ConfigError, match=r"found galleries/prod\.yaml, galleries/staging\.yaml in galleries/$"):
            load(stack, tmp_path)
    assert load("prod", tmp_path).galleries == {}


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "galleries" / "dev.yaml").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"^galleries/dev\.yaml:1:1: the file can't be read: Is a directory$"):
        load("dev", tmp_path)


def test_both_files_broken_at_once(tmp_path: Path) -> None:
    (tmp_path / "galleries").mkdir()
    (tmp_path / "galleries" / "dev.yaml").write_text("a: [")
    (tmp_path / "galleries" / "images.yaml").write_text("imags: {}")
    with pytest.raises(ConfigError) as caught:
        load("dev", tmp_path)
    assert [mistake.file for mistake in caught.value.mistakes] == ["galleries/dev.yaml", "galleries/images.yaml"]
