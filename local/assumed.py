"""Sources that nobody has described: assumed from what the data files say of the versions that are made from them.

By an option alone, since a preview on them proves nothing about the real ones. Their properties are those that fit the
definition. What a stack of the project makes itself is never assumed. `told` finds them again in what is to be made, so
that the plugin can name each in the preview.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .arm.files import overwrite
from .seeding import Source, Sources, groups_of

NOTED = "assumed.json"
GIGABYTES = {"os": 30, "data": 32}

_GALLERY = re.compile(
    r"/subscriptions/([^/]+)/resourceGroups/[^/]+/providers/Microsoft\.Compute/galleries/([^/]+)", re.IGNORECASE
)
_SET = re.compile(r"/subscriptions/[^/\"]+/resourceGroups/[^/\"]+/providers/[^\"]+/diskEncryptionSets/[^/\"]+", re.I)

Json = dict[str, Any]


def assume(root: Path, named: Sources, subscriptions: Mapping[str, str]) -> tuple[dict[str, Source], list[str]]:
    """The sources that the project at `root` names beside those that are `named`, and why others can't be assumed.

    `subscriptions` are those of its stacks, by the stack's name. A stack whose data file has errors is left out: its
    preview tells them.
    """
    stacks = {name: found for name in subscriptions if (found := _shown(root, name)) is not None}
    galleries, made = _made(stacks, subscriptions)
    known, assumed, refused = {id.lower() for id in named}, dict[str, Source](), list[str]()
    for name, stack in stacks.items():
        for id, body in _wanted(stack, subscriptions[name], galleries):
            if id.startswith("/CommunityGalleries/"):
                refused.append(f"{id} isn't assumed: its public name is one that Azure gives")
            elif id.lower() not in known and id.lower() not in made:
                known.add(id.lower())
                assumed[id] = Source(body, f"assumed for the stack {name}")
    for group in groups_of(list(assumed)):
        inside = [id for id in assumed if id.lower().startswith(f"{group.lower()}/")]
        if group.lower() in made:
            why = f"the stack {made[group.lower()]} makes its resource group"
            refused += [f"{id} isn't assumed: {why}" for id in inside]
            assumed = {id: source for id, source in assumed.items() if id not in inside}
        elif group.lower() not in known:
            place = assumed[inside[0]]
            assumed = {group: Source({"location": place.body["location"]}, place.where), **assumed}
    return assumed, list(dict.fromkeys(refused))


def note(home: Path, assumed: Iterable[str]) -> None:
    """Keeps in local Azure's directory what is assumed."""
    overwrite(home / NOTED, json.dumps(sorted(assumed)).encode())


