"""Dates: the forms of ISO 8601 that Azure, its clients and the shells of its users print; what is wrong with others.

Azure takes a date, or a date with time and offset, as ISO 8601 ("Troubleshoot shared images"). Fractions of a second
come from .NET and PowerShell (seven digits), JavaScript (three), Python (six) and `date -Ins` (nine, after a comma);
a blank instead of the T from `date --rfc-3339` and PowerShell's format u; an offset without a colon from `date +%z`.
"""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone

from config.diagnostics import quoted, wrong_kind

_EXPECTED = "a date, for example 2030-12-01 or 2030-12-01T12:00:00+00:00"
_ISO = re.compile(
    r"""
    (?P<year>\d{4})(?P<dash>-?)(?P<month>\d\d)(?P=dash)(?P<day>\d\d)
    (?P<time>(?:[Tt]|\ +)(?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?)?)?
    \ *(?P<zone>[Zz]|(?P<sign>[+-])(?P<hours>\d\d)(?::?(?P<minutes>\d\d))?)?
    """,
    re.VERBOSE | re.ASCII,
)
_ZONE = re.compile(r"(?P<moment>\d{4}-?\d\d-?\d\d[Tt ]+[\d:.,]+) *(?P<zone>[A-Za-z][A-Za-z/_ ]*)", re.ASCII)
_SINGLE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)", re.ASCII)
_UTC = ("UTC", "GMT", "ZULU")


def date(value: object) -> datetime:
    """A date (midnight UTC) or a date with time and offset, as a moment in UTC, to the microsecond.

    Raises ValueError with a sentence for people.
    """
    if not isinstance(value, str):
        raise ValueError(wrong_kind(value, _EXPECTED) + _of_number(value))
    text = value.strip()
    match = _ISO.fullmatch(text)
    why = _why_not(match) if match else _other_form(text)
    if match and not why:
        try:
            return _moment(match)
        except OverflowError:
            why = "in UTC it is beyond the years 1 to 9999"
    raise ValueError(f"{quoted(value)} is no date: {why}")


def azure_date(moment: datetime) -> str:
    """Azure's canonical form, which it answers with however a date was sent: '2030-12-01T00:00:00+00:00'."""
    return moment.astimezone(UTC).isoformat()


def _moment(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, hours, minutes = (
        int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second", "hours", "minutes")
    )
    offset = timedelta(hours=hours, minutes=minutes)
    zone = timezone(-offset if match["sign"] == "-" else offset)
    microsecond = int((match["fraction"] or "")[:6].ljust(6, "0"))
    return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=zone).astimezone(UTC)


def _why_not(match: re.Match[str]) -> str | None:
    """What is wrong with the numbers of a date in ISO's form."""
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    if not year:
        return "there is no year 0"
    if not 1 <= month <= 12:
        return f"there is no month {match['month']}, months go from 01 to 12"
    if not 1 <= day <= (days := monthrange(year, month)[1]):
        return f"{match['year']}-{match['month']} has {days} days"
    if not match["time"]:
        day_alone = f"{match['year']}-{match['month']}-{match['day']}"
        return f"a time zone needs a time: write {day_alone}T00:00:00{match['zone']}" if match["zone"] else None
    if match["hour"] == "24":
        return "there is no hour 24: write 00:00 of the next day"
    for unit, most in (("hour", 23), ("minute", 59), ("second", 59)):
        if int(match[unit] or 0) > most:
            return f"there is no {unit} {match[unit]}, {unit}s go from 00 to {most}"
    if not match["zone"]:
        return "it has a time without a time zone: append Z for UTC, or an offset such as +01:00"
    if int(match["hours"] or 0) * 60 + int(match["minutes"] or 0) > 14 * 60 or int(match["minutes"] or 0) > 59:
        return f"there is no offset {match['zone']}, offsets go from -14:00 to +14:00"
    return None


def _other_form(text: str) -> str:
    """What is wrong with a text that isn't in ISO's form."""
    if found := _ZONE.fullmatch(text):
        moment, zone = found["moment"].strip(), found["zone"].strip()
        if zone.upper() in _UTC:
            return f"{zone} is written Z: {moment}Z"
        if zone.upper() in ("AM", "PM"):
            return "hours go from 00 to 23, without AM and PM"
        return f"{zone} is a time zone by name: write its offset, such as +01:00, or Z for UTC"
    if found := _DAY_FIRST.match(text):
        first, _, second, year = found.groups()
        if int(first) > 12 >= int(second):
            return f"the day comes first: write {year}-{int(second):02}-{int(first):02}"
        if int(second) > 12 >= int(first):
            return f"the month comes first: write {year}-{int(first):02}-{int(second):02}"
        return f"the year comes last: write year, month and day, {year}-MM-DD"
    if found := _SINGLE.match(text):
        year, _, month, day = found.groups()
        if (written := f"{year}-{int(month):02}-{int(day):02}") != text[: found.end()]:
            return f"write {written}, with dashes and two digits each"
    if re.fullmatch(r"\d{4}-?W\d\d(-?\d)?|\d{4}-\d{3}", text):
        return "weeks and days of the year are no month and day: write year, month and day, such as 2030-12-01"
    if re.fullmatch(r"\d{4}(-\d\d)?", text):
        return "a day is missing: write year, month and day, such as 2030-12-01"
    return f"expected {_EXPECTED}"


def _of_number(value: object) -> str:
    """Dates without dashes, and seconds since 1970 as `date +%s` prints them, are numbers in YAML."""
    text = str(value) if type(value) is int else ""
    if len(text) == 8 and (match := _ISO.fullmatch(text)) and not _why_not(match):
        return f": write {match['year']}-{match['month']}-{match['day']}"
    if len(text) in (9, 10):
        return f": write {datetime.fromtimestamp(int(text), UTC):%Y-%m-%dT%H:%M:%SZ} for that many seconds since 1970"
    return ""
