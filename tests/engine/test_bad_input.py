"""Bad input stops `pulumi preview` with a sentence of the configuration's, and without a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Project

MakeProject = Callable[..., Project]

CASES = sorted((Path(__file__).parents[1] / "cases" / "bad-input").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_mistake_in_the_data_is_one_clean_error(project: MakeProject, case: Path) -> None:
    """Each case is a stack's data file; its first line holds the sentence that must be said."""
    dev = project()
    expected = case.read_text().splitlines()[0].removeprefix("# ")
    (dev.directory / "galleries" / "dev.yaml").write_text(case.read_text())

    refused = dev.run("preview", "--stack", "dev")

    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert expected in said
    assert "Traceback" not in said
    assert "unhandled" not in said


def test_a_missing_data_file_is_one_clean_error(project: MakeProject) -> None:
    dev = project()
    (dev.directory / "galleries" / "dev.yaml").unlink()

    refused = dev.run("preview", "--stack", "dev")

    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "galleries/dev.yaml" in said
    assert "Traceback" not in said


def test_what_azure_refuses_is_told_in_azures_words(project: MakeProject) -> None:
    """A source that doesn't exist passes the configuration, which looks nothing up, and fails at Azure."""
    dev = project()
    data = dev.directory / "galleries" / "dev.yaml"
    data.write_text(data.read_text().replace("virtualMachines/myVM", "virtualMachines/gone"))

    refused = dev.run("up", "--yes", "--skip-preview", "--stack", "dev")

    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "virtualMachines/gone" in said
    assert "Traceback" not in said
    assert "myGallery/myImageDefinition" in dev.resources(), "what was made before the refusal is kept"
