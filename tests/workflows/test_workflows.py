"""The workflow files: what can be said of them without their services. Their steps are tested by tests/engine."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import stacks

ROOT = Path(__file__).parents[2]
GITHUB = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
AZURE = [ROOT / "azure-pipelines.yml", ROOT / ".azure-pipelines" / "stack.yml"]
TARGETS = set(re.findall(r"^([a-z]+)(?:[ :])", (ROOT / "Makefile").read_text(), re.MULTILINE))
ORDER = ["dev", "staging", "prod"]
CALLS = re.compile(
    r'make [\w "$]+(?: [A-Z]+=\S+)*'  # a make target
    r'|echo "[^"]*\$\(make --silent stacks[^)]*\)"(?: >>"\$GITHUB_OUTPUT")?'  # what one printed, for other jobs
    r'|cat "\.local/report/\$STACK\.md" >>"\$GITHUB_STEP_SUMMARY"'  # a report, shown
    r'|echo "##vso\[task\.uploadsummary\]\S+"'
    r"|python \.azure-pipelines/comment\.py \S+ \S+\.md"
    r'|local/toolchain/install \.local/bin && echo "##vso\[task\.prependpath\]\$PWD/\.local/bin"'  # set-up
)


def read(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # `on` is a key


def values(node: Any, *keys: str) -> Iterator[tuple[str, Any]]:
    """All values of these keys, wherever they are."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if key in keys:
            yield key, value
        yield from values(value, *keys)


def valid(schema: str, *arguments: str, file: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *arguments, str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", GITHUB, ids=lambda path: path.name)
def test_github_takes_the_workflow(file: Path) -> None:
    valid("vendor.github-workflows", file=file)


@pytest.mark.parametrize("file", AZURE, ids=lambda path: path.name)
def test_azure_pipelines_takes_the_file(file: Path, tmp_path: Path) -> None:
    """With a stack's name in the place of the expression that stands for it: the schema takes none in names."""
    expanded = tmp_path / file.name
    expanded.write_text(re.sub(r"\$\{\{ each\.\w+ \}\}", "dev", file.read_text()))
    options = ("--data-transform", "azure-pipelines", "--regex-variant", "nonunicode")
    valid("vendor.azure-pipelines", *options, file=expanded)


@pytest.mark.parametrize("file", [*GITHUB, *AZURE], ids=lambda path: path.name)
def test_there_is_nothing_but_set_up_and_calls(file: Path) -> None:
    assert {"preview", "deploy", "drift"} <= TARGETS
    for _, script in values(read(file), "run", "script", "inlineScript"):
        script = re.sub(r"\$\{\{ parameters\.(\w+) \}\}", "preview", script)
        assert CALLS.fullmatch(script), script
        called = re.findall(r"make (?:--silent )?([a-z ]+)", script)
        assert {target for each in called for target in each.split()} <= TARGETS, script


@pytest.mark.parametrize("file", GITHUB, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_say_their_version(file: Path) -> None:
    for line in re.findall(r"uses: (.*)", file.read_text()):
        if line.startswith("./"):
            assert (ROOT / line).exists()
        else:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_one_version_of_the_engine_everywhere() -> None:
    [pinned] = re.findall(r"^pulumi==([\d.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    used = [value for file in GITHUB for _, value in values(read(file), "pulumi-version")]
    assert used and set(used) == {pinned}


def test_no_permission_too_many() -> None:
    """The least at the top of each file; an identity only where Azure is asked; only a preview may comment."""
    for file in GITHUB:
        workflow = read(file)
        if "workflow_call" in workflow["on"]:
            assert not list(values(workflow, "permissions")), "its caller's"
            continue
        assert workflow["permissions"] in ({}, {"contents": "read"}), file.name
        for job in workflow["jobs"].values():
            given = job.get("permissions", workflow["permissions"])
            assert given.get("contents") == "read" and "secrets" not in str(job)
            assert ("id-token" in given) == ("uses" in job), file.name
            assert ("pull-requests" in given) == (job.get("with", {}).get("target") == "preview")


def test_forks_are_checked_and_not_previewed() -> None:
    check, preview = (read(ROOT / ".github/workflows" / f"{name}.yml") for name in ("check", "preview"))
    assert "pull_request" in check["on"] and "id-token" not in str(check) and "azure" not in str(check["jobs"])
    assert preview["on"] == "pull_request", "pull_request_target would hand a fork this repository's identity"
    own = "github.event.pull_request.head.repo.full_name == github.repository"
    assert preview["jobs"]["stacks"]["if"] == own and preview["jobs"]["preview"]["needs"] == "stacks"


def test_one_environment_after_another_and_none_cancelled_half_way() -> None:
    deploy = read(ROOT / ".github/workflows/deploy.yml")
    assert deploy["concurrency"] == {"group": "deploy", "cancel-in-progress": "false"}
    assert sorted(ORDER) == stacks(ROOT), "all stacks are deployed"
    assert list(deploy["jobs"]) == ORDER
    for before, stack in zip([None, *ORDER], ORDER, strict=False):
        job = deploy["jobs"][stack]
        assert job.get("needs") == before
        assert job["with"] == {"target": "deploy", "stack": stack, "environment": stack}, "the environment's approvals"
    pipeline = read(ROOT / "azure-pipelines.yml")["parameters"][0]["default"]
    assert pipeline == [
        {"stack": stack, "after": f"deploy_{before}" if before else "check"}
        for before, stack in zip([None, *ORDER], ORDER, strict=False)
    ]
