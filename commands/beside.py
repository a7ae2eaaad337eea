"""What Azure has beside what the engine's state and the data files know, for reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.azure_client import Unreachable, connection
from commands.common import CommandError
from commands.inventory import GROUPS, Place, read
from commands.resource_manager import ResourceManager
from config.azure.inventory import Beside, Inventory
from config.azure.undeclared import Undeclared, undeclared
from config.ids import ResourceId

if TYPE_CHECKING:
    from commands.preview import Preview, Step
    from config import Stack


def nobodys(preview: Preview, stack: Stack, root: Path) -> list[Undeclared]:
    """Definitions and versions in the stack's galleries that neither a data file nor the engine's state has."""
    places = [Place(str(gallery.resource_group.name), name) for name, gallery in stack.galleries.items()]
    inventory = _read(ResourceManager(connection(preview.stack, root)), places)
    found = {
        gallery.name: {
            image.name: {version.name: version.view for version in image.versions} for image in gallery.images
        }
        for gallery in inventory.galleries
    }
    own = {step.name.casefold() for step in preview.steps}
    return [each for each in undeclared(stack, found) if each.name.casefold() not in own]


def in_what_goes(preview: Preview, root: Path) -> tuple[dict[str, list[Beside]], tuple[str, ...]]:
    """What Azure holds beside the stack's own in each resource group, gallery and image that would be destroyed, by its
    name; and what of it couldn't be read, a sentence each. Azure is asked where there is such a thing alone.
    """
    going = [step for step in preview.causes if step.kind in ("resource group", "gallery", "image")]
    if not going:
        return {}, ()
    own = {str(step.outputs.get("id")).casefold() for step in preview.steps}
    manager = ResourceManager(connection(preview.stack, root))
    ids = [ResourceId.parse(str(each.outputs.get("id"))) for each in going if each.kind != "resource group"]
    places = dict.fromkeys(Place(id.group, id.names[0]) for id in ids if id)
    inventory = _read(manager, [*places])
    return {each.name: _beside(each, manager, inventory, own) for each in going}, inventory.unread


def _beside(step: Step, manager: ResourceManager, inventory: Inventory, own: set[str]) -> list[Beside]:
    if step.kind == "resource group":
        try:
            held = manager.list(f"{manager.scope}/resourceGroups/{step.name}/resources", GROUPS) or []
        except Unreachable as error:
            raise CommandError(str(error)) from None
        others = (each for each in held if each["id"].casefold() not in own)
        return [Beside(f"{each['type']} {each['name']}", blocks=False) for each in others]
    gallery = inventory.gallery(step.name.partition("/")[0])
    return [*gallery.beside(step.name, own)] if gallery else []


def _read(manager: ResourceManager, places: list[Place]) -> Inventory:
    try:
        return read(manager, places, firmware=False)
    except Unreachable as error:
        raise CommandError(str(error)) from None
