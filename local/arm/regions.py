"""Azure's physical public regions, from the table beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Region:
    """A region; `zones` are its availability zones, `pair` the name of its paired region."""

    name: str
    display: str
    geography: str
    category: str
    zones: tuple[str, ...]
    pair: str | None

    def body(self, subscription: str) -> dict[str, Any]:
        """The region as `GET /subscriptions/{s}/locations` shows it [C]."""
        base = f"/subscriptions/{subscription}/locations"
        pairs = [{"name": self.pair, "id": f"{base}/{self.pair}"}] if self.pair else []
        return {
            "id": f"{base}/{self.name}",
            "name": self.name,
            "type": "Region",
            "displayName": self.display,
            "regionalDisplayName": f"({self.geography}) {self.display}",
            "metadata": {
                "geographyGroup": self.geography,
                "regionCategory": self.category,
                "regionType": "Physical",
                "pairedRegion": pairs,
            },
        }


def _load() -> dict[str, Region]:
    lines = Path(__file__).with_name("regions.tsv").read_text(encoding="utf-8").splitlines()[1:]
    regions = {}
    for name, display, geography, category, zones, pair in (line.split("\t") for line in lines):
        found = () if zones == "-" else tuple(zones.split(","))
        regions[name] = Region(name, display, geography, category, found, None if pair == "-" else pair)
    return regions


REGIONS = _load()


def find(text: str) -> Region | None:
    """The region of that name in any spelling that Azure accepts: case and spaces don't matter [C]."""
    return REGIONS.get(text.lower().replace(" ", ""))