def told(home: Path, subscription: str, inputs: Json) -> list[str]:
    """Which of the assumed resources the inputs of a resource name."""
    try:
        assumed = json.loads((home / NOTED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    texts = {text.lower() for text in _texts(inputs)}
    if isinstance(group := inputs.get("resourceGroupName"), str):
        texts.add(f"/subscriptions/{subscription}/resourceGroups/{group}".lower())
    return [id for id in assumed if id.lower() in texts]


def _shown(root: Path, stack: str) -> Json | None:
    """A stack with everything inherited, as the product itself tells it; None where its files have errors."""
    command = [sys.executable, "-P", "-m", "commands", "show", stack, "--json"]
    env = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, encoding="utf-8")
    if done.returncode:
        return None
    shown: Json = json.loads(done.stdout)["configuration"]
    return shown


def _made(stacks: Mapping[str, Json], subscriptions: Mapping[str, str]) -> tuple[set[tuple[str, str]], dict[str, str]]:
    """What the stacks make, in lower case: galleries by subscription and name, groups by id, each with its stack."""
    galleries, groups = set[tuple[str, str]](), dict[str, str]()
    for name, stack in stacks.items():
        for gallery_name, gallery in stack.get("galleries", {}).items():
            group, subscription = gallery["resourceGroup"], subscriptions[name].lower()
            galleries.add((subscription, gallery_name.lower()))
            if group.get("create"):
                groups[f"/subscriptions/{subscription}/resourcegroups/{group['name']}".lower()] = name
    return galleries, groups


def _wanted(stack: Json, subscription: str, made: Container[tuple[str, str]]) -> Iterator[tuple[str, Json]]:
    """Everything that has to be there before a stack can be made, with a body that fits; but for what is in galleries
    that are made here.
    """
    for gallery in stack.get("galleries", {}).values():
        group = gallery["resourceGroup"]
        if not group.get("create"):
            place = group.get("location") or gallery["location"]
            yield f"/subscriptions/{subscription}/resourceGroups/{group['name']}", {"location": place}
        for image in gallery.get("images", {}).values():
            for version in image.get("versions", {}).values():
                yield from _sources(version["source"], image, version, made)
                for region, settings in version.get("replication", {}).get("regions", {}).items():
                    for id in dict.fromkeys(_SET.findall(json.dumps(settings))):
                        yield id, {"location": region, "properties": {}}


def _sources(source: Json, image: Json, version: Json, made: Container[tuple[str, str]]) -> Iterator[tuple[str, Json]]:
    place = {"location": version.get("location") or image["location"]}
    if id := source.get("virtualMachine"):
        yield id, {**place, **_machine(image)}
    elif id := source.get("managedImage"):
        yield id, {**place, "properties": _managed_image(image)}
    elif id := source.get("communityGalleryImage"):
        yield id, {}
    elif id := source.get("imageVersion"):
        gallery = _GALLERY.match(id)
        assert gallery, "the data files were checked"
        if (gallery[1].lower(), gallery[2].lower()) not in made:
            yield from _version(id, gallery[0], image, place)
    for lun, disk in _disks(source.get("disks", {})):
        for key in ("managedDisk", "snapshot"):
            if id := disk.get(key):
                yield id, {**place, **_disk(image, lun is None)}
        if vhd := disk.get("vhd"):
            yield vhd["storageAccount"], {**place, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}


def _disks(disks: Json) -> Iterator[tuple[str | None, Json]]:
    if disks:
        yield None, disks["os"]
        yield from disks.get("data", {}).items()


def _machine(image: Json) -> Json:
    """A machine that has been stopped, as an image wants it."""
    codes = ["PowerState/deallocated", *(["OSState/generalized"] if image["osState"] == "Generalized" else [])]
    security = _security(image)
    properties = {
        "storageProfile": {
            "osDisk": {"osType": image["osType"], "diskSizeGB": GIGABYTES["os"], "createOption": "FromImage"},
            "dataDisks": [],
        },
        "instanceView": {
            "statuses": [{"code": code} for code in codes],
            "hyperVGeneration": image["hyperVGeneration"],
        },
        **({"securityProfile": {"securityType": security}} if security else {}),
    }
    plan = image.get("purchasePlan")
    return {"properties": properties, **({"plan": plan} if plan else {})}


def _managed_image(image: Json) -> Json:
    disk = {"osType": image["osType"], "osState": image["osState"], "diskSizeGB": GIGABYTES["os"]}
    return {"hyperVGeneration": image["hyperVGeneration"], "storageProfile": {"osDisk": disk, "dataDisks": []}}


def _disk(image: Json, os_disk: bool) -> Json:
    """A managed disk or a snapshot."""
    if not os_disk:
        return {"properties": {"diskSizeGB": GIGABYTES["data"], "creationData": {"createOption": "Empty"}}}
    plan, security = image.get("purchasePlan"), _security(image)
    return {
        "properties": {
            "osType": image["osType"],
            "hyperVGeneration": image["hyperVGeneration"],
            "supportedCapabilities": {"architecture": image["architecture"]},
            "diskSizeGB": GIGABYTES["os"],
            "creationData": {"createOption": "FromImage"},
            **({"purchasePlan": plan} if plan else {}),
            **({"securityProfile": {"securityType": security}} if security == "TrustedLaunch" else {}),
        }
    }


def _version(id: str, gallery: str, image: Json, place: Json) -> Iterator[tuple[str, Json]]:
    """A version of somebody else's gallery: the gallery, the definition, and a snapshot that it was made from."""
    definition = "/".join(id.split("/")[:-2])
    kept = ("osType", "osState", "hyperVGeneration", "architecture", "identifier", "purchasePlan")
    features = [{"name": name, "value": value} for name, value in _features(image).items()]
    about = {name: image[name] for name in kept if name in image} | ({"features": features} if features else {})
    snapshot = f"{'/'.join(gallery.split('/')[:-2])}/snapshots/assumed-{'-'.join(id.split('/')[-5::2])}"
    yield gallery, {**place, "properties": {}}
    yield definition, {**place, "properties": about}
    yield snapshot, {**place, **_disk(image, True)}
    yield id, {**place, "properties": {"storageProfile": {"osDiskImage": {"source": {"id": snapshot}}}}}


def _features(image: Json) -> dict[str, str]:
    """The features of a definition that its source has to have, too."""
    features = image.get("features") or {}
    security = features.get("SecurityType")
    value = security.get("value") if isinstance(security, dict) else security
    return {"SecurityType": value} if isinstance(value, str) else {}


def _security(image: Json) -> str | None:
    """The security type of a machine that such an image is made from; None where any will do."""
    value = _features(image).get("SecurityType")
    return value if value in ("TrustedLaunch", "ConfidentialVM") else None


def _texts(value: object) -> Iterator[str]:
    """All texts in a value."""
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(each)
