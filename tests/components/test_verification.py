"""What is said of a source, from what azure-native's functions tell of it (look_ups.yaml)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

import config
from components import verification
from components.verification import LookUps, Verified
from config.azure import bodies
from config.azure.view import View

CASES: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("look_ups.yaml").read_text())


@pytest.mark.parametrize("name", CASES)
def test_what_is_said_of_a_source(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]

    async def answer(function: str, arguments: dict[str, str], component: object) -> Any:
        found = case["answers"].get(function.removeprefix("azure-native:"))
        if found is None:
            raise LookupError("Status=404 Code=ResourceNotFound")
        return found

    warned: list[str] = []
    monkeypatch.setattr(verification, "look_up", answer)
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    settings = {
        "location": "eastus",
        "osType": "Linux",
        "osState": "Generalized",
        "hyperVGeneration": "V2",
        "architecture": "x64",
        "identifier": {"publisher": "p", "offer": "o", "sku": "s"},
        **case.get("image", {}),
        "features": {"SecurityType": "Standard"},
        "versions": {"1.0.0": {"source": case["source"]}},
    }
    image = config.image("i", settings)[0]
    wanted = View("version", bodies.version(image.versions["1.0.0"]))

    async def said() -> list[str]:
        verified = Verified("g/i/1.0.0", None, wanted, image, lambda id: False, LookUps(None))
        return [problem.sentence for problem in await verified.verify(wanted)]

    found, warns = asyncio.run(said()), case.get("warns", [])
    assert [part in sentence for part, sentence in zip(case["says"], found, strict=True)] == [True] * len(found), found
    assert [part in text for part, text in zip(warns, warned, strict=True)] == [True] * len(warned), warned
