"""The `gallery` command, tested by what it prints."""

import os
import pty
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).with_name("cases")
EXAMPLE = ROOT / "tests" / "cases" / "example"


def expected(file: Path, printed: str) -> str:
    """What `file` says. With REWRITE=1 in the environment it is written anew, for a review of what changed."""
    if os.environ.get("REWRITE"):
        file.write_text(printed, encoding="utf-8")
    return file.read_text(encoding="utf-8")


def on_terminal(*arguments: str, cwd: Path, columns: int) -> str:
    """What `gallery ARGUMENTS`, which must succeed, shows on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "commands", *arguments],
        cwd=cwd,
        env=os.environ | {"TERM": "xterm", "COLUMNS": str(columns), "LINES": "40"},
        stdout=theirs,
        stderr=subprocess.STDOUT,
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
    return text.decode()
