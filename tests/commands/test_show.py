"""`gallery show`: what is printed into a pipe and for programs, exactly; on a terminal, that it is a table there."""

import json
import os
import pty
import subprocess
import sys

import pytest

from commands.__main__ import main
from tests.commands import CASES, ROOT, expected

CASE = CASES / "latest"


@pytest.mark.parametrize("file", ["show.txt", "show.json"])
def test_what_is_printed(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "dev", *(["--json"] if file == "show.json" else [])], CASE) == 0
    printed = capsys.readouterr().out
    assert printed == expected(CASE / file, printed)


def test_a_stack_without_galleries(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "staging"], CASES / "mistakes") == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "Stack staging",
        "",
        "Totals",
        "  0 galleries, 0 images, 0 versions, 0 replicas",
    ]
    assert main(["show", "staging", "--json"], CASES / "mistakes") == 0
    assert json.loads(capsys.readouterr().out)["images"] == []


def test_a_stack_with_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "prod"], CASES / "mistakes") == 2
    sentence = "gallery: the stack prod has 1 mistake: run `gallery check prod` to see them\n"
    assert capsys.readouterr() == ("", sentence)


def test_warnings_do_not_stop_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "dev"], CASES / "warnings") == 0


def test_on_a_terminal() -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "200"}
    process = subprocess.Popen(
        [sys.executable, "-m", "commands", "show", "prod"], cwd=ROOT, stdout=theirs, env=environment
    )
    os.close(theirs)
    text = b""
    try:
        while piece := os.read(ours, 65536):
            text += piece
    except OSError:  # Linux's way to say that the other side has closed
        pass
    os.close(ours)
    assert process.wait() == 0
    assert "─" in text.decode() and "\x1b[1m" in text.decode()
    assert "5 Standard_ZRS" in text.decode()
