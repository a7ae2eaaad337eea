"""Azure's regions: those of the public cloud and of the sovereign ones (`az account list-locations`), and what a stack
declares.

Display names are those that each cloud answers with: azure-cli issue 18044 shows USDoD Central.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from config.diagnostics import quoted, wrong_kind
from config.model import nearest

CLOUDS = {
    "public": "the public cloud",
    "usgovernment": "Azure US Government",
    "china": "Azure in China",
}
"""Clouds by the names of azure-native's setting `environment`."""


@dataclass(frozen=True, slots=True)
class Region:
    """A region: `name` southcentralus, `display_name` South Central US, `zones` its availability zones, if any, and
    `cloud` one of CLOUDS; None for one that only a stack knows.
    """

    name: str
    display_name: str
    zones: tuple[str, ...]
    cloud: str | None = "public"


def region(text: object) -> Region:
    """The region that `text` names, in any spelling that Azure prints: South Central US, southcentralus, or
    (US) South Central US, as the portal has it.

    Raises ValueError with a sentence for people.
    """
    if not isinstance(text, str):
        raise ValueError(wrong_kind(text, "the name of an Azure region, for example eastus"))
    found = known_region(text)
    if found is None:
        raise ValueError(f"{quoted(text)} is no Azure region: {_hint(text)}")
    return found


def known_region(text: str) -> Region | None:
    """The same; None for a name of none."""
    return (_known.get() or table()).get(normalised(text))


def normalised(text: str) -> str:
    """Azure compares locations without regard to case and spaces; the portal puts the geography before the name."""
    if text[:1] == "(":
        text = text.partition(")")[2]
    return text.replace(" ", "").lower()


def _hint(text: str) -> str:
    """What was probably meant, and what to do about a region that this program doesn't know yet."""
    known = _known.get() or table()
    name = re.sub("[^a-z0-9]", "", normalised(text.partition("=")[0]))
    if name in _GEOGRAPHIES:
        return "it is a geography of several regions, expected one of them, such as westeurope"
    if meant := _meant(name, known):
        return f"did you mean {meant}? One that this program doesn't know yet goes under additionalRegions"
    if not re.fullmatch("[A-Za-z0-9 ()_-]+", text) or not re.fullmatch("[a-z]{4,}[0-9]?", name):
        return "expected a name such as eastus or East US"
    declaration = f"additionalRegions: {{{name}: {{displayName: {_display_name(text, name)}}}}}"
    return f"expected a name such as eastus; one that this program doesn't know yet goes under {declaration}"


def _meant(name: str, known: Iterable[str]) -> str | None:
    """The region of nearly these letters, or of these in another order; never one of another number."""
    alike = [each for each in known if each == name or each.rstrip(_DIGITS) != name.rstrip(_DIGITS)]
    return next((each for each in alike if sorted(each) == sorted(name)), None) or nearest(name, alike, 0.85)


_DIGITS = "0123456789"


def _display_name(text: str, name: str) -> str:
    """How Azure probably shows a region: as it is written, or in words."""
    words = text.partition(")")[2].split() or text.split()
    if len(words) < 2 or "".join(words).lower() != name:
        words = _WORD.findall(name)
    return " ".join(word.upper() if word in ("us", "uk", "uae") else word[:1].upper() + word[1:] for word in words)


_WORD = re.compile(
    r"(?:south|north)(?:east|west)|north|south|east|west|central|\d+|us(?=\d*$)"
    r"|(?:(?!north|south|east|west|central|\d|us\d*$).)+"
)


@contextmanager
def declared(regions: object) -> Iterator[None]:
    """While a stack is read: the regions that it declares, as they were read, are known beside those of the table.

    One of the table keeps its display name, which Azure answers with, however it is written. What is wrong about a
    declaration is the business of its own validation.
    """
    additional = (
        {normalised(name): _declared(name, entry) for name, entry in regions.items()}
        if isinstance(regions, dict)
        else {}
    )
    token = _known.set(table() | additional)
    try:
        yield
    finally:
        _known.reset(token)


_known: ContextVar[dict[str, Region] | None] = ContextVar("known", default=None)


def _declared(name: str, entry: object) -> Region:
    display_name, zones = (entry.get("displayName"), entry.get("zones")) if isinstance(entry, dict) else (None, None)
    zones = tuple(map(str, zones)) if isinstance(zones, list) else ()
    if known := table().get(normalised(name)):
        return replace(known, zones=zones)
    return Region(name, str(display_name), zones, None)


@cache
def table() -> dict[str, Region]:
    """The regions of all clouds, by name."""
    with Path(__file__).with_name("regions.tsv").open(encoding="utf-8", newline="") as file:
        return {
            row["name"]: Region(
                row["name"],
                row["displayName"],
                tuple(row["zones"].split(",")) if row["zones"] != "-" else (),
                row["cloud"],
            )
            for row in csv.DictReader(file, delimiter="\t")
        }


# Azure lists them among its locations, as logical ones, where nothing can be created.
_GEOGRAPHIES = {
    *("africa", "asia", "asiapacific", "australia", "austria", "belgium", "brazil", "canada", "chile", "china"),
    *("denmark", "europe", "france", "germany", "global", "india", "indonesia", "israel", "italy", "japan", "korea"),
    *("malaysia", "mexico", "middleeast", "newzealand", "norway", "poland", "qatar", "singapore", "southafrica"),
    *("southamerica", "spain", "sweden", "switzerland", "taiwan", "uae", "uk", "unitedstates", "usa", "us"),
    *("unitedkingdom", "unitedarabemirates"),
}
