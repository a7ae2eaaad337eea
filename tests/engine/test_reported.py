"""What people reported in public (tests/cases/reports), as a real preview tells it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import CASES, SUBSCRIPTION, Project

MakeProject = Callable[..., Project]
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/imagesRG"
IMAGE = f"{GROUP}/providers/Microsoft.Compute/galleries/factory/images/web"

REFUSED = {
    "11-marketplace-plan-forgotten": [
        f"factory/web/{version} has the purchase plan vendor/hardened-linux/hardened-9, but the definition says none"
        for version in ("1.0.0: the source virtualMachines/buildVM", "1.0.1: the source images/builtImage")
    ],
    "14-end-of-life-in-the-past": [
        "factory/web/1.0.0: its end of life, 2020-12-01, is past, and Azure makes nothing with"
    ],
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_stops_the_preview(project: MakeProject, case: str) -> None:
    dev = project(f"reports/{case}")

    refused = dev.run("preview", "--stack", "dev")

    assert refused.returncode != 0
    assert [sentence for sentence in REFUSED[case] if sentence not in refused.stdout] == [], refused.stdout


def test_a_premium_ssd_v2_is_warned_of(project: MakeProject) -> None:
    dev = project("reports/24-premium-v2-data-disk")
    warning = "Premium SSD v2 disk, which Azure may fail to copy after minutes of replication"

    assert f"factory/web/1.0.0: the source virtualMachines/buildVM has a {warning}" in dev.pulumi(
        "preview", "--stack", "dev"
    )
    step(dev, "24-premium-v2-data-disk/as-single-disk")
    assert f"factory/web/1.0.0: the source disks/fastData is a {warning}" in dev.pulumi("preview", "--stack", "dev")


def test_an_adopted_definition_is_to_be_written_as_azure_has_it(project: MakeProject) -> None:
    dev = project("reports/25-adopted-with-eula")
    dev.up()

    step(dev, "25-adopted-with-eula/step2")
    refused = dev.run("preview", "--stack", "dev")

    assert refused.returncode != 0
    for key, value in (("eula", "license"), ("privacyStatementUri", "privacy")):
        assert f"write {key}: https://example.com/{value}, as Azure has it" in refused.stdout


def test_a_lock_on_one_version(project: MakeProject) -> None:
    dev = project("reports/19-lock-on-one-version")
    dev.edit(lambda data: data.update(verifySources=False))
    built = GROUP.replace("imagesRG", "buildRG")
    dev.cloud(
        ("PUT", built, {"location": "westeurope"}),
        (
            "PUT",
            f"{built}/providers/Microsoft.Compute/images/builtImage",
            {
                "location": "westeurope",
                "properties": {
                    "hyperVGeneration": "V2",
                    "storageProfile": {"osDisk": {"osType": "Linux", "osState": "Generalized", "diskSizeGB": 30}},
                },
            },
        ),
    )
    dev.up()

    lock = dev.get(f"{IMAGE}/versions/1.0.0/providers/Microsoft.Authorization/locks/golden")
    assert lock["properties"] == {"level": "CanNotDelete", "notes": "Referenced by a running scale set"}
    dev.edit(lambda data: data["galleries"]["factory"]["images"]["web"].pop("versions"))
    dev.edit(lambda data: data.update(allowDeletion=["factory/web/1.0.0"]))
    dev.up()  # the lock goes first


def step(dev: Project, case: str) -> None:
    """Goes to another data file of a case."""
    data = (CASES / "reports" / case / "galleries/dev.yaml").read_text()
    (dev.directory / "galleries/dev.yaml").write_text(data)
