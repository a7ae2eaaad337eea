"""What local Azure is made from: the sources file takes effect, and what is wrong with a file or a call is told."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local import arm, assumed, seeding, workspace
from local.provider.client import ResourceManager
from local.yaml_files import FileError

ROOT = Path(__file__).parents[1]
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/builds"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/web"
GALLERY = f"{GROUP}/providers/Microsoft.Compute/galleries/theirs"


def put(home: Path, file: Path, text: str) -> None:
    file.write_text(text)
    seeding.seed_file(file, home)


def read(home: Path, *ids: str, delete: bool = False) -> list[Any]:
    """The resources as they are; None for those that aren't there."""

    async def ask() -> list[Any]:
        async with arm.serve(home) as address, ResourceManager(address, arm.authority(home)) as cloud:
            if delete:
                await cloud.delete(ids[0], "2024-03-03")
            return [await cloud.get(f"{id}", "2024-03-03") for id in ids]

    return asyncio.run(ask())


def test_an_edit_takes_effect(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "sources.yaml"
    group, machine = (
        f"{GROUP}: {{location: westeurope}}\n",
        f"{MACHINE}: {{location: westeurope, properties: {{a: %s}}}}\n",
    )
    put(home, file, group + machine % 1)
    assert [each["location"] for each in read(home, GROUP, MACHINE)] == ["westeurope"] * 2

    put(home, file, group + (machine % 2).replace("location: westeurope", "location: northeurope"))
    [changed] = read(home, MACHINE)
    assert (changed["location"], changed["properties"]["a"]) == ("northeurope", 2), "Azure would refuse to move it"
    put(home, file, group + f"{GALLERY}: {{location: westeurope}}\n")
    gallery, gone = read(home, GALLERY, MACHINE)
    assert gallery["location"] == "westeurope" and gone is None

    put(home, file, group)
    assert read(home, GALLERY) == [None]
    put(home, file, "# nothing\n")
    assert read(home, GROUP) == [None]


def test_what_a_group_holds_besides_keeps_it(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "sources.yaml"
    put(home, file, f"{GROUP}: {{location: westeurope}}\n")

    async def make() -> None:
        async with arm.serve(home) as address, ResourceManager(address, arm.authority(home)) as cloud:
            await cloud.put(GALLERY, "2024-03-03", {"location": "westeurope"})

    asyncio.run(make())
    put(home, file, "")
    assert None not in read(home, GROUP, GALLERY)


def test_what_somebody_has_deleted_stays_so_until_the_file_changes(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "sources.yaml"
    text = f"{GROUP}: {{location: westeurope}}\n{MACHINE}: {{location: westeurope}}\n"
    put(home, file, text)
    read(home, MACHINE, delete=True)
    put(home, file, text)
    assert read(home, MACHINE) == [None]
    put(home, file, text.replace("}\n", ", tags: {a: b}}\n"))
    [made] = read(home, MACHINE)
    assert made["tags"] == {"a": "b"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", ["f.yaml:1: this is not YAML: expected the node content, but found '<stream end>'"]),
        ("- a\n", ["f.yaml:1: expected ARM ids, each with the body that Azure is sent to create it"]),
        (
            f"web: {{}}\n{GROUP}/providers/Microsoft.Compute/images: {{}}\n",
            [
                "f.yaml:1: 'web' is no id of a resource: expected "
                "/subscriptions/<guid>/resourceGroups/<group>/providers/<type>/<name>",
                f"f.yaml:2: '{GROUP}/providers/Microsoft.Compute/images' is no id of a resource: expected "
                "/subscriptions/<guid>/resourceGroups/<group>/providers/<type>/<name>",
            ],
        ),
        (
            f"{GROUP}:\n",
            [
                f"f.yaml:1: {GROUP} has no body: expected what Azure is sent to create it, such as "
                "{location: westeurope}"
            ],
        ),
        (
            f"{GROUP}: {{}}\n{GROUP.upper().replace('/SUBSCRIPTIONS', '/subscriptions')}: {{}}\n",
            ["is here twice: keep one of them"],
        ),
        (
            f"{GROUP}: {{location: westeurope}}\n{MACHINE}: {{}}\n",
            [
                f'f.yaml:2: {MACHINE}: Status=400 Code="LocationRequired" Message="The location property is '
                'required for this definition."'
            ],
        ),
    ],
)
def test_a_mistake_is_a_sentence(tmp_path: Path, text: str, told: list[str]) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(text)
    with pytest.raises(FileError) as error:
        seeding.seed(seeding.load(file, "f.yaml"), tmp_path / "home")
    found = str(error.value).splitlines()
    assert len(found) == len(told) and all(line.endswith(end) for line, end in zip(found, told, strict=True)), found


ODD = {
    "a tab": b"a:\n\tb: c\n",
    "a list": b"- a\n",
    "Latin-1": b"a: \xfc\n",
    "UTF-16": "a: b\n".encode("utf-16"),
    "NUL": b"a\0b: c\n",
    "two documents": b"a: b\n---\nc: d\n",
    "no date": b"a: 2020-99-99\n",
    "a date as a key": b"2020-01-01: a\n",
    "a list as a key": b"? [a]\n: b\n",
    "a circle": b"a: &a [*a]\n",
    "too deep": b"a: " + b"[" * 3000 + b"]" * 3000,
}


@pytest.mark.parametrize("file", ["Pulumi.dev.yaml", "galleries/local/sources.yaml"])
@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_an_odd_file_is_a_sentence(tmp_path: Path, file: str, content: bytes) -> None:
    """Before anything is made of it."""
    prepared(tmp_path, {file: content}, rf"{file}(:\d+)?: [^\n]+")


@pytest.mark.parametrize("content", [b"", b"config:\n", b"config: {}\n", b"config: [a]\n", b"config: a\n"])
def test_a_stack_has_a_subscription(tmp_path: Path, content: bytes) -> None:
    told = r"Pulumi\.dev\.yaml: azure-native:subscriptionId is missing under config, which says where the stack lives"
    prepared(tmp_path, {"Pulumi.dev.yaml": content}, told)


def test_a_file_that_would_be_overlooked(tmp_path: Path) -> None:
    told = "galleries/local/sources.yml: nobody reads a file of this name: rename it to galleries/local/sources.yaml"
    prepared(tmp_path, {"galleries/local/sources.yml": b""}, told)


def prepared(root: Path, files: dict[str, bytes], told: str) -> None:
    """A project with these files is refused in these words."""
    settings = f"config: {{azure-native:subscriptionId: {SUBSCRIPTION}}}\n".encode()
    written = {"Pulumi.yaml": b"name: a\n", "Pulumi.dev.yaml": settings, "galleries/local/sources.yaml": b""} | files
    (root / "galleries/local").mkdir(parents=True)
    for name, content in written.items():
        (root / name).write_bytes(content)
    with pytest.raises(FileError) as error:
        workspace.prepare(root, root / "azure")
    assert re.fullmatch(told, str(error.value)), error.value
    assert not (root / "azure").exists() and not (root / ".local").exists()


def test_a_python_without_the_packages_is_told_which_has_them() -> None:
    done = subprocess.run([sys.executable, "-S", "-m", "local", "serve"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert re.fullmatch(r"local: .*: open a shell with `\. local/activate`, .*\n", done.stderr)


def test_what_is_served_is_told_with_a_subscription_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "subscriptions.json").write_text('{"00000000-0000-0000-0000-0000000000ff": "dev"}')
    environment = os.environ | {"LOCAL_AZURE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "local", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout
        said = "".join(iter(served.stdout.readline, "Interrupt to stop.\n"))
        [port] = re.findall(r"Azure Resource Manager: https://127\.0\.0\.1:(\d+)", said)
        second = subprocess.run(
            [*command, "--port", port], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
        )
        served.terminate()
    assert 'credential, "00000000-0000-0000-0000-0000000000ff", base_url=' in said
    assert re.fullmatch(rf"local: Local Azure can't listen on port {port} of 127\.0\.0\.1: .*\n", second.stderr)


def test_what_is_documented_can_be_written(tmp_path: Path) -> None:
    page = (ROOT / "docs/local-azure.md").read_text(encoding="utf-8")
    [block] = (text for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if text.startswith("/subscriptions/"))
    put(tmp_path / "home", tmp_path / "sources.yaml", block)
    assert None not in read(tmp_path / "home", *seeding.load(tmp_path / "sources.yaml"))


SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


def test_what_is_assumed(tmp_path: Path) -> None:
    """What fits the definition, where the version is made; never what a stack makes, nor into its groups."""
    for name in ("cloud", "commands", "config"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "tests" / "cases" / "assumed" / "galleries", tmp_path / "galleries")

    stacks = {"dev": SUBSCRIPTION, "broken": SUBSCRIPTION}
    found, refused = assumed.assume(tmp_path, {}, stacks)

    bodies = {
        id.partition("/resourceGroups/")[2].replace("providers/Microsoft.Compute/", ""): found[id].body for id in found
    }
    assert set(bodies) == {
        "there",
        "builds",
        "builds/virtualMachines/web",
        "builds/galleries/theirs",
        "builds/galleries/theirs/images/web",
        "builds/galleries/theirs/images/web/versions/7.0.0",
        "builds/snapshots/assumed-theirs-web-7.0.0",
    }
    machine = bodies["builds/virtualMachines/web"]
    assert machine["location"] == "westeurope"
    assert machine["properties"]["instanceView"] == {
        "statuses": [{"code": "PowerState/deallocated"}],
        "hyperVGeneration": "V2",
    }
    assert machine["properties"]["storageProfile"]["osDisk"]["osType"] == "Windows"
    assert bodies["builds/galleries/theirs/images/web/versions/7.0.0"]["location"] == "northeurope"
    assert bodies["builds/galleries/theirs/images/web"]["properties"]["osState"] == "Specialized"
    assert [line.partition(" isn't assumed: ")[2] for line in refused] == [
        "its public name is one that Azure gives",
        "the stack dev makes its resource group",
    ]
    seeding.seed(found, tmp_path / "home")
    assumed.note(tmp_path / "home", found)
    assert None not in read(tmp_path / "home", *found)
    inputs = {"resourceGroupName": "images", "storageProfile": {"source": {"virtualMachineId": MACHINE.upper()}}}
    assert assumed.told(tmp_path / "home", SUBSCRIPTION, inputs) == [MACHINE]
    assert assumed.told(tmp_path / "home", SUBSCRIPTION, {"resourceGroupName": "There"})[0].endswith(
        "/resourceGroups/there"
    )

    named = {MACHINE.upper().replace("/SUBSCRIPTIONS", "/subscriptions"): seeding.Source({}, "the file")}
    assert MACHINE not in assumed.assume(tmp_path, named, stacks)[0]
    seeding.seed({}, tmp_path / "home")
    assert read(tmp_path / "home", *found) == [None] * len(found), "without the option they are gone"
