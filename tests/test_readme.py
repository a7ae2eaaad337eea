"""The README says what is so: its data files, its make targets, its paths.

The data that it shows are the tests' own: whoever forks the repository has others in `galleries/`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "tests" / "cases" / "example"
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXCERPTS = re.findall(r"^```yaml\n# (galleries/\S+\.yaml)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_the_data_files_are_shown() -> None:
    assert {"galleries/dev.yaml", "galleries/images.yaml", "galleries/prod.yaml"} <= {file for file, _ in EXCERPTS}


@pytest.mark.parametrize(("file", "text"), EXCERPTS, ids=[file for file, _ in EXCERPTS])
def test_a_data_file_is_shown_as_it_is(file: str, text: str) -> None:
    """Whole lines, one after another as in the file."""
    shown, lines = text.splitlines(), (EXAMPLE / file).read_text(encoding="utf-8").splitlines()
    places = [lines[at : at + len(shown)] for at in range(len(lines))]
    assert shown in places, f"{file} has no such lines"
    assert isinstance(yaml.safe_load(text), dict)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z]+)\b(?=[^\n]*[`\n])", README))))
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^(\w+ )*{target}( \w+)*:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:config|components|commands|local|galleries|docs)/[\w./]*)`", README)))
)
def test_every_path_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_report_that_is_shown_is_one_of_the_engines_previews() -> None:
    [shown] = re.findall(r"```\n(### Stack .*?)```", README, re.DOTALL)
    assert shown == (ROOT / "tests/engine/reports/changed/report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_every_link_leads_somewhere(page: str) -> None:
    """Files that are there, and headings in them."""
    for link, anchor in re.findall(r"\]\(([^)#:]*)(#[^)]*)?\)", (ROOT / page).read_text(encoding="utf-8")):
        target = (ROOT / page).parent / link if link else ROOT / page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}
            assert anchor[1:] in slugs, f"{link}{anchor}"
