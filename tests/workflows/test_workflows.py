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

from config.cross_stack import MOST_WAVES

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests" / "cases" / "example"
GITHUB = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
AZURE = sorted((ROOT / ".azure-pipelines").glob("*.yml"))
PIPELINE = ROOT / ".azure-pipelines" / "pipeline.yml"
TARGETS = set(re.findall(r"^([a-z]+)(?:[ :])", (ROOT / "Makefile").read_text(), re.MULTILINE))
STACKS = (
    r'stacks=\$\(make --silent stacks[^)]*\) && echo "(?:stacks=|##vso\[[^"\]]*\])\$stacks"(?: >>"\$GITHUB_OUTPUT")?'
)
CALLS = re.compile(
    r'(?:python \.github/oidc\.py )?make [\w "$]+(?: [A-Z]+=\S+)*'  # a make target
    rf"|{STACKS}"  # what one printed, for other jobs; where it fails, so does the step
    r'|cat "\.local/report/\$STACK\.md" >>"\$GITHUB_STEP_SUMMARY"'  # a report, shown
    r'|echo "##vso\[task\.uploadsummary\]\S+"'
    r"|python \.azure-pipelines/comment\.py \S+ \S+\.md"
    r'|local/toolchain/install \.local/bin && echo "##vso\[task\.prependpath\]\$PWD/\.local/bin"'  # set-up
)


def read(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # `on` is a key


def workflow(name: str) -> Any:
    return read(ROOT / ".github" / "workflows" / f"{name}.yml")


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


def expanded(node: Any, **known: Any) -> Any:
    """A template of Azure Pipelines as the service expands it, as far as ours go: `each`, `if`, `else`, values.

    Source: "Template expressions" in the documentation of Azure Pipelines.
    """
    if isinstance(node, dict):
        result: Any = {}
        for key, value in node.items():
            if each := re.fullmatch(r"\$\{\{ each (\w+) in (.+) \}\}", key):
                items = [expanded(value, **known, **{each[1]: item}) for item in evaluated(each[2], known)]
                return [part for item in items for part in (item if isinstance(item, list) else [item])]
            if condition := re.fullmatch(r"\$\{\{ if eq\((.+), '(\w+)'\) \}\}", key):
                return expanded(value, **known) if evaluated(condition[1], known) == condition[2] else []
            if key == "${{ else }}":
                return expanded(value, **known)
            result[key] = expanded(value, **known)
        return result
    if isinstance(node, list):
        parts: list[Any] = []
        taken = False
        for item in node:
            is_if = isinstance(item, dict) and next(iter(item)).startswith("${{ if")
            if isinstance(item, dict) and "${{ else }}" in item and taken:
                continue
            made = expanded(item, **known)
            taken = is_if and made != []
            parts += made if isinstance(item, dict) and next(iter(item)).startswith("${{") else [made]
        return parts
    if whole := re.fullmatch(r"\$\{\{ (.+?) \}\}", node):
        return evaluated(whole[1], known)
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda match: evaluated(match[1], known), node)


def evaluated(expression: str, known: dict[str, Any]) -> Any:
    if call := re.fullmatch(r"replace\((.+), '(.)', '(.)'\)", expression):
        return evaluated(call[1], known).replace(call[2], call[3])
    if index := re.fullmatch(r"variables\['(.+)'\]", expression):
        return known["variables"][index[1]]
    value: Any = known
    for name in expression.split("."):
        value = value[name]
    return value


def pipeline(reason: str = "IndividualCI", stacks: Any = None) -> Any:
    """The stages of a run for these stacks, by default the example's."""
    listed = stacks or read(EXAMPLE / "azure-pipelines.yml")["extends"]["parameters"]["stacks"]
    return expanded(read(PIPELINE), parameters={"stacks": listed}, variables={"Build.Reason": reason})


@pytest.mark.parametrize("file", GITHUB, ids=lambda path: path.name)
def test_github_takes_the_workflow(file: Path) -> None:
    valid("vendor.github-workflows", file=file)


@pytest.mark.parametrize("file", [EXAMPLE / "azure-pipelines.yml", *AZURE], ids=lambda path: path.name)
@pytest.mark.parametrize("reason", ["IndividualCI", "PullRequest"])
def test_azure_pipelines_takes_the_file(file: Path, reason: str, tmp_path: Path) -> None:
    """A template with what it is expanded to: the schema takes no expressions in the place of lists and names."""
    if file == PIPELINE:
        file = tmp_path / file.name
        file.write_text(yaml.safe_dump(pipeline(reason), sort_keys=False, width=10**6))
    options = ("--data-transform", "azure-pipelines", "--regex-variant", "nonunicode")
    valid("vendor.azure-pipelines", *options, file=file)


@pytest.mark.parametrize("file", [*GITHUB, *AZURE], ids=lambda path: path.name)
def test_there_is_nothing_but_set_up_and_calls(file: Path) -> None:
    assert {"preview", "deploy", "drift", "stacks", "check", "test"} <= TARGETS
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
        written = read(file)
        if "workflow_call" in written["on"]:
            assert not list(values(written, "permissions")), "its caller's"
            continue
        assert written["permissions"] in ({}, {"contents": "read"}), file.name
        for job in written["jobs"].values():
            given = job.get("permissions", written["permissions"])
            assert given.get("contents") == "read" and "secrets" not in str(job)
            assert ("id-token" in given) == ("stack.yml" in job.get("uses", "")), file.name
            assert ("pull-requests" in given) == (job.get("with", {}).get("target") == "preview")


