"""The README's example: the article's, and what becomes of it in staging and production."""

from pathlib import Path

import pytest

from config import Stack, Version, load

ROOT = Path(__file__).parents[1] / "cases" / "example"


def version(stack: Stack) -> Version:
    return stack.galleries["myGallery"].images["myImageDefinition"].versions["1.0.0"]


def test_development_is_the_articles_command() -> None:
    stack = load("dev", ROOT)
    assert [(t.region.name, t.replicas, t.storage_account_type) for t in version(stack).target_regions] == [
        ("westcentralus", 2, "Standard_LRS"),
        ("southcentralus", 1, "Standard_LRS"),
        ("eastus", 1, "Standard_ZRS"),
    ]
    source = version(stack).source.virtual_machine
    assert isinstance(source, str) and source.endswith(
        "/resourceGroups/MyResourceGroup/providers/Microsoft.Compute/virtualMachines/myVM"
    )


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_promotion_carries_developments_version_on(stack: str) -> None:
    promoted = version(load(stack, ROOT))
    assert promoted.source.image_version == (
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/myGalleryRG/providers/Microsoft.Compute"
        "/galleries/myGallery/images/myImageDefinition/versions/1.0.0"
    )
    for target in promoted.target_regions:
        assert target.storage_account_type == ("Standard_ZRS" if target.region.zones else "Standard_LRS")


def test_production_is_protected_and_has_three_replicas() -> None:
    stack = load("prod", ROOT)
    assert stack.protect and version(stack).protect and all(group.protect for group in stack.resource_groups)
    assert all(target.replicas >= 3 for target in version(stack).target_regions)


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_definition_is_the_same_in_all_stacks(stack: str) -> None:
    image = load(stack, ROOT).galleries["myGallery"].images["myImageDefinition"]
    assert (image.os_type, image.os_state, image.identifier.sku) == ("Linux", "Specialized", "mySKU")
