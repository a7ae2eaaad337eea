"""`gallery report` of what isn't a whole preview. What it says about previews is in tests/engine/test_report.py."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from commands.__main__ import main
from commands.report import LONGEST
from config.azure.words import AS_TOLD
from config.roles import ROLES
from tests.commands import ROOT

REPORTS = ROOT / "tests" / "engine" / "reports"
PUBLISHED, PROTECTED = ((REPORTS / case / "preview.json").read_text() for case in ("published", "protected"))
EXPECTED = "expected what `pulumi preview --json --show-sames` prints"


class Given:
    """Runs the command with a text on standard input."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], root: Path) -> None:
        self._monkeypatch, self._capsys, self.root = monkeypatch, capsys, root

    def __call__(self, text: str, *options: str) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        status = main(["report", *options], self.root)
        return status, *self._capsys.readouterr()


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Given:
    galleries = tmp_path / "galleries"
    galleries.mkdir()
    for name in ("dev.yaml", "images.yaml"):
        (galleries / name).write_text((ROOT / "tests/cases/report/galleries" / name).read_text())
    return Given(monkeypatch, capsys, tmp_path)


def edited(change: Any) -> str:
    document = json.loads(PUBLISHED)
    change(document)
    return json.dumps(document)


def published(document: Any) -> Any:
    """The state to come of the version that is published."""
    [step] = (step for step in document["steps"] if step["urn"].endswith("/1.2.0"))
    return step["newState"]


@pytest.mark.parametrize("text", ["", " \n"])
def test_nothing(given: Given, text: str) -> None:
    assert given(text) == (2, "", f"gallery: standard input is empty: {EXPECTED}\n")


def test_no_standard_input_at_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["report"]) == 2
    assert capsys.readouterr().err == f"gallery: standard input is empty: {EXPECTED}\n"


@pytest.mark.parametrize("part", range(1, 100, 7))
def test_an_interrupted_preview(given: Given, part: int) -> None:
    text = PUBLISHED[: len(PUBLISHED) * part // 100]
    assert given(text) == (2, "", f"gallery: standard input is no JSON, or not all of it: {EXPECTED}\n")


def test_a_preview_that_came_to_nothing(given: Given) -> None:
    """What the engine prints when it is interrupted before the program has said anything."""
    canceled = [
        {"message": "^C received; cancelling.", "severity": "info"},
        {"message": "error: preview canceled\n", "severity": "error"},
        {"message": "KeyboardInterrupt\n\n", "severity": "info#err"},
    ]
    text = json.dumps({"config": {}, "diagnostics": canceled, "duration": 888717})
    assert given(text, "--guard") == (2, "", "gallery: the preview came to nothing: preview canceled\n")


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "[]",
        "3",
        '{"steps": 3}',
        '{"steps": [], "changeSummary": []}',
        '{"steps": [{"op": "same"}], "changeSummary": {}}',
        '{"steps": [{"op": "same", "urn": "x"}], "changeSummary": {}}',
        '{"sequence": 1}',
        edited(lambda document: document.pop("changeSummary")),
    ],
)
def test_something_else(given: Given, text: str) -> None:
    assert given(text) == (2, "", f"gallery: standard input is JSON, but no preview: {EXPECTED}\n")


def test_an_operation_of_a_newer_engine_is_named(given: Given) -> None:
    text = edited(lambda document: document["steps"][0].update(op="dance"))
    sentence = "gallery: the engine's operation 'dance' is unknown to this release of the program\n"
    assert given(text) == (2, "", sentence)