def test_forks_are_checked_and_not_previewed() -> None:
    check, preview = workflow("check"), workflow("preview")
    assert "pull_request" in check["on"] and "id-token" not in str(check) and "azure" not in str(check["jobs"])
    assert preview["on"] == "pull_request", "pull_request_target would hand a fork this repository's identity"
    own = "github.event.pull_request.head.repo.full_name == github.repository"
    assert preview["jobs"]["stacks"]["if"] == own and preview["jobs"]["preview"]["needs"] == "stacks"


def test_data_are_checked_and_the_program_is_tested() -> None:
    """What a fork changes is its data: `make check` looks at them, and the tests have data of their own."""
    users = ["galleries/**", "Pulumi.*.yaml", "azure-pipelines.yml"]
    check, test = workflow("check"), workflow("test")
    assert check["on"]["pull_request"] == "" and [run for _, run in values(check, "run")] == ["make check"]
    assert [test["on"][event]["paths-ignore"] for event in ("pull_request", "push")] == [users, users]
    assert [run for _, run in values(test, "run")] == ["make test"]
    apart = read(ROOT / ".azure-pipelines" / "test.yml")
    excluded = [name.replace("**", "*") for name in users]
    assert [apart[event]["paths"]["exclude"] for event in ("trigger", "pr")] == [excluded, excluded]


def test_no_workflow_names_a_stack() -> None:
    """A new stack is its files: what there is comes from the data files."""
    assert len(GITHUB) > 6
    for file in [*GITHUB, *AZURE]:
        words = set(re.findall(r"[\w-]+", "\n".join(str(value) for _, value in values(read(file), "stack", "stacks"))))
        assert not words & {"dev", "staging", "prod"}, file.name


def test_waves_one_after_another_each_stack_behind_its_environment() -> None:
    jobs = workflow("deploy")["jobs"]
    assert list(jobs) == ["stacks", *(f"wave-{n}" for n in range(1, MOST_WAVES + 1))]
    for n in range(1, MOST_WAVES + 1):
        job, wave = jobs[f"wave-{n}"], f"fromJSON(needs.stacks.outputs.stacks)[{n - 1}]"
        assert job["needs"] == ("stacks" if n == 1 else ["stacks", f"wave-{n - 1}"])
        assert job["if"] == f"{wave} != null"
        assert job["strategy"] == {"fail-fast": "false", "matrix": {"stack": f"${{{{ {wave} }}}}"}}
        stack = "${{ matrix.stack }}"
        assert job["with"] == {"target": "deploy", "stack": stack, "environment": stack}, "the environment's approvals"


def test_a_pending_approval_holds_up_its_own_stack_alone() -> None:
    assert "concurrency" not in workflow("deploy")
    job = workflow("stack")["jobs"]["stack"]
    assert job["concurrency"]["cancel-in-progress"] == "false", "none is cancelled half way"
    assert job["concurrency"]["group"].startswith("${{ inputs.target }}-${{ inputs.stack }}")


def test_who_previews_only_reads() -> None:
    """The repository's own identity reads; an environment has another one, which nothing but a deployment gets."""
    for name in ("preview", "drift"):
        called = [job["with"] for job in workflow(name)["jobs"].values() if "stack.yml" in job["uses"]]
        assert [set(each) for each in called] == [{"target", "stack"}], name
    for reason in ("PullRequest", "IndividualCI", "Schedule"):
        for stage in pipeline(reason)["stages"]:
            for _, parameters in values(stage, "parameters"):
                deploys = stage["stage"].startswith("deploy_")
                assert (parameters["target"] == "deploy") == deploys
                own = f"compute-gallery-{parameters['stack']}"
                assert parameters["connection"] == (own if deploys else "compute-gallery-reader")


def test_azure_pipelines_has_a_stage_for_each_stack_after_those_before_it() -> None:
    stacks = [
        {"name": "dev", "after": []},
        {"name": "qa-west.1", "after": ["dev"]},
        {"name": "prod", "after": ["dev", "qa-west.1"]},
    ]
    stages = {stage["stage"]: stage for stage in pipeline(stacks=stacks)["stages"]}
    assert {name: stage["dependsOn"] for name, stage in stages.items() if name.startswith("deploy")} == {
        "deploy_dev": ["check"],
        "deploy_qa_west_1": ["check", "deploy_dev"],
        "deploy_prod": ["check", "deploy_dev", "deploy_qa_west_1"],
    }
    assert [stages[f"deploy_{name}"]["jobs"][0]["environment"] for name in ("dev", "qa_west_1")] == ["dev", "qa-west.1"]
    scripts = {reason: [s for _, s in values(pipeline(reason), "script")] for reason in ("PullRequest", "Schedule")}
    assert "make check BASE=HEAD^1" in scripts["PullRequest"] and "make check" not in scripts["PullRequest"]
    assert "make check" in scripts["Schedule"]
