"""Azure's regions: those of the public cloud (`az account list-locations`), and what a stack declares."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config.diagnostics import quoted, wrong_kind
from config.model import nearest


@dataclass(frozen=True, slots=True)
class Region:
    """A region: `name` southcentralus, `display_name` South Central US, `zones` its availability zones, if any."""

    name: str
    display_name: str
    zones: tuple[str, ...]


def region(text: object) -> Region:
    """The region that `text` names, in any spelling that Azure accepts ("South Central US", "southcentralus").

    Raises ValueError with a sentence for people.
    """
    if not isinstance(text, str):
        raise ValueError(wrong_kind(text, "the name of an Azure region, for example eastus"))
    known = _known.get() or table()
    found = known.get(normalised(text))
    if found is None:
        meant = nearest(text, known)
        hint = f"did you mean {meant}?" if meant else "expected a name such as eastus or East US"
        raise ValueError(f"{quoted(text)} is no Azure region: {hint}")
    return found


def normalised(text: str) -> str:
    """Azure compares locations without regard to case and spaces."""
    return text.replace(" ", "").lower()


@contextmanager
def declared(regions: object) -> Iterator[None]:
    """While a stack is read: the regions that it declares, as they were read, are known beside those of the table.

    What is wrong about a declaration is the business of its own validation.
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
    return Region(name, str(display_name), tuple(map(str, zones)) if isinstance(zones, list) else ())


@cache
def table() -> dict[str, Region]:
    """The regions of the public cloud, by name."""
    with Path(__file__).with_name("regions.tsv").open(encoding="utf-8", newline="") as file:
        return {
            row["name"]: Region(
                row["name"], row["displayName"], tuple(row["zones"].split(",")) if row["zones"] != "-" else ()
            )
            for row in csv.DictReader(file, delimiter="\t")
        }
