"""`gallery show`: what is printed into a pipe and for programs, exactly; on a terminal, that it is a table there."""

import json
from pathlib import Path

import pytest

from commands.__main__ import main
from tests.commands import CASES, ROOT, expected, on_terminal

CASE = CASES / "latest"


@pytest.mark.parametrize("file", ["show.txt", "show.json"])
def test_what_is_printed(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "dev", *(["--json"] if file == "show.json" else [])], CASE) == 0
    printed = capsys.readouterr().out
    assert printed == expected(CASE / file, printed)


def test_a_stack_without_galleries(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "staging"], CASES / "errors") == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "Stack staging",
        "",
        "Totals",
        "  0 galleries, 0 images, 0 versions, 0 replicas",
    ]
    assert main(["show", "staging", "--json"], CASES / "errors") == 0
    assert json.loads(capsys.readouterr().out)["images"] == []


def test_a_stack_with_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "prod"], CASES / "errors") == 2
    sentence = "gallery: the stack prod has 1 error: run `gallery check prod` to see them\n"
    assert capsys.readouterr() == ("", sentence)


def test_a_stack_without_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "dev"], ROOT / "tests/config/cases/invalid/no-settings") == 2
    said = "the stack dev has no Pulumi.dev.yaml, which says where it lives: expected azure-native:subscriptionId under"
    assert said in capsys.readouterr().err


def test_warnings_do_not_stop_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "dev"], CASES / "warnings") == 0


def test_on_a_terminal(example: Path) -> None:
    shown = on_terminal("show", "prod", cwd=example, columns=200)
    assert "─" in shown and "\x1b[1m" in shown
    assert "5 Standard_ZRS" in shown
