"""The effective configuration of a stack, with what is inherited and in Azure's spelling, and what it amounts to."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.common import Table, count, load_stack

if TYPE_CHECKING:
    from config import Gallery, Image, Region, Stack, TargetRegion, Version

    Node = Stack | Gallery | Image | Version

HELP = "the effective configuration of a stack: where each version is, what latest means, how much of Azure's quotas"

NOUNS = ("galleries", "images", "versions")
MOST_REPLICAS = 100
"""Of a version in a region. Source: "Store and share images in an Azure Compute Gallery", limits."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stack", metavar="STACK", help="the stack to show")
    parser.add_argument("--json", action="store_true", help="for programs, as docs/commands.md describes it")


def run(options: argparse.Namespace, root: Path) -> int:
    """Raises CommandError where the stack's files have diagnostics."""
    from config.cross_stack import subscriptions

    name, stack = load_stack(options.stack, root)
    subscription = subscriptions(root).get(name)
    if options.json:
        print(json.dumps(document(name, stack, subscription), indent=2))
    elif sys.stdout and sys.stdout.isatty():  # there is none where it was closed
        _on_terminal(view(name, stack, subscription))
    else:
        for part in view(name, stack, subscription):
            print(part)
    return 0


def document(name: str, stack: "Stack", subscription: str | None) -> dict[str, Any]:
    """What --json prints: docs/commands.md describes it."""
    return {
        "stack": name,
        "subscription": subscription,
        "configuration": written(stack),
        "images": [_image(*each) for each in images(stack)],
        "totals": totals(stack),
        "quotas": {
            "used": usage(stack),
            "limits": quotas(),
            "mostReplicasOfAVersionInARegion": most_replicas(stack),
            "limitOfReplicas": MOST_REPLICAS,
        },
    }


def view(name: str, stack: "Stack", subscription: str | None) -> Iterator[str | Table]:
    """The stack for people: lines and tables. What a level inherits as it is, the level above shows."""
    yield f"Stack {name}"
    if subscription:
        yield f"  subscription: {subscription}"
    yield from _settings(stack)
    for gallery_name, gallery in stack.galleries.items():
        yield f"\nGallery {gallery_name}"
        yield from _settings(gallery, stack)
        for image_name, image in gallery.images.items():
            yield f"\nImage {gallery_name}/{image_name}"
            yield from _settings(image, gallery)
            for number, version in image.versions.items():
                yield f"  {number}"
                yield from (f"  {line}" for line in _settings(version, image))
            if image.versions:
                yield ""
                yield matrix(image)
    yield "\nTotals"
    nouns = ("gallery", "image", "version", "replica")
    yield f"  {', '.join(count(*each) for each in zip(totals(stack).values(), nouns, strict=True))}"
    yield f"  replicas of a version in a region: {most_replicas(stack)} at most, Azure allows {MOST_REPLICAS}"
    if used := usage(stack):
        yield "\nQuotas of a subscription in each region, and what this stack needs of them"
        header = ["region", *(f"{noun} of {limit:,}" for noun, limit in quotas().items())]
        yield Table(header, [[place, *(f"{number:,}" for number in each.values())] for place, each in used.items()])


def matrix(image: "Image") -> Table:
    """Versions by regions and edge zones: replicas and their storage, and what `latest` means."""
    from config.types import version_order

    places = _regions(image)
    edges = list(dict.fromkeys(zone.name for version in image.versions.values() for zone in version.edge_zones))
    rows = []
    for number, version in sorted(image.versions.items(), key=lambda item: version_order(item[0])):
        cells = {target.region: _cell(target, version) for target in version.target_regions}
        at_edge = {zone.name: f"{zone.replicas} {zone.storage_account_type}" for zone in version.edge_zones}
        overall = count(_replicas(version), "replica") + _mark(version, None)
        rows.append([number, overall, *(cells.get(each, "") for each in places), *(at_edge.get(e, "") for e in edges)])
    latest = [image.latest(each) or "none" for each in (None, *places)]
    header = ["version", "overall", *(place.name for place in places), *edges]
    return Table(header, [*rows, ["latest", *latest, *("" for _ in edges)]])


def images(stack: "Stack") -> Iterator[tuple[str, str, "Image"]]:
    """All images of a stack, each with its gallery's name and its own."""
    for gallery_name, gallery in stack.galleries.items():
        for image_name, image in gallery.images.items():
            yield gallery_name, image_name, image


def totals(stack: "Stack") -> dict[str, int]:
    """How many there are of everything."""
    versions = [version for *_, image in images(stack) for version in image.versions.values()]
    return {
        "galleries": len(stack.galleries),
        "images": sum(1 for _ in images(stack)),
        "versions": len(versions),
        "replicas": sum(map(_replicas, versions)),
    }


