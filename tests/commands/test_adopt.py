"""`gallery adopt` on galleries that have grown over the years (tests/cases/adopt), at local Azure."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import config
from commands.__main__ import main
from config.load import load
from tests.azure import SUBSCRIPTION, Azure, azure
from tests.checkout import ROOT
from tests.commands import expected

FILES = Path(__file__).with_name("adopt")
GALLERIES = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Old.Images/providers/Microsoft.Compute/galleries"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    with azure(tmp_path_factory.mktemp("azure"), speed=1e4) as served, pytest.MonkeyPatch.context() as patch:
        served.fill(ROOT / "tests/components/cases/everything/sources.yaml")
        served.fill(ROOT / "tests/cases/adopt/azure.yaml")
        groups = [{"type": "Subscriptions", "ids": ["33333333-3333-3333-3333-333333333333"]}]
        served.share(f"{GALLERIES}/shared", {"operationType": "Add", "groups": groups})
        for name in [name for name in os.environ if name.startswith(("ARM_", "AZURE_"))]:
            patch.delenv(name)
        for name, value in {**served.environment, "ARM_SUBSCRIPTION_ID": SUBSCRIPTION}.items():
            patch.setenv(name, value)
        yield served


def undated(text: str) -> str:
    """A text without the day on which it was written, and without what depends on it."""
    text = re.sub(r'"\d{4}-\d\d-\d\dT[\d:.]+Z"', '"in half a year"', text)
    return re.sub(r"on \d{4}-\d\d-\d\d", "on this day", text)


def test_what_is_written_and_told(cloud: Azure, tmp_path: Path, capsys: Capture) -> None:
    assert main(["adopt", "prod"], tmp_path) == 0

    told = undated(capsys.readouterr().out)
    assert told == expected(FILES / "written/told.txt", told)
    for file in ("galleries/prod.yaml", "galleries/images.yaml", "Pulumi.prod.yaml"):
        text = undated((tmp_path / file).read_text())
        assert text == expected(FILES / "written" / Path(file).name, text)
    checked = config.check("prod", tmp_path)
    assert checked.stack and checked.stack.galleries.keys() == {"bin", "grown", "open", "shared"}
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    assert main(["adopt", "prod"], tmp_path) == 1, "nothing new, and one difference, which was told beside the value"
    told = "left as it is written:\n  open: community: Azure has disabled, the data file enabled\n\nRead"
    printed = capsys.readouterr().out
    assert told in printed and printed.endswith("\nNothing new: no file was changed.\n")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")} == before


def test_what_is_there_stays_as_it_is_written(cloud: Azure, tmp_path: Path, capsys: Capture) -> None:
    """New entries find their places; what differs is told, and isn't touched."""
    shutil.copytree(FILES / "merged", tmp_path, dirs_exist_ok=True)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")}

    assert main(["adopt", "prod", f"{GALLERIES}/grown", "--dry-run"], tmp_path) == 1

    told = undated(capsys.readouterr().out)
    assert told == expected(FILES / "merged/told.txt", told)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")} == before
    assert main(["adopt", "prod", f"{GALLERIES}/grown"], tmp_path) == 1
    stack = load("prod", tmp_path)
    assert [*stack.galleries["grown"].images["web"].versions] == [f"1.{minor}.0" for minor in range(6)]
    lines = (tmp_path / "galleries/prod.yaml").read_text().splitlines()
    kept = iter(lines)
    assert all(line in kept for line in (FILES / "merged/galleries/prod.yaml").read_text().splitlines())
    capsys.readouterr()
    assert main(["adopt", "prod", f"{GALLERIES}/grown"], tmp_path) == 1
    assert "wrote" not in capsys.readouterr().out
    assert main(["adopt", "prod", f"{GALLERIES}/bin"], tmp_path) == 0
    assert capsys.readouterr().out.endswith("\nNext: gallery import prod.\n"), "the stack has its settings"


def test_a_definition_that_another_stack_has_is_shared(cloud: Azure, tmp_path: Path, capsys: Capture) -> None:
    """What another stack means stays the same, too."""
    (tmp_path / "galleries").mkdir()
    other = (
        "location: eastus\nresourceGroup: {name: other}\ngalleries: {mine: {images: {new: {osType: Windows, osState: "
    )
    other += "Generalized, identifier: {publisher: p, offer: o, sku: s}}}}}\n"
    (tmp_path / "galleries/dev.yaml").write_text(other)
    means = config.load("dev", tmp_path)

    assert main(["adopt", "prod", f"{GALLERIES}/grown"], tmp_path) == 0

    assert config.load("dev", tmp_path) == means
    shared = (tmp_path / "galleries/images.yaml").read_text()
    assert "  web:" in shared and "  new:" not in shared
    assert main(["adopt", "copy", f"{GALLERIES}/bin"], tmp_path) == 0
    assert (tmp_path / "galleries/images.yaml").read_text() == shared, "the same image, with less to say of it"
    assert "eula:\n" in (tmp_path / "galleries/copy.yaml").read_text()


