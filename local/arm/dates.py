"""Dates as Azure reads and writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from .errors import invalid

_FORMAT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)


def stamp(moment: float) -> str:
    """A moment, in seconds since 1970, as Azure writes it: `2026-04-23T01:38:19.969735+00:00` [W]."""
    return datetime.fromtimestamp(moment, UTC).isoformat()


def end_of_life(sent: str | None, stored: str | None, now: float, path: str) -> str | None:
    """The end-of-life date to keep, normalised to UTC with `+00:00` [W].

    A date is checked against the present only when it is new or changed. A stored date stays when none is sent: the
    service has no way to unset it [I]. Raises AzureError for what is no date [D] or not in the future [D].
    """
    if sent is None:
        return stored
    within = path.partition(".")[2]
    unreadable = invalid(f"Could not convert string to DateTimeOffset: {sent}. Path '{within}'", path)
    if not _FORMAT.fullmatch(sent):
        raise unreadable
    try:
        date = datetime.fromisoformat(sent)
        date = (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise unreadable from error
    kept = date.isoformat()
    if kept != stored and date.timestamp() <= now:
        raise invalid("EndOfLifeDate must be set to a future date.", path)
    return kept
