"""Azure's regions: the physical ones of the public cloud (`az account list-locations`)."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config.mistakes import quoted, wrong_kind
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
    found = _table().get(normalised(text))
    if found is None:
        meant = nearest(text, _table())
        hint = f"did you mean {meant}?" if meant else "expected a name such as eastus or East US"
        raise ValueError(f"{quoted(text)} is no Azure region: {hint}")
    return found


def normalised(text: str) -> str:
    """Azure compares locations without regard to case and spaces."""
    return text.replace(" ", "").lower()


@cache
def _table() -> dict[str, Region]:
    with Path(__file__).with_name("regions.tsv").open(encoding="utf-8", newline="") as file:
        return {
            row["name"]: Region(
                row["name"], row["displayName"], tuple(row["zones"].split(",")) if row["zones"] != "-" else ()
            )
            for row in csv.DictReader(file, delimiter="\t")
        }
