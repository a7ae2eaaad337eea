"""`gallery stacks` where git can't help; what it prints otherwise is in tests/engine/test_make.py."""

from pathlib import Path

import pytest

from commands.__main__ import main
from tests.commands import CASES


def test_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stacks"], CASES / "errors") == 0
    assert capsys.readouterr().out == '[["dev", "prod", "staging"]]\n'


def test_outside_of_a_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "galleries").mkdir()
    (tmp_path / "galleries" / "dev.yaml").write_text("location: eastus\n")
    assert main(["stacks", "--since", "HEAD~1"], tmp_path) == 2
    assert capsys.readouterr().err.startswith("gallery: git doesn't tell what has changed since 'HEAD~1': ")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["stacks", "--since", "HEAD~1"], tmp_path) == 2
    assert capsys.readouterr().err == "gallery: git is missing, which knows what has changed\n"


def test_a_file_name_that_a_shell_would_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "galleries").mkdir()
    (tmp_path / "galleries" / "$(id).yaml").write_text("location: eastus\n")
    assert main(["stacks"], tmp_path) == 2
    expected = "expected up to 100 letters, digits, dashes, underscores and periods, for example staging"
    sentence = f"galleries/$(id).yaml:1:1: '$(id)' is no name of a stack: {expected}\n"
    assert capsys.readouterr() == ("", f"gallery: {sentence}")
