"""The `gallery` command, tested by what it prints."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).with_name("cases")


def expected(file: Path, printed: str) -> str:
    """What `file` says. With REWRITE=1 in the environment it is written anew, for a review of what changed."""
    if os.environ.get("REWRITE"):
        file.write_text(printed, encoding="utf-8")
    return file.read_text(encoding="utf-8")