def test_bytes_that_are_no_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe{")))
    assert main(["report"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_preview_without_what_stays(given: Given) -> None:
    """The engine shows that only with --show-sames; without it nobody knows what `latest` becomes."""
    text = edited(lambda d: d.update(steps=[step for step in d["steps"] if step["op"] != "same"]))
    status, printed, _ = given(text)
    assert status == 0
    assert "- what `latest` becomes isn't known: the preview was made without `--show-sames`" in printed
    assert "in all" not in printed
    sentence = "gallery: --guard wants to see what stays, too: make the preview with --show-sames\n"
    assert given(text, "--guard") == (2, "", sentence)


def test_a_value_that_is_known_later(given: Given) -> None:
    def later(document: Any) -> None:
        source = {"id": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}
        published(document)["inputs"]["storageProfile"]["source"] = source

    assert "published: 1.2.0 from `known after the update`" in given(edited(later))[1]


def test_declarations_in_a_data_file_with_mistakes(given: Given) -> None:
    """They are needed where something is destroyed, and only there."""
    (given.root / "galleries" / "dev.yaml").write_text("bogus: 1\n")
    destroying = edited(
        lambda d: [step.update(op="delete") for step in d["steps"] if "GalleryImageVersion" in step["urn"]]
    )
    sentence = "gallery: the stack dev has 1 error: run `gallery check dev` to see them\n"
    assert given(destroying) == (2, "", sentence)
    assert given(PUBLISHED, "--guard")[0] == 0


def test_text_of_others_is_no_markdown(given: Given) -> None:
    def hostile(document: Any) -> None:
        document["diagnostics"] = [{"severity": "warning", "message": "<img src=x> **@all** [x](y)\n# z"}]
        published(document)["inputs"]["storageProfile"]["source"]["virtualMachineId"] = "`@all`"

    printed = given(edited(hostile))[1]
    assert "Note: \\<img src=x\\> \\*\\*\\@all\\*\\* \\[x\\](y)\n" in printed and "Note: \\# z\n" in printed
    assert "from `'@all'`," in printed


def test_a_report_fits_a_comment(given: Given) -> None:
    def many(document: Any) -> None:
        [step] = (step for step in document["steps"] if step["urn"].endswith("/1.2.0"))
        for number in range(1000):
            text = json.dumps(step).replace("1.2.0", f"1.3.{number}")
            document["steps"].append(json.loads(text))

    printed = given(edited(many))[1]
    assert len(printed) < LONGEST + 100
    assert printed.startswith("### Stack dev: 1,002 versions published\n")
    assert "more lines: the preview itself has them.\n" in printed


def test_a_refused_preview_is_no_success_for_the_guard(given: Given) -> None:
    assert given(PROTECTED)[0] == 0
    status, _, told = given(PROTECTED, "--guard")
    assert status == 1
    assert told.startswith("gallery report: the guard refuses this: resource myGallery/guarded/0.9.0 cannot be deleted")


IMAGE = "urn:pulumi:dev::compute-gallery::azure-native:compute:GalleryImage::myGallery/guarded"


def refused(*messages: str) -> str:
    """A preview in which the engine says these errors of a resource, and then is at its end."""
    told = [{"severity": "error", "message": f"error: {each}\n", "urn": IMAGE} for each in messages]
    return edited(lambda d: d.update(diagnostics=[*told, {"severity": "error", "message": "error: preview failed\n"}]))


def test_what_a_refused_preview_had_come_to_is_left_out(given: Given) -> None:
    """It is something else in each run, as are the resources of which the engine is told that all was told."""
    hook = 'Preview failed: before hook "guard" failed: myGallery/guarded'
    many = refused(f"{hook}: eula would change\nmyGallery/guarded: osType would change", f"{hook}: {AS_TOLD}")

    status, printed, told = given(many, "--guard")

    assert status == 1 and AS_TOLD not in printed + told and "1.2.0" not in printed
    refusals = [line for line in printed.splitlines() if line.startswith("**")]
    assert refusals == [f"**Refused: myGallery/guarded: {each} would change**" for each in ("eula", "osType")]
    assert printed.endswith("\nThe preview stopped there: there may be more to come.\n")
    assert given(refused(f"{hook}: {AS_TOLD}"))[1].count("**Refused: ") == 2, "nothing else says why"


def test_a_sentence_of_the_engine_is_in_one_piece(given: Given) -> None:
    said = (
        f'unable to replace resource "{IMAGE}"\nas it is currently marked for protection. To unprotect the resource, …'
    )
    printed = given(refused(said))[1]
    assert (
        "**Refused: unable to replace resource myGallery/guarded as it is currently marked for protection.**" in printed
    )
    assert printed.count("Refused") == 1 and "is first retired (`retired: true`) or released" in printed


@pytest.mark.parametrize(
    ("protected", "line"),
    [
        ((True, False), "**Protection ends: resource group myGalleryRG with 1 gallery, 2 images and 3 versions**."),
        ((False, True), "Protection begins: resource group myGalleryRG with 1 gallery, 2 images and 3 versions."),
    ],
)
def test_what_is_protected_is_told_in_a_line(given: Given, protected: tuple[bool, bool], line: str) -> None:
    document = json.loads(PUBLISHED)
    document["steps"] = [step for step in document["steps"] if step["op"] == "same"]
    for step in document["steps"]:
        for state, protect in zip(("oldState", "newState"), protected, strict=True):
            step[state]["protect"] = protect and "azure-native" in step["urn"]
    assert given(json.dumps(document)) == (0, f"### Stack dev: what is protected\n\n{line}\n", "")


def skipped(before: list[bool | None], after: list[bool | None]) -> str:
    """A preview that changes which flags of version 1.1.0 say that `latest` skips it: its own, and its regions'."""

    def change(document: Any) -> None:
        [step] = (step for step in document["steps"] if step["urn"].endswith("/1.1.0"))
        step.update(op="update", detailedDiff={})
        for state, flags in (("oldState", before), ("newState", after)):
            profile = step[state]["inputs"]["publishingProfile"]
            for each, flag in zip((profile, *profile["targetRegions"]), flags, strict=True):
                each["excludeFromLatest"] = flag
        for index in (i for i in range(3) if before[i + 1] != after[i + 1]):
            step["detailedDiff"][f"publishingProfile.targetRegions[{index}].excludeFromLatest"] = {"kind": "add"}

    return edited(change)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ([False] + 3 * [None], [True] + 3 * [None], "changed: 1.1.0: `latest` skips it from now on"),
        ([False] + 3 * [None], 4 * [True], "retired: 1.1.0: `latest` skips it from now on"),
        ([True] + 3 * [None], 4 * [True], "retired: 1.1.0: `latest` skips it already"),
        (4 * [True], [True] + 3 * [None], "changed: 1.1.0: no longer retired"),
        (
            [True] + 3 * [None],
            [True, None, True, True],
            "changed: 1.1.0: `publishingProfile.targetRegions[].excludeFromLatest`: nothing → `true`, which is the "
            "same to Azure",
        ),
    ],
)
def test_retired_is_what_may_be_deleted_next(
    given: Given, before: list[bool | None], after: list[bool | None], line: str
) -> None:
    assert f"\n- {line}\n" in given(skipped(before, after))[1]


def test_a_refresh(given: Given) -> None:
    text = edited(lambda d: [step.update(op="refresh") for step in d["steps"]])
    assert given(text) == (0, "Stack dev: Azure is as the stack left it.\n", "")
    sentence = "gallery: --guard is for the preview of an update, and standard input is that of a refresh\n"
    assert given(text, "--guard") == (2, "", sentence)


def test_names_of_other_programs(given: Given) -> None:
    """Names with numbers in them, and a version that Pulumi named: the engine shows them before Azure refuses them."""

    def odd(document: Any) -> None:
        [step] = (step for step in document["steps"] if step["urn"].endswith("/1.2.0"))
        for image, number in (("web.1", "1.0.0"), ("web.b", "1.0.0"), ("web.1", "ver1a2b")):
            text = json.dumps(step).replace("1.2.0", number).replace("myImageDefinition", image)
            document["steps"].append(json.loads(text))

    printed = given(edited(odd))[1]
    assert printed.startswith("### Stack dev: 5 versions published\n")
    assert "- published: ver1a2b from " in printed
    assert "| none | 1.0.0 |" in printed


def test_the_order_of_the_engine_is_of_no_account(given: Given) -> None:
    assert given(edited(lambda document: document["steps"].reverse())) == given(PUBLISHED)


A, B = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"
KNOWN = {"sharingProfile": {"communityGalleryInfo": {"publicNames": ["contoso-1"], "publicNamePrefix": "contoso"}}}


def sharing(
    op: str, before: list[str], after: list[str], *, gallery: str = "same", refresh: bool = False, **outputs: Any
) -> str:
    """A preview that does that to what shares a gallery, by the names of its properties, and to the gallery."""

    def states(type: str, old: dict[str, Any], new: dict[str, Any], op: str, **outputs: Any) -> dict[str, Any]:
        found = {} if op == "create" else {"oldState": {"type": type, "inputs": old, "outputs": outputs}}
        more = {} if op == "delete" else {"newState": {"type": type, "inputs": new, "outputs": outputs}}
        return {"op": op, "urn": f"urn:pulumi:dev::p::{type}::factory", **found, **more}

    of = {"galleryId": "/id", "galleryName": "factory"}
    old, new = ({**of, **dict.fromkeys(names, "shared")} for names in (before, after))
    named = {"galleryName": "factory", "sharingProfile": {"communityGalleryInfo": {"publicNamePrefix": "contoso"}}}
    steps = [
        states("azure-native:compute:Gallery", named, named, "refresh" if refresh else gallery, **KNOWN),
        states("pulumi-python:dynamic/compute-gallery:GallerySharing", old, new, op, **outputs),
    ]
    return json.dumps({"steps": steps, "changeSummary": {"same": 1, **({"update": 1} if refresh else {})}})


@pytest.mark.parametrize(
    ("preview", "lines"),
    [
        (
            sharing("update", [f"subscription {A}"], [f"subscription {B}", f"tenant {A}"]),
            [
                "### Stack dev: whom 1 gallery is shared with",
                f"**Access to gallery factory is given to the subscription {B} and the tenant {A}**.",
                f"**Access to gallery factory is withdrawn from the subscription {A}**.",
                f"- changed: sharing: + the subscription {B} and the tenant {A}; − the subscription {A}",  # noqa: RUF001
            ],
        ),
        (
            sharing("create", [], ["community"]),
            ["**Public: everybody gets access to gallery factory**, under the name `contoso-1`.", "- new: sharing"],
        ),
        (
            sharing("create", [], ["community"], gallery="create"),
            ["**Public: everybody gets access to gallery factory**, under a name that Azure makes of the prefix "],
        ),
        (
            sharing("create", [], [f"tenant {A}"]),
            [
                f"**Access to gallery factory is given to the tenant {A}** (or keeps it: the stack takes over what "
                "Azure has)."
            ],
        ),
        (
            sharing("delete", [f"tenant {A}"], [], gallery="delete"),
            [f"**Access to gallery factory is withdrawn from the tenant {A}**.", "- deleted: sharing"],
        ),
        (
            sharing("update", [f"tenant {A}"], [f"tenant {A}"], unfinished="failed in eastus"),
            ["- changed: sharing: failed in eastus"],
        ),
        (
            sharing("update", ["community"], [], refresh=True),
            [
                "### Stack dev: changed behind the engine's back: whom 1 gallery is shared with",
                "**Access to gallery factory has been withdrawn from everybody**.",
            ],
        ),
        # What the engine counts as a change of a refresh, and doesn't show.
        (
            sharing("refresh", [f"tenant {A}"], [f"tenant {A}"], refresh=True, unfinished="failed in eastus"),
            ["- changed: sharing: failed in eastus"],
        ),
    ],
)
def test_who_has_access_comes_first(given: Given, preview: str, lines: list[str]) -> None:
    (given.root / "galleries" / "dev.yaml").write_text("allowDeletion: [factory]\n")
    status, printed, told = given(preview)
    assert (status, told) == (0, "")
    position = -1
    for line in lines:
        assert printed.find(line) > position, printed
        position = printed.find(line)
    bold = [line for line in printed.splitlines() if line.startswith("**")]
    assert "ccess to gallery factory" in bold[0] if bold else "failed" in printed


def access(op: str, **states: dict[str, Any] | None) -> dict[str, Any]:
    """A step of a lock or of a role assignment on image factory/web."""
    [inputs, *_] = (state for state in states.values() if state)
    type = "ManagementLockByScope" if "level" in inputs else "RoleAssignment"
    of = {"scope": f"{GROUP}/providers/Microsoft.Compute/galleries/factory/images/web"}
    found = {name: {"inputs": {**of, **state}} for name, state in states.items() if state}
    return {"op": op, "urn": f"urn:pulumi:dev::p::azure-native:authorization:{type}::factory/web/a/b", **found}


def role(name: str, principal: str, type: str = "ServicePrincipal") -> dict[str, Any]:
    definition = f"/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/{ROLES.get(name, name)}"
    return {"principalId": principal, "principalType": type, "roleDefinitionId": definition}


GROUP = f"/subscriptions/{A}/resourceGroups/images"
ON = "on image factory/web"
MIGHTY = "Role Based Access Control Administrator"


@pytest.mark.parametrize(
    ("step", "lines"),
    [
        (
            access("delete", oldState=role(MIGHTY, A)),
            [
                "### Stack dev: who has a role",
                f"**The role `{MIGHTY}` {ON} is withdrawn from the service principal {A}**.",
                f"- deleted: role assignment a/b {ON}",
            ],
        ),
        (
            access("replace", oldState=role("Reader", A), newState=role(B, A, "User")),
            [
                f"**The role `{B}` {ON} is given to the user {A}**.",
                f"**The role `Reader` {ON} is withdrawn from the service principal {A}**.",
                f"- replaced: role assignment a/b {ON}",
            ],
        ),
        (
            access("replace", oldState=role("Owner", A), newState=role("Owner", A)),
            [f"#### Beside the galleries\n\n- replaced: role assignment a/b {ON}"],
        ),
        (
            access("update", oldState=role("Owner", A), newState=role("Owner", A) | {"description": "why"}),
            [f"#### Beside the galleries\n\n- changed: role assignment a/b {ON}: `description`: nothing → `why`"],
        ),
        (
            access("delete", oldState={"level": "ReadOnly"}),
            ["### Stack dev: something beside the galleries", f"- deleted: lock a/b (ReadOnly) {ON}"],
        ),
        (
            access("update", oldState={"level": "ReadOnly"}, newState={"level": "CanNotDelete"}),
            [f"- changed: lock a/b {ON}: `level`: `ReadOnly` → `CanNotDelete`"],
        ),
    ],
)
def test_who_has_which_role_and_what_is_locked(given: Given, step: dict[str, Any], lines: list[str]) -> None:
    status, printed, told = given(json.dumps({"steps": [step], "changeSummary": {}}))
    assert (status, told) == (0, "")
    assert [line for line in lines if line not in printed] == [], printed
    assert printed.count("**The role") == sum(line.startswith("**The role") for line in lines)
