"""The components in a program of somebody else's: the example in docs/example/component, as it is and changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from .conftest import ROOT, SUBSCRIPTION, Project

MakeProject = Callable[..., Project]
GALLERY = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/app/providers/Microsoft.Compute/galleries/appGallery"
OTHER = "00000000-0000-0000-0000-000000000002"


@pytest.fixture
def example(project: MakeProject) -> Callable[..., Project]:
    """The example as a stack `dev`, with texts of its program replaced."""

    def change(dev: Project, replaced: dict[str, str]) -> Project:
        program = (ROOT / "docs/example/component/__main__.py").read_text()
        for old, new in replaced.items():
            assert old in program
            program = program.replace(old, new)
        (dev.directory / "__main__.py").unlink()
        (dev.directory / "__main__.py").write_text(program)
        return dev

    def make(replaced: dict[str, str] | None = None, dev: Project | None = None) -> Project:
        if dev is None:
            dev = project()
            shutil.rmtree(dev.directory / "galleries")
        return change(dev, replaced or {})

    return make


def test_outputs_of_the_program_are_sources_and_names(example: Callable[..., Project]) -> None:
    app = example()

    created = app.up()["create"]

    version = app.get(f"{GALLERY}/images/web/versions/1.0.0")
    image = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/app/providers/Microsoft.Compute/images/golden"
    assert version["properties"]["storageProfile"]["source"] == {"id": image}
    assert app.outputs() == {"web": f"{GALLERY}/images/web", "latest": "1.1.0"}
    assert app.up() == {"same": created}
    assert app.preview() == {}


def test_a_source_that_is_made_in_the_same_update_is_verified_there(example: Callable[..., Project]) -> None:
    app = example({"OperatingSystemStateTypes.GENERALIZED": "OperatingSystemStateTypes.SPECIALIZED"})

    app.pulumi("preview", "--stack", "dev")
    refused = app.run("up", "--yes", "--skip-preview", "--stack", "dev")

    assert refused.returncode != 0
    assert (
        "the source images/golden has the OS state Specialized, but the definition says Generalized" in refused.stdout
    )
    assert app.get(f"{GALLERY}/images/web/versions/1.0.0") is None


def test_protect_holds_for_all_inside_and_another_name_with_an_alias_moves_nothing(
    example: Callable[..., Project],
) -> None:
    app = example()
    app.up()

    example({'                    "1.1.0": {"source": {"disks": {"os": {"snapshot": snapshot.id}}}},\n': ""}, app)
    refused = app.run("preview", "--stack", "dev")
    assert refused.returncode != 0 and "protect" in refused.stdout + refused.stderr

    renamed = {
        '    "appGallery",\n': '    "galleryOfTheApp",\n',
        "opts=pulumi.ResourceOptions(protect=True)": 'gallery_name="appGallery",\n'
        '    opts=pulumi.ResourceOptions(protect=True, aliases=[pulumi.Alias(name="appGallery")])',
    }
    example(renamed, app)
    assert {op for op, _ in app.preview().values()} <= {"update"}
    assert set(app.up()) <= {"same", "update"}
    assert app.preview() == {}

    team = 'team = pulumi.ComponentResource("app:index:Team", "team")\n'
    moved = "protect=True, parent=team, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]"
    around = {
        '    "appGallery",\n': '    "galleryOfTheApp",\n',
        "gallery = ComputeGallery(": f"{team}gallery = ComputeGallery(",
        "opts=pulumi.ResourceOptions(protect=True)": 'gallery_name="appGallery",\n'
        f"    opts=pulumi.ResourceOptions({moved})",
    }
    example(around, app)
    assert {op for name, (op, _) in app.preview().items() if name != "team"} <= {"update"}


def test_a_provider_is_used_for_all_inside_and_for_look_ups(example: Callable[..., Project]) -> None:
    """The provider of another subscription: the gallery is there, the sources where their ids say."""
    provider = (
        f'import pulumi_azure_native\nother = pulumi_azure_native.Provider("other", subscription_id="{OTHER}")\n'
        'resources.ResourceGroup("elsewhere", resource_group_name="app", location="westcentralus", '
        "opts=pulumi.ResourceOptions(provider=other))\n"
    )
    app = example(
        {
            "gallery = ComputeGallery(": f"{provider}gallery = ComputeGallery(",
            "opts=pulumi.ResourceOptions(protect=True)": "opts=pulumi.ResourceOptions(providers=[other])",
        }
    )

    app.cold = True  # one for each provider

    app.up()

    assert app.get(GALLERY) is None
    assert app.outputs()["web"] == f"{GALLERY}/images/web".replace(SUBSCRIPTION, OTHER)
    assert app.preview() == {}


def test_a_definition_alone_goes_into_a_gallery_of_someone_elses(example: Callable[..., Project]) -> None:
    program = (ROOT / "docs/example/component/__main__.py").read_text()
    whole = program[program.index("gallery = ComputeGallery(") : program.index("pulumi.export(")]
    alone = (
        'theirs = compute.Gallery("appGallery", gallery_name="appGallery", **where)\n'
        'image = ImageDefinition("web", {"location": "westcentralus", "osType": "Linux", "osState": "Generalized",\n'
        '    "identifier": {"publisher": "app", "offer": "web", "sku": "1"},\n'
        '    "versions": {"1.0.0": {"source": {"managedImage": golden.id}}}},\n'
        "    gallery_name=theirs.name, resource_group_name=group.name)\n"
    )
    app = example({whole: alone, "import ComputeGallery": "import ImageDefinition", 'gallery.images["web"]': "image"})

    app.up()

    assert app.outputs() == {"web": f"{GALLERY}/images/web", "latest": "1.0.0"}
    assert app.preview() == {}


def test_settings_with_mistakes_are_told_in_sentences(example: Callable[..., Project]) -> None:
    app = example({'"osType": "Linux"': '"osTyp": "Linux"', '"eastus=1=standard_zrs"': '"eastsu=1"'})

    refused = app.run("preview", "--stack", "dev")

    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "appGallery.images.web.osTyp: unknown key 'osTyp': did you mean osType?" in said
    assert "appGallery.images.web.versions.1.0.0.replication.regions[0]: 'eastsu' is no Azure region" in said
    assert "Traceback" not in said
