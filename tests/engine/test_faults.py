"""What the engine and the program make of a cloud that fails: what is said, what the state holds, how it is mended."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from .conftest import Project, version_id
from .test_interruption import interrupt

MakeProject = Callable[..., Project]

COMPUTE = "Microsoft.Compute"
GALLERY, DEFINITION, VERSION = "myGallery", "myGallery/myImageDefinition", "myGallery/myImageDefinition/1.0.0"
TYPES = {
    GALLERY: f"{COMPUTE}/galleries",
    DEFINITION: f"{COMPUTE}/galleries/images",
    VERSION: f"{COMPUTE}/galleries/images/versions",
}
MAKING = {"method": "PUT", "type": TYPES[VERSION]}
TRIES = 4
"""azure-native's, for a request that Azure asks to be tried again."""


def break_(dev: Project, *faults: dict[str, Any]) -> None:
    """Tells local Azure what to do wrong from now on."""
    (dev.home / "faults.yaml").write_text(yaml.safe_dump(list(faults)))


def struck(dev: Project) -> list[int]:
    """How often each fault has struck."""
    return [fault["struck"] for fault in dev.get("/local/faults")["value"]]


def fails(dev: Project, *command: str) -> str:
    """What a command says that ends badly, which it must, in sentences."""
    done = dev.run(*(command or ("up", "--yes", "--skip-preview")), "--stack", "dev")
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert "Traceback" not in said and "unhandled" not in said, said
    return said


def state(dev: Project, id: str | None = None) -> str | None:
    """The provisioning state of a version, or None where there is none."""
    body = dev.get(id or version_id("1.0.0"))
    found: str | None = body and body["properties"]["provisioningState"]
    return found


def mended(dev: Project) -> bool:
    """Whether Azure has what was asked for, and the engine knows."""
    kept = dev.resources()[VERSION]
    return kept["outputs"]["provisioningState"] == state(dev) == "Succeeded" and "initErrors" not in kept


def article(data: dict[str, Any]) -> dict[str, Any]:
    versions: dict[str, Any] = data["galleries"][GALLERY]["images"]["myImageDefinition"]["versions"]
    return versions


def test_what_passes_is_not_noticed(project: MakeProject) -> None:
    """Throttling, server errors, a slow answer and a lost one: the update takes its time, and says nothing."""
    dev = project()
    dev.environment["LOCAL_AZURE_RETRY_SECONDS"] = "0.1"
    break_(
        dev,
        {"method": "PUT", "type": TYPES[GALLERY], "status": 503, "times": TRIES - 1},
        {"method": "GET", "type": TYPES[DEFINITION], "status": 500, "times": 1},
        {"method": "PUT", "type": TYPES[DEFINITION], "drop": "answer", "times": 1},
        {**MAKING, "status": 429, "retry": 0.5, "times": 2},
        {**MAKING, "delay": 0.5, "times": 1},
        {"path": "*/capsOperations/*", "status": 500, "times": 1},
    )

    assert set(dev.up()) == {"create"}

    assert struck(dev) == [3, 1, 1, 2, 1, 1]
    assert mended(dev) and dev.preview() == {}


def test_what_stays_is_told_and_each_update_gets_further(project: MakeProject) -> None:
    dev = project()
    dev.environment["LOCAL_AZURE_RETRY_SECONDS"] = "0.01"
    break_(
        dev,
        {"method": "PUT", "type": TYPES[GALLERY], "status": 500, "times": TRIES},
        {**MAKING, "status": 429, "times": TRIES},
        {**MAKING, "drop": "request"},
    )

    assert 'Status=500 Code="InternalServerError" Message="Encountered internal server error.' in fails(dev)
    assert GALLERY not in dev.resources()
    assert 'Status=429 Code="OperationNotAllowed" Message="The server rejected the request because too' in fails(dev)
    assert f'{version_id("1.0.0")}?api-version=2024-03-03": EOF' in fails(dev)
    assert DEFINITION in dev.resources() and VERSION not in dev.resources() and state(dev) is None

    *told, dropped = struck(dev)
    assert told == [TRIES] * 2 and dropped >= TRIES
    break_(dev)
    assert dev.up()["create"] == 1
    assert mended(dev)