NO_ID = "'grown' is no id of a gallery: expected /subscriptions/<guid>/resourceGroups/<group>/providers/"
OTHER = SUBSCRIPTION.replace("1", "2")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["prod", "grown"], f"{NO_ID}Microsoft.Compute/galleries/<name>"),
        (["prod", f"{GALLERIES}/grown", f"{GALLERIES}/nothing"], "there is no gallery nothing at that id"),
        (
            ["prod", f"{GALLERIES}/grown", f"{GALLERIES}/bin".replace(SUBSCRIPTION, OTHER)],
            f"a stack is in one subscription, not in {SUBSCRIPTION} and {OTHER}",
        ),
        (["prod", "--resource-group", "sources"], "there is no gallery in the resource group sources"),
        (
            ["prod", "--resource-group", "nowhere"],
            f"there is no resource group 'nowhere' in the subscription {SUBSCRIPTION}",
        ),
        (
            ["prod", f"{GALLERIES}/grown", "--resource-group", "x"],
            "either ids of galleries or --resource-group, not both",
        ),
        (["prod", "--subscription", OTHER], f"there is no gallery in the subscription {OTHER}"),
        (["prod", "--subscription", "x"], "Azure refuses to answer: The subscription 'x' could not be found"),
        ([], "the following arguments are required: STACK (see gallery adopt --help)"),
        (["a/b"], "'a/b' is no name of a stack: expected up to 100 letters, digits, dashes, underscores and periods"),
        (["broken"], "the stack broken has 1 error: run `gallery check broken` to see them"),
        (
            ["elsewhere", f"{GALLERIES}/grown"],
            f"Pulumi.elsewhere.yaml says the subscription {OTHER}, not {SUBSCRIPTION}",
        ),
    ],
)
def test_what_cannot_be_adopted(
    cloud: Azure, tmp_path: Path, capsys: Capture, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "galleries").mkdir()
    (tmp_path / "galleries/broken.yaml").write_text("location: nowhere\n")
    (tmp_path / "Pulumi.elsewhere.yaml").write_text(f"config: {{azure-native:subscriptionId: {OTHER}}}\n")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")}

    assert main(["adopt", *arguments], tmp_path) == 2

    assert f": {sentence}" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")} == before


def test_what_another_stack_has_is_left_to_it(cloud: Azure, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "galleries").mkdir()
    (tmp_path / "galleries/dev.yaml").write_text("location: eastus\nresourceGroup: {name: x}\ngalleries: {Grown: }\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config: {{azure-native:subscriptionId: {SUBSCRIPTION}}}\n")

    assert main(["adopt", "prod"], tmp_path) == 0

    assert "  grown: the stack dev has it\n" in capsys.readouterr().out
    assert config.load("prod", tmp_path).galleries.keys() == {"bin", "open", "shared"}


def test_where_other_stacks_have_everything_nothing_is_written(cloud: Azure, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "galleries").mkdir()
    (tmp_path / "galleries/dev.yaml").write_text("location: eastus\nresourceGroup: {name: x}\ngalleries: {bin: }\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config: {{azure-native:subscriptionId: {SUBSCRIPTION}}}\n")

    assert main(["adopt", "prod", f"{GALLERIES}/bin"], tmp_path) == 2

    printed = capsys.readouterr()
    assert "  bin: the stack dev has it\n" in printed.out and "Next" not in printed.out
    assert printed.err.endswith("gallery: nothing is left to adopt: nothing was written\n")
    assert not (tmp_path / "galleries/prod.yaml").exists() and not (tmp_path / "Pulumi.prod.yaml").exists()


def test_what_may_not_be_read(cloud: Azure, tmp_path: Path, capsys: Capture) -> None:
    refused = {"method": "GET", "status": 403, "code": "AuthorizationFailed", "message": "You may not."}
    try:
        cloud.fail({**refused, "path": "*/roleAssignments"})
        assert main(["adopt", "prod", f"{GALLERIES}/grown"], tmp_path) == 0
        told = "Not read:\n  the role assignments in Old.Images: Azure refuses to answer: You may not\n"
        assert told in capsys.readouterr().out
        cloud.fail({**refused, "path": "*/versions"})
        assert main(["adopt", "other", f"{GALLERIES}/grown"], tmp_path) == 2
        assert capsys.readouterr().err.endswith("gallery: Azure refuses to answer: You may not\n")
    finally:
        (cloud.home / "faults.yaml").unlink()
    assert not (tmp_path / "galleries/other.yaml").exists()
