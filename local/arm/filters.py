"""The query option `$filter`: what a list is narrowed to.

Clients send a few of OData's expressions: `name eq 'value'` and `function('value')`, joined by `and`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from .errors import unsupported_filter

Filter = Mapping[str, str]
"""Values by the names that they are compared with, in lower case; a function without a value has an empty one."""

_TERM = re.compile(r"\s*(?P<name>\w+)(\s+eq\s+'(?P<value>[^']*)'|\((?:'(?P<argument>[^']*)')?\))\s*", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)


def parse(sent: str, known: Collection[str]) -> Filter:
    """Read a filter made of known names (in lower case); raises AzureError for any other one."""
    found = {}
    for term in _AND.split(sent) if sent else ():
        read = _TERM.fullmatch(term)
        if read is None or read["name"].lower() not in known:
            raise unsupported_filter(sent)
        found[read["name"].lower()] = read["value"] or read["argument"] or ""
    return found
