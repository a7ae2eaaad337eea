"""What `latest` means: the version that whoever names none gets.

Source: "Store and share images in an Azure Compute Gallery": the highest number counts, by its integers, and a region's
flag wins over the version's.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from config.types import version_order

Place = TypeVar("Place")


def eligible(excluded: bool, by_region: Mapping[Place, bool | None], region: Place | None) -> bool:
    """Whether `latest` may mean a version, overall or in a region.

    `excluded` is the version's own flag; `by_region` holds the regions that have the version with their flags, None
    where the version's own decides.
    """
    if region is None:
        return not excluded
    if region not in by_region:
        return False
    flag = by_region[region]
    return not (excluded if flag is None else flag)


def newest(numbers: Iterable[str]) -> str | None:
    """The highest of version numbers; None where there is none."""
    return max(numbers, key=version_order, default=None)
