"""`gallery report` reads the real engine's previews.

Each folder in reports/ holds a data file, to which a stack goes from tests/cases/report, and the report about that.
`preview.json`, where it is there, is the engine's preview itself, in its essence: tests without an engine read it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import expected

from .conftest import Project, make_project

REPORTS = Path(__file__).with_name("reports")
REFUSED = {"deleted", "forbidden", "group-given-away", "mistaken", "protected", "replaced"}


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A stack that is built; previews leave it as it is."""
    made = make_project(tmp_path_factory.mktemp("report"), "report")
    made.up()
    return made


def essence(preview: str) -> str:
    """A preview without what is of no interest or differs from run to run, as the order does; a line for each step."""
    document = json.loads(preview)
    for step in document["steps"]:
        for state in ("oldState", "newState"):
            if step.get(state):
                step[state] = {key: step[state][key] for key in ("type", "inputs", "protect") if key in step[state]}
        step.pop("provider", None)
    lines = ",\n".join(sorted(json.dumps(step) for step in document["steps"]))
    rest = {key: document[key] for key in ("diagnostics", "changeSummary") if key in document}
    return f'{{"steps": [\n{lines}\n],\n{json.dumps(rest)[1:]}\n'


@pytest.mark.parametrize("case", sorted(REPORTS.iterdir()), ids=lambda path: path.name)
def test_what_is_said_about_a_change(dev: Project, case: Path) -> None:
    start = (dev.directory / "galleries/dev.yaml").read_text()
    (dev.directory / "galleries/dev.yaml").write_text((case / "dev.yaml").read_text())
    try:
        preview = dev.run("preview", "--json", "--show-sames", "--stack", "dev").stdout
        free = dev.gallery("report", given=preview)
        guarded = dev.gallery("report", "--guard", given=preview)
    finally:
        (dev.directory / "galleries/dev.yaml").write_text(start)

    assert free.stdout == expected(case / "report.md", free.stdout)
    assert (free.returncode, free.stderr, guarded.stdout) == (0, "", free.stdout)
    assert guarded.returncode == (case.name in REFUSED), guarded.stderr
    assert guarded.stderr.count("\n") == guarded.returncode, "the reason in one line"
    if (case / "preview.json").exists():
        assert essence(preview) == expected(case / "preview.json", essence(preview))
