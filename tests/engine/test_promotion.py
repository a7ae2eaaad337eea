"""docs/promotion.md, done: its changes are applied to the committed data files, and what it shows is what is said."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

from .conftest import ROOT, Project

MakeProject = Callable[..., Project]

PAGE = (ROOT / "docs" / "promotion.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^(`{3,})(diff|markdown|)\n(.*?)^\1$", PAGE, re.MULTILINE | re.DOTALL)


def test_a_version_goes_from_dev_to_production_as_the_page_says(project: MakeProject) -> None:
    stacks = {"dev": project()}
    stacks["dev"].up()
    for name in ("staging", "prod"):
        stacks[name] = Project(stacks["dev"].directory, name)
        stacks[name].pulumi("stack", "init", name)
        stacks[name].up()

    reviewed = []
    for _, kind, text in BLOCKS:
        if kind == "diff":
            directory = stacks["dev"].directory
            subprocess.run(["patch", "--quiet", "-p1"], input=text, text=True, cwd=directory, check=True)
        elif kind == "markdown":
            name = re.match(r"### Stack (\w+):", text)[1]  # type: ignore[index]
            preview = stacks[name].pulumi("preview", "--json", "--show-sames", "--stack", name)
            report = stacks[name].gallery("report", "--guard", given=preview)
            assert (report.returncode, report.stdout) == (0, text)
            stacks[name].up()
            reviewed.append(name)
        else:
            command, *shown = text.splitlines()
            said = {line.strip() for line in run(command.removeprefix("$ "), stacks).splitlines()}
            assert {line.strip() for line in shown} - {"…"} <= said, said
    assert reviewed == ["dev", "staging", "prod"]
    assert all(stack.preview() == {} for stack in stacks.values())


def run(command: str, stacks: dict[str, Project]) -> str:
    """What a command of the page prints: one of the engine's, or one that asks local Azure."""
    tool, *arguments = command.split()
    if tool == "pulumi":
        return stacks[arguments[-1]].pulumi(*arguments)
    dev = stacks["dev"]
    done = subprocess.run(
        [sys.executable, "-m", "local", "run", sys.executable, "-m", "commands", *arguments],
        cwd=dev.directory,
        env=dev.env | {"PYTHONPATH": f"{dev.directory}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
