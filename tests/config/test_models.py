"""Promises that hold for all models, and rules that no data file can show."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import config
from config import ConfigError, Diagnostic, Region, Stack, azure_date, check, load, region, stacks
from config.azure.properties import PROPERTIES
from config.cascade import INHERITED, WHOLE
from config.dates import date
from config.features import Feature
from config.image import Definition, SharedImages
from config.warnings import warnings
from config.yaml_reader import Document, parse

CASES = Path(__file__).with_name("cases") / "valid"


def models(base: type[BaseModel]) -> list[type[BaseModel]]:
    return [model for each in base.__subclasses__() for model in (each, *models(each))]


@pytest.mark.parametrize("model", models(config.model.Model), ids=lambda model: model.__name__)
def test_every_key_is_described(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.description and field.description.rstrip().endswith("."), name
        assert not field.is_required() or field.examples, f"{name}: the sentence for a missing key shows an example"


def test_the_table_of_properties_and_the_models_speak_of_the_same_keys() -> None:
    """A key that Azure has a property for is in the table; what isn't there is the program's own, or holds keys."""
    known = {
        f"{model.__name__}.{field.alias}"
        for model in models(config.model.Model)
        for field in model.model_fields.values()
    }
    told = {key for rows in PROPERTIES.values() for row in rows for key in row.keys}

    assert told <= known
    own = {
        *("ResourceGroup.create", "AdditionalRegion.displayName", "AdditionalRegion.zones", "SharedImages.images"),
        *(f"Stack.allow{what}" for what in ("Deletion", "Losses", "ResourceGroupDeletion", "AsInAzure")),
        *("Stack.additionalRegions", "Stack.deployAfter", "Stack.galleries"),
        *("Gallery.images", "Image.versions"),
        *(
            f"{model}.{key}"
            for model in ("Gallery", "Image", "Version")
            for key in ("locks", "roleAssignments", "retired")
        ),
        *(
            f"{model}.{key}"
            for model in ("Stack", "Gallery", "Image", "Version")
            for key in ("protect", "verifySources")
        ),
        *(f"{model}.othersPublish" for model in ("Stack", "Gallery", "Image")),
    }
    holders = {
        f"{model.__name__}.{field.alias}"
        for model in models(config.model.Model)
        for field in model.model_fields.values()
        if any(isinstance(each, type) and issubclass(each, config.model.Model) for each in types_in(field.annotation))
    }
    inherited = {f"Image.{field.alias}" for field in Definition.model_fields.values()} | {
        f"{model.__name__}.startsAtVersion" for model in Feature.__subclasses__()
    }
    assert known - told - own - holders - inherited == set()


def types_in(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inside in get_args(annotation):
        yield from types_in(inside)


@pytest.mark.parametrize("model", [Stack, SharedImages])
def test_there_is_a_json_schema(model: type[BaseModel]) -> None:
    schema = model.model_json_schema()
    assert schema["additionalProperties"] is False
    if model is Stack:
        regions = schema["$defs"]["Replication"]["properties"]["regions"]
        assert {each["type"] for each in regions["anyOf"]} == {"object", "array"}
        assert schema["$defs"]["Image"]["properties"]["osType"]["enum"] == ["Windows", "Linux"]
        assert "_warnings" not in schema["properties"] and "warnings" not in schema["properties"]
        hibernate = schema["$defs"]["Features"]["properties"]["IsHibernateSupported"]
        assert hibernate["anyOf"][:2] == [{"type": "boolean"}, {"$ref": "#/$defs/Switch"}]


def test_models_are_frozen() -> None:
    with pytest.raises(ValueError):
        Stack.model_validate({}).protect = True


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
        ("2030-12-01T12:59:59.1234567Z", "2030-12-01T12:59:59.123456+00:00"),
        ("2030-12-01T12:59:59,5Z", "2030-12-01T12:59:59.500000+00:00"),
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
    assert [diagnostic.file for diagnostic in caught.value.diagnostics] == [
        "galleries/dev.yaml",
        "galleries/images.yaml",
    ]


def test_inherited_keys_are_keys_of_who_inherits_them() -> None:
    models: list[type[config.model.Model]] = [config.Gallery, config.Image, config.Version]
    for model, inherited in zip(models, INHERITED.values(), strict=True):
        assert {field.alias for field in model.model_fields.values()} >= set(inherited)
    assert {field.alias for field in config.Replication.model_fields.values()} >= set(WHOLE)


def test_stacks_are_the_data_files(tmp_path: Path) -> None:
    assert stacks(tmp_path) == []
    (tmp_path / "galleries").mkdir()
    for name in ("prod.yaml", "dev.yaml", "images.yaml", "notes.md"):
        (tmp_path / "galleries" / name).write_text("")
    assert stacks(tmp_path) == ["dev", "prod"]


def test_checking_raises_nothing(tmp_path: Path) -> None:
    checked = check("dev", tmp_path)
    assert checked.stack is None and checked.warnings == []
    assert [str(diagnostic) for diagnostic in checked.errors] == [
        "galleries/dev.yaml:1:1: no data file for the stack dev: found no file of a stack in galleries/"
    ]


def test_errors_and_warnings_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "galleries").mkdir()
    image = "{osType: Linux, osState: Generalized, identifier: {publisher: p, offer: o, sku: s}}"
    text = f"location: eastus\nresourceGroup: {{name: rg}}\ngalleries: {{g: {{images: {{i_: {image}}}}}}}\n"
    (tmp_path / "galleries" / "dev.yaml").write_text(text + "tags: {}\ntags: {}\n")
    checked = check("dev", tmp_path)
    assert checked.stack is None
    assert [(diagnostic.line, diagnostic.severity) for diagnostic in checked.diagnostics] == [
        (3, "warning"),
        (5, "error"),
    ]
    with pytest.raises(ConfigError) as caught:
        load("dev", tmp_path)
    assert caught.value.diagnostics == checked.errors
    (tmp_path / "galleries" / "dev.yaml").write_text(text)
    assert load("dev", tmp_path).warnings == tuple(checked.warnings)


def test_a_warning_says_that_it_is_one() -> None:
    assert str(Diagnostic("a.yaml", 1, 2, "b.c", "so and so", "warning")) == "a.yaml:1:2: warning: b.c: so and so"


def image(versions: str) -> config.Image:
    text = "{osType: Linux, osState: Generalized, identifier: {publisher: p, offer: o, sku: s}, location: eastus"
    document = parse("x.yaml", f"{text}, versions: {versions}}}".encode())
    assert isinstance(document, Document)
    for version in document.value["versions"].values():
        version |= {"location": "eastus", "source": {"managedImage": IMAGE}}
    return config.Image.model_validate(document.value)


IMAGE = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/Microsoft.Compute/images/i"


@pytest.mark.parametrize(
    ("versions", "overall", "eastus", "westus"),
    [
        ("{}", None, None, None),
        ("{1.9.0: {}, 1.10.0: {}, 0.99.99: {}}", "1.10.0", "1.10.0", None),
        ("{1.0.0: {}, 2.0.0: {excludeFromLatest: true}}", "1.0.0", "1.0.0", None),
        ("{1.0.0: {}, 2.0.0: {replication: {regions: {eastus: {excludeFromLatest: true}}}}}", "2.0.0", "1.0.0", None),
        (
            "{1.0.0: {}, 2.0.0: {excludeFromLatest: true,"
            " replication: {regions: {westus: {excludeFromLatest: false}}}}}",
            "1.0.0",
            "1.0.0",
            "2.0.0",
        ),
        ("{1.0.0: {replication: {regions: [westus]}}, 2.0.0: {}}", "2.0.0", "2.0.0", "1.0.0"),
    ],
)
def test_latest(versions: str, overall: str | None, eastus: str | None, westus: str | None) -> None:
    it = image(versions)
    assert (it.latest(), it.latest(region("eastus")), it.latest(region("West US"))) == (overall, eastus, westus)


def test_latest_skips_what_is_retired() -> None:
    images = {name: gallery.images["i"] for name, gallery in load("dev", CASES / "retired").galleries.items()}
    assert {name: (it.latest(), it.latest(region("eastus"))) for name, it in images.items()} == {
        "old": ("1.0.1", "1.0.1"),
        "new": ("1.0.1", "1.0.1"),
    }
    assert images["new"].latest(region("westus")) is None


def test_features_as_azure_has_them() -> None:
    images = load("dev", CASES / "features").galleries["g"].images
    sent = {name: it.features.sent for name, it in images.items() if it.features}
    assert sent == {
        "plain": (
            ("SecurityType", "ConfidentialVM", None),
            ("IsAcceleratedNetworkSupported", "True", None),
            ("IsHibernateSupported", "False", None),
            ("DiskControllerTypes", "SCSI, NVMe", None),
        ),
        "since": (
            ("SecurityType", "Standard", None),
            ("IsHibernateSupported", "True", "2.0.0"),
        ),
        "controllers": (
            ("SecurityType", "TrustedLaunchSupported", None),
            ("DiskControllerTypes", "SCSI", None),
        ),
    }


def test_declared_regions_are_the_stacks_alone() -> None:
    gallery = load("dev", CASES / "additional-regions").galleries["g"]
    assert gallery.location == Region("usgovvirginia", "USGov Virginia", ("1",), "usgovernment")
    assert gallery.images["i"].versions["1.0.0"].target_regions[-1].region == Region(
        "usgovutah", "USGov Utah", ("1", "2", "3"), None
    )
    with pytest.raises(ValueError, match="is no Azure region"):
        region("usgovutah")
    assert region("usgovvirginia").zones == ("1", "2", "3")


def test_quotas_are_counted_by_region() -> None:
    gallery = {"location": "eastus", "resourceGroup": {"name": "g"}}
    raw = {"galleries": {f"g{i}": gallery for i in range(101)}}
    raw["galleries"]["other"] = gallery | {"location": "westus"}
    found = list(warnings(Stack.model_validate(raw), raw, datetime(2030, 1, 1, tzinfo=UTC)))
    assert [finding.message for finding in found] == [
        "found 101 galleries in eastus: a subscription has 100, unless support raised it"
    ]
