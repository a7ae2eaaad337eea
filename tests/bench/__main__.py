"""`make bench`: ratios measured side by side in one run, since machines are noisy. Nothing here is asserted."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import yaml

import config

from . import stacks

ROOT = Path(__file__).parents[2]
RUNS = 5


def side_by_side(title: str, ours: Callable[[], object], theirs: Callable[[], object], names: tuple[str, str]) -> None:
    """Both in turn, after one run of each that doesn't count; prints medians and the median of the ratios."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(RUNS + 1)][1:]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{title}: {names[0]} {mine:.2f} s, {names[1]} {other:.2f} s, ratio {ratio:.2f}", flush=True)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(command: list[str], cwd: Path, env: dict[str, str]) -> None:
    subprocess.run(command, cwd=cwd, env=env, check=True, stdout=subprocess.DEVNULL)


def bench_up(directory: Path) -> None:
    """An unchanged `make up` beside a bare `pulumi up` of a program that does nothing."""
    shell = subprocess.run(
        ["sh", "-c", ". local/activate >/dev/null && env -0"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    activated = dict(line.split("=", 1) for line in shell.stdout.split("\0") if line)
    tools = [path for path in activated["PATH"].split(":") if path != str(ROOT / "local" / "shell")]
    bare = activated | {"PULUMI_BACKEND_URL": f"file://{directory}", "PATH": ":".join(tools)}
    (directory / "Pulumi.yaml").write_text("name: nothing\nruntime: python\n")
    (directory / "__main__.py").write_text("import pulumi\n")
    run(["pulumi", "stack", "init", "dev"], directory, bare)

    side_by_side(
        "an unchanged stack",
        lambda: run(["make", "up"], ROOT, dict(os.environ)),
        lambda: run(["pulumi", "up", "--yes", "--stack", "dev"], directory, bare),
        ("make up", "bare pulumi up"),
    )


def bench_config(directory: Path) -> None:
    """Reading, inheriting and validating 10,000 versions in three regions each, beside PyYAML's own C loader."""
    (directory / "galleries").mkdir()
    text = big_stack(10_000)
    (directory / "galleries" / "big.yaml").write_text(text)
    side_by_side(
        "10,000 versions",
        lambda: config.load("big", directory),
        lambda: yaml.load(text, Loader=yaml.CSafeLoader),
        ("config.load", "yaml.load with CSafeLoader"),
    )
    for versions in (2_500, 5_000, 10_000):
        (directory / "galleries" / "big.yaml").write_text(big_stack(versions))
        tracemalloc.start()
        config.load("big", directory)
        print(f"{versions:,} versions: config.load peaks at {tracemalloc.get_traced_memory()[1] / 1e6:.0f} MB")
        tracemalloc.stop()


def big_stack(versions: int) -> str:
    """A stack's data file with 100 versions to an image."""
    compute = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/Microsoft.Compute"
    images = {
        f"image{i}": {
            "osType": "Linux",
            "osState": "Generalized",
            "identifier": {"publisher": "p", "offer": "o", "sku": f"s{i}"},
            "versions": {
                f"1.0.{v}": {
                    "source": {"managedImage": f"{compute}/images/i{v}"},
                    "replication": {"regions": {"eastus": {}, "westus2": {"replicas": 2}, "westeurope": {}}},
                }
                for v in range(100)
            },
        }
        for i in range(versions // 100)
    }
    return yaml.safe_dump(
        {"location": "eastus", "resourceGroup": {"name": "g"}, "galleries": {"big": {"images": images}}}
    )


if __name__ == "__main__":
    for bench in (bench_config, bench_up, stacks.previews, stacks.growth):
        with tempfile.TemporaryDirectory() as scratch:
            bench(Path(scratch))
