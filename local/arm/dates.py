"""Dates as Azure reads and writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from .errors import invalid
from .shapes import Json, text

_FORMAT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)


def stamp(moment: float) -> str:
    """A moment, in seconds since 1970, as Azure writes it: `2026-04-23T01:38:19.969735+00:00` [W]."""
    return datetime.fromtimestamp(moment, UTC).isoformat()


def date(value: Any, path: str) -> Any:
    """A date, normalised to UTC with `+00:00` [W]; text of the refusal [D]."""
    sent: str = text(value, path)
    within = path.partition(".")[2]
    unreadable = invalid(f"Could not convert string to DateTimeOffset: {sent}. Path '{within}'", path)
    if not _FORMAT.fullmatch(sent):
        raise unreadable
    try:
        found = datetime.fromisoformat(sent)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError) as error:
        raise unreadable from error


def kept_date(old: Json) -> Json:
    """The stored end-of-life date, which stays when none is sent: the service has no way to unset it [I]."""
    return {"endOfLifeDate": old["endOfLifeDate"]} if "endOfLifeDate" in old else {}


def check_end_of_life(new: Json, old: Json, now: float, path: str) -> None:
    """A date that is new or changed lies in the future [D]."""
    sent = new.get("endOfLifeDate")
    if sent and sent != old.get("endOfLifeDate") and datetime.fromisoformat(sent).timestamp() <= now:
        raise invalid("EndOfLifeDate must be set to a future date.", f"{path}.endOfLifeDate")
