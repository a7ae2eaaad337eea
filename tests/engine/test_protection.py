"""What is protected is refused in the preview; what is retired first goes without a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .conftest import Project, version_id

MakeProject = Callable[..., Project]

OWN, OTHER = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
LEAVER = "00000000-0000-0000-0000-00000000000a"
GUARDED = {
    "locks": {"keep": {"level": "CanNotDelete"}},
    "roleAssignments": {"leaver": {"principalId": LEAVER, "principalType": "User", "role": "Reader"}},
}
WITHDRAWN = {
    "the lock keep (CanNotDelete) would be taken off": "locks",
    f"the role Reader would be taken from the user {LEAVER}": "access",
}
RETIRED = {"retired": True, "safetyProfile": {"blockDeletionBeforeEndOfLife": False}}
VERSION = "myGallery/myImageDefinition/1.0.0"
SECOND = "myGallery/myImageDefinition/1.1.0"


def versions(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data["galleries"]["myGallery"]["images"]["myImageDefinition"]["versions"]
    return found


def two_versions(data: dict[str, Any]) -> None:
    versions(data)["1.1.0"] = dict(versions(data)["1.0.0"])


def renamed(assignments: dict[str, Any]) -> None:
    assignments["gone"] = assignments.pop("leaver")


def test_what_is_protected_goes_in_two_steps(project: MakeProject) -> None:
    """By Pulumi, for the stack, and by Azure, which keeps it to its end of life. Locks and roles go when it is said."""
    dev = project()
    dev.edit(two_versions)
    kept = {"endOfLifeDate": "2040-01-01", "safetyProfile": {"blockDeletionBeforeEndOfLife": True}}
    dev.edit(lambda data: data.update(protect=True) or versions(data)["1.0.0"].update(kept))
    dev.edit(lambda data: data["galleries"]["myGallery"].update(GUARDED))
    dev.up()

    dev.edit(lambda data: renamed(data["galleries"]["myGallery"]["roleAssignments"]))
    assert dev.preview() == {}, "to Azure it is the same role assignment"
    held = dev.resources()
    assert dev.run("destroy", "--yes", "--run-program", "--stack", "dev").returncode != 0
    assert dev.resources() == held, "a lock and a role aren't taken off what can't go"
    dev.pulumi("config", "set", "azure-native:subscriptionId", OTHER, "--stack", "dev")
    refused = dev.run("preview", "--stack", "dev")
    sentence = f"it is in the subscription {OWN}, but the stack is set to {OTHER}"
    assert refused.returncode != 0 and refused.stdout.partition("Diagnostics:")[2].count(sentence) == 1, refused.stdout
    dev.pulumi("config", "set", "azure-native:subscriptionId", OWN, "--stack", "dev")
    dev.edit(lambda data: [data["galleries"]["myGallery"].pop(key) for key in GUARDED])
    refused = dev.run("preview", "--stack", "dev")
    for sentence, kind in WITHDRAWN.items():
        way_out = f"it is protected: write allowLosses: {{myGallery: [{kind}]}} if that is meant"
        assert f"myGallery: {sentence}; {way_out}" in refused.stdout
    assert refused.returncode != 0
    dev.edit(lambda data: data.update(allowLosses={"myGallery": ["locks", "access"]}))
    told = dev.pulumi("up", "--yes", "--skip-preview", "--stack", "dev")
    assert [f"warning: myGallery: {sentence}" in told for sentence in WITHDRAWN] == [True, True]
    assert not [urn for urn in dev.resources() if "uthorization" in urn]
    dev.edit(lambda data: data.pop("allowLosses"))

    taken: dict[str, Any] = {}
    dev.edit(lambda data: taken.update(versions(data).pop("1.0.0")))
    refused = dev.run("preview", "--stack", "dev")
    assert refused.returncode != 0
    assert (
        f"{VERSION}: it would be deleted, with 4 replicas in 3 regions; if that is meant, retire it" in refused.stdout
    )

    dev.edit(lambda data: data.update(allowDeletion=[VERSION]))
    refused = dev.run("preview", "--stack", "dev")
    assert refused.returncode != 0 and "protect" in refused.stdout.partition("Diagnostics:")[2]

    dev.edit(lambda data: data.pop("allowDeletion") and versions(data).update({"1.0.0": taken | RETIRED}))
    assert dev.preview()[VERSION][0] == "update"
    dev.up()
    retired = dev.get(version_id("1.0.0"))["properties"]
    assert retired["publishingProfile"]["excludeFromLatest"] is True
    assert retired["safetyProfile"]["blockDeletionBeforeEndOfLife"] is False

    dev.edit(lambda data: versions(data).pop("1.0.0"))
    assert dev.preview() == {VERSION: ("delete", [])}
    dev.up()
    assert [dev.get(version_id(number)) is None for number in ("1.0.0", "1.1.0")] == [True, False]


def test_latest_goes_back_with_a_warning_and_where_it_is_protected_not_at_all(project: MakeProject) -> None:
    dev = project()
    dev.edit(two_versions)
    dev.up()
    assert dev.outputs()["latest"] == {"myGallery/myImageDefinition": "1.1.0"}
    back = f"{SECOND}: latest would go back to 1.0.0 overall, in westcentralus, in southcentralus, in eastus"

    dev.edit(lambda data: versions(data)["1.1.0"].update(excludeFromLatest=True))
    assert back in dev.pulumi("preview", "--stack", "dev")
    dev.edit(lambda data: data.update(protect=True))
    refused = dev.run("preview", "--stack", "dev")
    assert refused.returncode != 0 and f"{back}; it is protected" in refused.stdout

    dev.edit(lambda data: versions(data)["1.1.0"].update(protect=False))
    dev.up()
    assert dev.outputs()["latest"] == {"myGallery/myImageDefinition": "1.0.0"}


def test_a_roll_out_goes_region_by_region(project: MakeProject) -> None:
    """The region's flag wins over the version's; an output tells what `latest` means where, to other stacks, too."""
    dev = project()
    dev.up()
    regions = {
        "westcentralus": {"excludeFromLatest": False},
        "southcentralus": {"replicas": 1},
        "eastus": {"replicas": 1, "storageAccountType": "Standard_ZRS"},
    }

    def second(data: dict[str, Any]) -> None:
        first = versions(data)["1.0.0"]
        versions(data)["1.1.0"] = first | {
            "excludeFromLatest": True,
            "replication": {"replicas": 2, "regions": regions},
        }

    dev.edit(second)
    dev.up()

    assert latest(dev) == ({"westcentralus": "1.1.0", "southcentralus": "1.0.0", "eastus": "1.0.0"}, "1.0.0")

    dev.edit(
        lambda data: versions(data)["1.1.0"]["replication"]["regions"]["southcentralus"].update(excludeFromLatest=False)
    )
    assert dev.preview() == {SECOND: ("update", ["publishingProfile.targetRegions[1].excludeFromLatest"])}
    dev.up()
    assert latest(dev) == ({"westcentralus": "1.1.0", "southcentralus": "1.1.0", "eastus": "1.0.0"}, "1.0.0")

    other = dev.directory / "other"
    other.mkdir()
    (other / "Pulumi.yaml").write_text("name: other\nruntime: python\n")
    (other / "__main__.py").write_text(
        "import pulumi\n"
        'images = pulumi.StackReference("organization/compute-gallery/dev")\n'
        'latest = images.get_output("latest")["myGallery/myImageDefinition"]\n'
        'versions = images.get_output("versions")\n'
        'pulumi.export("image", pulumi.Output.all(latest, versions).apply(\n'
        '    lambda all: all[1][f"myGallery/myImageDefinition/{all[0]}"]))\n'
    )
    reader = Project(other, "reader", environment={"PULUMI_BACKEND_URL": f"file://{dev.directory / 'state'}"})
    reader.pulumi("stack", "init", "reader")

    reader.up()

    assert reader.outputs() == {"image": version_id("1.0.0")}


def latest(dev: Project) -> tuple[dict[str, str], str]:
    outputs = dev.outputs()
    by_region = {name.rpartition("/")[2]: number for name, number in outputs["latestByRegion"].items()}
    return by_region, outputs["latest"]["myGallery/myImageDefinition"]