def quotas() -> dict[str, int]:
    """How many galleries, images and versions Azure allows a subscription in a region."""
    from config.warnings import QUOTAS

    return dict(zip(NOUNS, QUOTAS.values(), strict=True))


def usage(stack: "Stack") -> dict[str, dict[str, int]]:
    """For each region, how many galleries, images and versions lie there: what Azure's quotas count."""
    counts: dict[str, Counter[str]] = {noun: Counter() for noun in NOUNS}
    for gallery in stack.galleries.values():
        counts["galleries"][gallery.location.name] += 1
    for *_, image in images(stack):
        counts["images"][image.location.name] += 1
        counts["versions"].update(version.location.name for version in image.versions.values())
    places = dict.fromkeys(place for count in counts.values() for place in count)
    return {place: {noun: count[place] for noun, count in counts.items()} for place in places}


def most_replicas(stack: "Stack") -> int:
    """The largest number of replicas that a version has in a region."""
    versions = (version for *_, image in images(stack) for version in image.versions.values())
    return max((_in_region(target) for version in versions for target in version.target_regions), default=0)


def written(value: object) -> Any:
    """A value of the configuration in JSON's types and under the data files' own keys, without what is unset."""
    from pydantic import BaseModel

    from config import Region, azure_date

    match value:
        case Region():
            return value.name
        case datetime():
            return azure_date(value)
        case BaseModel():
            fields = [(str(field.alias), getattr(value, name)) for name, field in type(value).model_fields.items()]
            if (own := getattr(value, "own_tags", None)) is not None:
                fields = [("tags", own) if key == "tags" else (key, each) for key, each in fields if key != "ownTags"]
            return {key: written(each) for key, each in fields if each not in (None, (), {})}
        case dict():
            return {str(written(key)): written(each) for key, each in value.items()}
        case tuple():
            return [written(each) for each in value]
    return value


def _image(gallery: str, name: str, image: "Image") -> dict[str, Any]:
    return {
        "gallery": gallery,
        "image": name,
        "latest": image.latest(),
        "latestByRegion": {place.name: image.latest(place) for place in _regions(image)},
        "versions": [
            {
                "version": number,
                "excludeFromLatest": version.exclude_from_latest,
                "targetRegions": [
                    {
                        "region": target.region.name,
                        "replicas": _in_region(target),
                        "storageAccountType": target.storage_account_type,
                        "excludeFromLatest": not version.eligible(target.region),
                    }
                    for target in version.target_regions
                ],
                "edgeZones": [
                    {"name": zone.name, "replicas": zone.replicas, "storageAccountType": zone.storage_account_type}
                    for zone in version.edge_zones
                ],
            }
            for number, version in image.versions.items()
        ],
    }


def _settings(node: "Node", above: "Node | None" = None) -> Iterator[str]:
    """A line for each setting that isn't off, isn't shown elsewhere and isn't the same one level up."""
    from config.cascade import LEVELS, TO_GALLERY
    from config.yaml_text import flow

    for name, field in type(node).model_fields.items():
        key, value = str(field.alias), getattr(node, name)
        if key in (*LEVELS, "replication") or value is False or value in (None, (), {}):
            continue
        if value == field.default and not isinstance(value, str):
            continue
        if not (key in TO_GALLERY and getattr(above, name, None) == value):
            yield f"  {key}: {flow(written(value))}"


def _regions(image: "Image") -> "list[Region]":
    """The regions of all versions, in the order in which they are met."""
    targets = (target for version in image.versions.values() for target in version.target_regions)
    return list(dict.fromkeys(target.region for target in targets))


def _cell(target: "TargetRegion", version: "Version") -> str:
    sets = [(target.replicas, target.storage_account_type)]
    sets += [(each.replicas, each.storage_account_type) for each in target.additional_replica_sets]
    return " + ".join(f"{number} {storage}" for number, storage in sets) + _mark(version, target.region)


def _mark(version: "Version", region: "Region | None") -> str:
    return "" if version.eligible(region) else ", not latest"


def _replicas(version: "Version") -> int:
    return sum(map(_in_region, version.target_regions)) + sum(zone.replicas for zone in version.edge_zones)


def _in_region(target: "TargetRegion") -> int:
    return target.replicas + sum(each.replicas for each in target.additional_replica_sets)


def _on_terminal(parts: Iterator[str | Table]) -> None:
    import rich.box
    import rich.console
    import rich.table

    console = rich.console.Console(highlight=False, markup=False, emoji=False)
    for part in parts:
        if isinstance(part, Table):
            table = rich.table.Table(box=rich.box.SIMPLE_HEAD)
            for name in part.header:
                table.add_column(name, overflow="fold")
            for row in part.rows:
                table.add_row(*row)
            console.print(table)
        else:
            console.print(part, style="" if part.startswith(" ") else "bold", soft_wrap=True)
