"""Sources are verified before a version is made, and only then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import yaml

from .conftest import CASES, SUBSCRIPTION, Project, version_id

MakeProject = Callable[..., Project]

MACHINE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MyResourceGroup/providers/Microsoft.Compute/virtualMachines/myVM"
)


def versions(data: dict[str, Any], image: str = "myImageDefinition") -> dict[str, Any]:
    found: dict[str, Any] = data["galleries"]["myGallery"]["images"][image]["versions"]
    return found


def test_every_kind_of_source_is_looked_up_and_compared(project: MakeProject) -> None:
    """All of them in one preview; and in an update that goes on after errors each at the version that it is about."""
    dev = project("verification")
    dev.edit(lambda data: versions(data, "img").pop("1.0.9"))
    told = (CASES / "verification/told.txt").read_text().splitlines()
    previewed = dev.run("preview", "--stack", "dev").stdout.partition("Diagnostics:")[2]
    assert [sentence for sentence in told if previewed.count(f"myGallery/img/{sentence}") != 1] == []

    done = dev.run("up", "--yes", "--skip-preview", "--continue-on-error", "--stack", "dev")

    said = {sentence for sentence in _told(done.stdout) if not sentence.endswith("refused, as told")}
    assert said == {f"myGallery/img/{sentence}" for sentence in told}
    assert "myGallery/img/1.0.8: the source virtualMachines/running is running: stop or deallocate it" in done.stdout
    made = [name.rpartition("/")[2] for name in dev.resources() if name.startswith("myGallery/img/")]
    assert sorted(made) == ["1.0.7", "1.0.8"]


def test_a_source_that_does_not_fit_stops_the_preview_before_anything_is_made(project: MakeProject) -> None:
    dev = project("verification")
    dev.edit(lambda data: [versions(data, "img").pop(f"1.0.{n}") for n in (0, 1, 2, 3, 4, 6, 7, 8)])

    refused = dev.run("preview", "--stack", "dev")

    assert refused.returncode != 0
    said = refused.stdout + refused.stderr
    assert "1.0.5: the source galleries/other/images/other/versions/1.0.0 has the architecture Arm64" in said
    assert "1.0.9" not in said.partition("Diagnostics")[2]  # it isn't verified
    assert "Traceback" not in said
    dev.edit(lambda data: data.update(verifySources=False))
    dev.pulumi("preview", "--stack", "dev")


def test_the_source_of_a_version_that_exists_may_go(project: MakeProject) -> None:
    dev = project()
    dev.up()
    dev.cloud(("DELETE", MACHINE, None))

    assert dev.preview() == {}
    dev.edit(lambda data: versions(data)["1.0.0"].update(tags={"team": "images"}))
    dev.up()
    dev.edit(lambda data: versions(data).update({"1.0.1": {"source": {"virtualMachine": MACHINE}}}))

    assert "1.0.1: the source /subscriptions/" in dev.run("preview", "--stack", "dev").stdout


def test_a_source_that_may_not_be_read_is_told_with_the_way_out(project: MakeProject) -> None:
    dev = project()
    kind = "Microsoft.Compute/virtualMachines"
    fault = {"method": "GET", "type": kind, "status": 403, "code": "AuthorizationFailed", "message": "no right to read"}
    (dev.home / "faults.yaml").write_text(yaml.safe_dump([fault]))

    refused = dev.run("preview", "--stack", "dev")

    assert refused.returncode != 0
    assert "virtualMachines/myVM can't be read: have the Reader role on it, or write verifySources" in refused.stdout
    dev.edit(lambda data: data.update(verifySources=False))
    dev.up()


def test_versions_of_one_managed_image_are_made_one_after_another(project: MakeProject) -> None:
    """And one that is made from another of the same stack waits for that one, wherever it stands in the file."""
    dev = project("verification", speed=1e4)
    dev.edit(_order)

    shown = dev.pulumi("up", "--yes", "--skip-preview", "--stack", "dev")

    lines = [line for line in shown.splitlines() if "GalleryImageVersion" in line]

    def at(number: str, what: str) -> int:
        return next(i for i, line in enumerate(lines) if f"/{number} {what}" in line)

    for first, second in (("1.0.0", "2.0.0"), ("2.0.0", "10.0.0"), ("10.0.0", "0.9.0")):
        assert at(first, "created") < at(second, "creating"), shown
    assert at("3.0.0", "creating") < at("1.0.0", "created"), shown  # another source
    dependencies = dev.resources()["myGallery/img/10.0.0"]["dependencies"]
    assert any(urn.endswith("myGallery/img/2.0.0") for urn in dependencies)
    assert dev.preview() == {}


def test_a_version_is_not_made_from_itself(project: MakeProject) -> None:
    dev = project("verification")

    def circle(data: dict[str, Any]) -> None:
        ids = {number: version_id(number, "img") for number in ("1.0.0", "1.0.1")}
        versions(data, "img").clear()
        versions(data, "img")["1.0.0"] = {"source": {"imageVersion": ids["1.0.1"]}}
        versions(data, "img")["1.0.1"] = {"source": {"imageVersion": ids["1.0.0"]}}

    dev.edit(circle)

    refused = dev.run("preview", "--stack", "dev")
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "myGallery/img/1.0.0 would be made from itself, by way of myGallery/img/1.0.1" in said
    assert "Traceback" not in said


def _order(data: dict[str, Any]) -> None:
    sources = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/sources/providers/Microsoft.Compute"
    image, machine = (
        {"managedImage": f"{sources}/images/good"},
        {"virtualMachine": f"{sources}/virtualMachines/running"},
    )
    mine = versions(data, "img")
    mine.clear()
    mine["0.9.0"] = {"source": {"imageVersion": version_id("10.0.0", "img")}}
    mine |= {number: {"source": image} for number in ("10.0.0", "2.0.0", "1.0.0")}
    mine["3.0.0"] = {"source": machine}


def _told(shown: str) -> list[str]:
    """The sentences of refused hooks."""
    sentences = []
    for line in shown.partition("Diagnostics:")[2].partition("Outputs:")[0].splitlines():
        sentence = line.strip().partition(" failed: ")[2] if " failed: " in line else line.strip()
        if sentence.startswith("myGallery/img/") and "is running" not in sentence:
            sentences.append(sentence)
    return sentences


def test_a_promotion_between_definitions_that_disagree_stops_in_the_preview(project: MakeProject) -> None:
    """The source lies in dev's subscription, the version in production's."""
    dev = project()
    dev.up()
    prod = replace(dev, stack="prod")
    prod.pulumi("stack", "init", "prod")
    other = {"architecture": "Arm64", "hyperVGeneration": "V2"}
    prod.edit(lambda data: data["images"]["myImageDefinition"].update(other), "images")

    refused = prod.run("preview", "--stack", "prod")

    source = "myGallery/myImageDefinition/1.0.0: the source galleries/myGallery/images/myImageDefinition/versions/1.0.0"
    assert refused.returncode != 0
    assert f"{source} has the architecture x64, but the definition says Arm64: they have to agree" in refused.stdout
