"""The README says what is so: its data files, its make targets, its paths."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("stack", re.findall(r"```yaml\n# (galleries/\S+\.yaml)\n", README))
def test_a_data_file_is_shown_as_it_is(stack: str) -> None:
    shown = re.search(rf"```yaml\n# {re.escape(stack)}\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    assert shown[1].strip() in (ROOT / stack).read_text(encoding="utf-8")


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
    assert shown == (ROOT / "tests/engine/reports/deleted/report.md").read_text(encoding="utf-8")


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