def test_an_error_in_the_middle_of_an_update(project: MakeProject) -> None:
    """The second version is refused for good; the first one stays, and the next update makes the second alone."""
    dev = project()
    dev.edit(lambda data: article(data).update({"1.1.0": dict(article(data)["1.0.0"])}))
    source = "Too many requests on source 'myVM'. Please reduce the number of requests on the source"
    break_(dev, {**MAKING, "after": 1, "times": 1, "status": 409, "code": "TooManyRequests", "message": source})

    assert f'Status=409 Code="TooManyRequests" Message="{source}"' in fails(dev)

    made = [name for name in dev.resources() if name.startswith(f"{DEFINITION}/")]
    assert len(made) == 1 and [state(dev, version_id(number)) for number in ("1.0.0", "1.1.0")].count("Succeeded") == 1
    assert dev.up()["create"] == 1
    assert mended(dev) and state(dev, version_id("1.1.0")) == "Succeeded"


def test_a_deletion_that_fails_is_taken_up_again(project: MakeProject) -> None:
    dev = project()
    dev.up()
    break_(dev, {"method": "DELETE", "type": TYPES[VERSION], "status": 503, "times": TRIES})

    assert 'Status=503 Code="ServiceUnavailable"' in fails(dev, "destroy", "--yes")

    assert {GALLERY, DEFINITION, VERSION} <= set(dev.resources()) and state(dev) == "Succeeded"
    dev.pulumi("destroy", "--yes", "--stack", "dev")
    assert dev.resources() == {} and state(dev) is None


def test_a_creation_whose_every_answer_is_lost_is_taken_over(project: MakeProject) -> None:
    """Azure did what the engine never heard of; that is said, and mended by `gallery import`."""
    dev = project()
    dev.environment["LOCAL_AZURE_RETRY_SECONDS"] = "0.01"
    break_(dev, {**MAKING, "drop": "answer"})

    assert f'{version_id("1.0.0")}?api-version=2024-03-03": EOF' in fails(dev)

    assert VERSION not in dev.resources() and state(dev) == "Succeeded"
    break_(dev)
    assert f"cannot create already existing resource '{version_id('1.0.0')}'" in fails(dev)
    assert "taken over: 1 version\n" in dev.take_over()
    dev.up()
    assert mended(dev)


def test_a_region_that_fails_is_removed_and_added_back(project: MakeProject) -> None:
    """The version is kept as Azure has it; a retry copies to the region again; without the region, all is well."""
    dev = project()
    break_(dev, {"failing": ["eastus"], "times": 2})

    for _ in range(2):
        said = fails(dev)
        assert "Gallery replication jobs failed in one or more regions." in said
        assert "'{region:eastus, detail:Failed with internal server error.}'" in said
        kept = dev.resources()[VERSION]
        assert kept["outputs"]["provisioningState"] == state(dev) == "Failed"
        assert "Gallery replication jobs failed" in kept["initErrors"][0]

    def replicate(*to: str) -> None:
        dev.edit(lambda data: article(data)["1.0.0"]["replication"].update(regions=list(to)))

    allowed = {"allowDeletionOfReplicatedLocations": True}
    dev.edit(lambda data: article(data)["1.0.0"].update(safetyProfile=allowed))
    replicate("westcentralus", "southcentralus=1")
    assert dev.up()["update"] == 1
    assert state(dev) == "Succeeded"
    replicate("westcentralus", "southcentralus=1", "eastus=1=standard_zrs")
    assert dev.up()["update"] == 1
    assert struck(dev) == [2]
    assert mended(dev)


def test_an_update_that_waits_for_ever_can_be_interrupted(project: MakeProject) -> None:
    dev = project()
    break_(dev, {**MAKING, "endless": True})

    interrupt(dev, signal.SIGINT)

    assert dev.resources()[VERSION]["initErrors"] and state(dev) == "Creating"
    assert 'Status=409 Code="AnotherOperationInProgress"' in fails(dev)
    break_(dev)
    assert dev.up()["update"] == 1
    assert mended(dev)


def test_a_time_limit_ends_the_wait(project: MakeProject) -> None:
    """The program's own limit for a version that Azure has begun, and doesn't end."""
    dev = project()
    program = dev.directory / "__main__.py"
    program.rename(dev.directory / "program.py")
    shutil.copy(Path(__file__).with_name("impatient.py"), program)
    break_(dev, {**MAKING, "endless": True})

    assert "timed out" in fails(dev)

    assert dev.resources()[VERSION]["initErrors"] and state(dev) == "Creating"
    break_(dev)
    (dev.directory / "program.py").replace(program)
    assert dev.up()["update"] == 1
    assert mended(dev)
