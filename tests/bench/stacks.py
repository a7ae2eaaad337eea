"""Stacks of any size with the real engine: ours beside plain azure-native and beside the floor."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from local import seeding
from tests.engine.conftest import Project

ROOT = Path(__file__).parents[2]
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
REGIONS = {"West Central US": 1, "East US": 1, "West US 2": 2}
RUNS = 3


@dataclass(frozen=True)
class Program:
    """A program in a directory of its own, with state and cloud; `floor` is plain without aliases."""

    name: str
    directory: Path

    def pulumi(self, *arguments: str) -> float:
        """Seconds that `pulumi ARGUMENTS` takes."""
        extra = {"FLOOR": "1"} if self.name == "floor" else {}
        if "--build" in arguments:  # the state is written once, at the end
            extra |= {"PULUMI_SKIP_CHECKPOINTS": "true", "PULUMI_EXPERIMENTAL": "true"}
        env = Project(self.directory, environment=extra).env
        command = ["pulumi", *(a for a in arguments if a != "--build"), "--non-interactive", "--color", "never"]
        start = time.perf_counter()
        done = subprocess.run(command, cwd=self.directory, env=env, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{self.name}: {' '.join(command)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return time.perf_counter() - start


def program(name: str, scratch: Path, images: int, versions: int, first: int = 0) -> Program:
    """A new stack with so many definitions, numbered from `first`, and versions of each."""
    directory = scratch / f"{name}-{images}-{first}"
    for each in ("state", "azure", "galleries"):
        (directory / each).mkdir(parents=True)
    compute = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/sources/providers/Microsoft.Compute"
    snapshots = {
        f"image{i}": {f"1.0.{v}": f"{compute}/snapshots/s{i}-{v}" for v in range(versions)}
        for i in range(first, first + images)
    }
    _put_snapshots(snapshots, directory)
    if name == "ours":
        _write_ours(snapshots, directory)
    else:
        (directory / "__main__.py").symlink_to(ROOT / "tests/bench/plain/__main__.py")
        places = {"group": "g", "gallery": "big", "location": "westcentralus", "regions": REGIONS}
        (directory / "resources.json").write_text(json.dumps(places | {"images": snapshots}))
    (directory / "Pulumi.yaml").write_text("name: compute-gallery\nruntime: python\n")
    (directory / "Pulumi.dev.yaml").write_text(f"config:\n  azure-native:subscriptionId: {SUBSCRIPTION}\n")
    made = Program(name, directory)
    made.pulumi("stack", "init", "dev")
    return made


def _write_ours(snapshots: dict[str, dict[str, str]], directory: Path) -> None:
    for each in ("__main__.py", "components", "config"):
        (directory / each).symlink_to(ROOT / each)
    images = {
        image: {
            "osType": "Linux",
            "osState": "Generalized",
            "identifier": {"publisher": "p", "offer": "o", "sku": image},
            "versions": {number: {"source": {"disks": {"os": {"snapshot": id}}}} for number, id in versions.items()},
        }
        for image, versions in snapshots.items()
    }
    stack = {
        "location": "westcentralus",
        "resourceGroup": {"name": "g", "create": True},
        "replication": {"regions": {region: {"replicas": count} for region, count in REGIONS.items()}},
        "galleries": {"big": {"images": images}},
    }
    (directory / "galleries" / "dev.yaml").write_text(yaml.safe_dump(stack))


def _put_snapshots(snapshots: dict[str, dict[str, str]], directory: Path) -> None:
    snapshot = {"location": "westcentralus", "properties": {"osType": "Linux", "diskSizeGB": 30}}
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/sources"
    wanted: dict[str, object] = {group: {"location": "westcentralus"}}
    wanted |= {id: snapshot for versions in snapshots.values() for id in versions.values()}
    file = directory / "sources.json"  # JSON is YAML
    file.write_text(json.dumps(wanted))
    seeding.seed_file(file, directory / "azure")


def previews(scratch: Path, images: int = 100, versions: int = 10) -> None:
    """A preview in which all is new, and one in which nothing changes, of 100 definitions with 10 versions each."""
    programs = [program(name, scratch, images, versions) for name in ("ours", "plain", "floor")]
    _compare("first preview", programs)
    for each in programs:
        each.pulumi("up", "--yes", "--skip-preview", "--stack", "dev", "--build")
    _compare("unchanged preview", programs)


def _compare(title: str, programs: list[Program]) -> None:
    """All in turn, RUNS times; prints medians, and the medians of the ratios of ours to the others."""
    rounds = [[each.pulumi("preview", "--stack", "dev") for each in programs] for _ in range(RUNS)]
    times = ", ".join(
        f"{each.name} {statistics.median(column):.1f} s"
        for each, column in zip(programs, zip(*rounds, strict=True), strict=True)
    )
    ratios = ", ".join(
        f"ours/{programs[i].name} {statistics.median(row[0] / row[i] for row in rounds):.2f}"
        for i in range(1, len(programs))
    )
    print(f"{title} of 100 definitions with 10 versions each: {times}; {ratios}", flush=True)


def growth(scratch: Path, versions: int = 10) -> None:
    """How `up` grows with the number of resources, in one stack and split into stacks of a quarter of the size."""
    for images in (5, 10, 20, 40):
        whole = program("ours", scratch, images, versions).pulumi("up", "--yes", "--skip-preview", "--stack", "dev")
        count = images * (versions + 1)
        print(
            f"up of {count} definitions and versions in one stack: {whole:.0f} s, {whole / count:.3f} s each",
            flush=True,
        )
    part = images // 4
    parts = [program("ours", scratch, part, versions, first=1000 * (i + 1)) for i in range(4)]
    split = sum(each.pulumi("up", "--yes", "--skip-preview", "--stack", "dev") for each in parts)
    print(f"the same {count} in four stacks, one after another: {split:.0f} s, ratio {split / whole:.2f}", flush=True)
