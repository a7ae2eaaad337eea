"""The command as people run it: help, bad usage, pipes and interrupts. One sentence, and never a traceback."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from commands.__main__ import COMMANDS, main
from tests.commands import ROOT

COMMAND = [sys.executable, "-m", "commands"]


def run(*arguments: str, root: Path, **options: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, *arguments], cwd=root, capture_output=True, text=True, timeout=60, **options)  # type: ignore[call-overload, no-any-return]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own, with this one's code."""
    for name in ("commands", "config"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "galleries").mkdir()
    (tmp_path / "galleries" / "dev.yaml").write_text("location: eastus\n")
    return tmp_path


def test_the_example(example: Path) -> None:
    done = run("check", "--strict", root=example)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "3 stacks, 3 galleries, 3 images, 3 versions: no errors\n",
        "",
    )


def test_the_root_is_where_the_code_is(project: Path) -> None:
    assert run("check", root=project).stdout == "1 stack, 0 galleries, 0 images, 0 versions: no errors\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "gallery: the following arguments are required: COMMAND (see gallery --help)"),
        (["show"], "gallery show: the following arguments are required: STACK (see gallery show --help)"),
        (["show", "a", "b"], "gallery: unrecognized arguments: b (see gallery --help)"),
        (
            ["check", "--strict=1"],
            "gallery check: argument --strict: ignored explicit argument '1' (see gallery check --help)",
        ),
    ],
)
def test_bad_usage_is_one_sentence(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", sentence + "\n")


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("usage: gallery")


@pytest.mark.parametrize("arguments", [["check"], ["show", "prod"], ["show", "prod", "--json"]])
def test_a_closed_pipe(arguments: list[str], example: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*COMMAND, *arguments], cwd=example, stdout=writer, stderr=subprocess.PIPE, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_help_into_a_closed_pipe() -> None:
    done = subprocess.run(["sh", "-c", '"$@" | true', "sh", *COMMAND, "--help"], cwd=ROOT, stderr=subprocess.PIPE)
    assert done.stderr == b""


@pytest.mark.parametrize("arguments", [["check"], ["show", "prod"]])
def test_a_full_disk(arguments: list[str], example: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMMAND, *arguments], cwd=example, stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (2, b"gallery: standard output: No space left on device\n")


@pytest.mark.parametrize("arguments", [["check"], ["show", "prod"]])
def test_no_standard_output_at_all(arguments: list[str], example: Path) -> None:
    done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *COMMAND, *arguments], cwd=example, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_output_without_our_characters(project: Path) -> None:
    (project / "galleries" / "dev.yaml").write_text("tägs: {}\n", encoding="utf-8")
    done = run("check", root=project, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1
    assert done.stdout.startswith(r"galleries/dev.yaml:1:1: t\xe4gs: unknown key")


def test_the_release(example: Path) -> None:
    [release] = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert run("--version", root=example).stdout == f"gallery {release}\n"


def test_in_a_folder_of_the_project_and_outside_of_it(example: Path, tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(example)}
    whole = run("show", "prod", root=example).stdout
    assert run("show", "prod", root=example / "galleries" / "local", env=env).stdout == whole
    outside = run("show", "prod", root=tmp_path, env=env)
    sentence = f"gallery: {tmp_path} is outside of the project in {example}: change to it\n"
    assert (outside.returncode, outside.stderr) == (2, sentence)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("gallery st", {"stacks", "status"}),
        ("gallery show ", {"dev", "prod", "staging"}),
        ("gallery check --format ", {"text", "github", "json"}),
        ("gallery completion ", {"bash", "zsh", "fish"}),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, typed: str, offered: set[str], example: Path, tmp_path: Path) -> None:
    """By the protocol that each shell's code speaks, which asks the command itself."""
    code = run("completion", shell, root=example).stdout
    assert "_ARGCOMPLETE" in code and "gallery" in code
    answer = tmp_path / "answer"
    asked = {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_SHELL": shell, "_ARGCOMPLETE_IFS": "\n", "_ARGCOMPLETE_DFS": "\t"}
    asked |= {"COMP_LINE": typed, "COMP_POINT": str(len(typed)), "_ARGCOMPLETE_STDOUT_FILENAME": str(answer)}
    assert run(root=example, env=os.environ | asked).stdout == ""
    words = {line.split("\t")[0].split(":")[0].strip() for line in answer.read_text().splitlines()}
    assert offered <= {word for word in words if not word.startswith("-")}


def test_bash_completes(example: Path) -> None:
    script = f"""
    gallery() {{ {shlex.quote(sys.executable)} -m commands "$@"; }}
    eval "$(gallery completion bash)"
    COMP_LINE="gallery show st" COMP_POINT=15 COMP_WORDS=(gallery show st) COMP_CWORD=2
    _python_argcomplete gallery st show
    echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], cwd=example, capture_output=True, text=True)
    assert done.stdout.split() == ["staging"], done.stderr


def test_an_interrupt(project: Path) -> None:
    os.mkfifo(project / "galleries" / "prod.yaml")  # whoever reads it waits
    process = subprocess.Popen(
        [*COMMAND, "check"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Whoever runs the tests in the background has interrupts ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.poll() is None
    with (project / "galleries" / "prod.yaml").open("wb"):  # the command has come as far as that
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == 130


def test_a_data_file_that_cannot_be_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "galleries" / "prod.yaml").mkdir()
    assert main(["check"], project) == 1
    assert capsys.readouterr().out == "galleries/prod.yaml:1:1: the file can't be read: Is a directory\n"


def test_a_file_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config").write_text("in the way of config/schema/")
    assert main(["schema", "--write"], tmp_path) == 2
    assert capsys.readouterr() == ("", f"gallery: {tmp_path}/config/schema: Not a directory\n")


def test_start_up_does_not_load_what_only_tables_need(example: Path) -> None:
    code = "import sys; from commands.__main__ import main; main(['check']); print({'rich', 'azure'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=example, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "set()"
