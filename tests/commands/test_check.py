"""`gallery check`. Each folder in cases/ with a check.txt is a project, and what the command says about it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from commands.__main__ import main
from tests.commands import CASES, expected

ERRORS = {"errors", "shared", "files", "order", "pipelines", "same-gallery", "same-group", "sources", "waves"}


@pytest.mark.parametrize("file", sorted(CASES.glob("*/check.*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_is_printed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    form = {".github": "github", ".json": "json"}.get(file.suffix, "text")
    assert main(["check", "--format", form], file.parent) == int(file.parent.name in ERRORS)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (expected(file, printed.out), "")


@pytest.mark.parametrize("case", ["clean", "warnings"])
def test_strict_fails_on_warnings_only(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--strict"], CASES / case) == int(case == "warnings")


def test_named_stacks_alone_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "staging", "staging"], CASES / "errors") == 0
    assert capsys.readouterr().out == "1 stack, 0 galleries, 0 images, 0 versions: no errors\n"
    assert main(["check", "staging", "prod"], CASES / "errors") == 1
    assert capsys.readouterr().out.startswith("galleries/prod.yaml:1:11: location: 'nowhere' is no Azure region")


def test_an_annotation_is_one_line_for_each_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--format", "json"], CASES / "errors")
    diagnostics = json.loads(capsys.readouterr().out)
    main(["check", "--format", "github"], CASES / "errors")
    assert len(capsys.readouterr().out.splitlines()) == len(diagnostics)


def test_a_mistake_in_shared_definitions_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--format", "json"], CASES / "shared")
    assert [diagnostic["file"] for diagnostic in json.loads(capsys.readouterr().out)] == ["galleries/images.yaml"]


@pytest.mark.parametrize("command", [["check"], ["check", "dev"], ["show", "dev"]])
@pytest.mark.parametrize("case", ["empty", "nowhere"])
def test_without_data_files(command: list[str], case: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command, CASES / case) == 2
    sentence = "gallery: no data file: expected galleries/<stack>.yaml, for example galleries/dev.yaml\n"
    assert capsys.readouterr() == ("", sentence)


@pytest.mark.parametrize("command", ["check", "show"])
@pytest.mark.parametrize("name", ["qa", "images", "../dev", ""])
def test_an_unknown_stack(command: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, name], CASES / "shared") == 2
    assert capsys.readouterr() == ("", f"gallery: no data file for the stack {name!r}: found dev, prod\n")


def test_a_data_file_stands_for_its_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "galleries/staging.yaml"], CASES / "errors") == 0
    assert capsys.readouterr().out.startswith("1 stack,")


def committed(case: str, directory: Path) -> None:
    """A git repository in a directory, with the files of a case in its only commit."""

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=test", "-c", "user.email=test@example.com")
        subprocess.run(["git", *who, *arguments], cwd=directory, check=True, capture_output=True)

    shutil.copytree(CASES / case, directory, dirs_exist_ok=True)
    git("init")
    git("add", "--all")
    git("commit", "--message=all")


def test_a_stack_that_is_gone_or_renamed_is_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The engine knows it by its old name, and Azure keeps what it made."""
    committed("clean", tmp_path)
    (tmp_path / "galleries" / "dev.yaml").rename(tmp_path / "galleries" / "development.yaml")

    assert main(["check", "--since", "HEAD"], tmp_path) == 0
    [told, counted] = capsys.readouterr().out.splitlines()
    assert told.startswith("galleries/dev.yaml:1:1: warning: this stack is gone, and what it made stays in Azure")
    assert "`pulumi stack rename development --stack dev`" in told and counted.endswith(": 1 warning")
    assert main(["check"], tmp_path) == 0
    assert "is gone" not in capsys.readouterr().out


def test_a_version_that_is_new_wants_a_source_that_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a commit to compare with, it is known which versions are yet to be made: old ones may have lost theirs."""
    committed("sources", tmp_path)
    assert main(["check", "--since", "HEAD"], tmp_path) == 0
    data = tmp_path / "galleries" / "prod.yaml"
    old = next(line for line in data.read_text().splitlines() if "1.2.0: " in line)
    data.write_text(data.read_text() + old.replace("1.2.0: ", "1.2.9: ") + "\n")
    capsys.readouterr()

    assert main(["check", "--since", "HEAD"], tmp_path) == 1
    said = "galleries/dev.yaml has no version 1.2.0 of factory/web, and 1.3.0 as the newest: expected one that it has"
    [told] = capsys.readouterr().out.splitlines()
    assert told.endswith(f"galleries.shop.images.web.versions.1.2.9.source.imageVersion: {said}")
    assert main(["check", "--since", "nowhere"], tmp_path) == 2
    assert "git doesn't tell what has changed since 'nowhere'" in capsys.readouterr().err
