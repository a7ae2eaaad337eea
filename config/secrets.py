"""Secrets that get into data files by copy and paste: how they are found, and how no message repeats them.

Data files, previews, reports and what Azure shows of a gallery are read by many: Microsoft's pages say so of tags
("Use tags to organize your Azure resources") and of what a community gallery publishes ("Share images by using a
community gallery").
"""

import re
from typing import NamedTuple


class _Secret(NamedTuple):
    """A kind of secret: what it is called, and a pattern whose group is what must not be repeated."""

    noun: str
    pattern: re.Pattern[str]


_QUERY = r"(?:[?&;]|%3f|%26)"  # before a parameter of a URI, which may be written into another URI
_IS = r"(?:=|%3d)(?!<hidden>)"
_VALUE = r"[^\s&'\"<>]"
_SECRETS = tuple(
    _Secret(noun, re.compile(pattern, re.IGNORECASE))
    for noun, pattern in (
        (
            "a shared access signature (sig=)",
            rf"(?:{_QUERY}sig{_IS}(?P<secret>{_VALUE}*)|(?<![\w-])sig{_IS}(?P<bare>{_VALUE}{{16,}}))",
        ),
        ("a password in a URI", r"[a-z][a-z0-9+.-]*://[^\s/:@?#'\"]*:(?P<secret>[^\s/@?#'\"<>]+)@"),
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<secret>(?s:.+))"),
        (
            "a key or a password",
            r"(?<![\w-])(?:account-?key|shared-?access-?key|access-?key|client_?secret|password|passwd|pwd)"
            rf"\s*{_IS}(?P<secret>{_VALUE}{{4,}})",
        ),
        (
            "a token in a URI",
            rf"{_QUERY}(?:x-amz-signature|x-amz-security-token|x-goog-signature|signature|token|[a-z]+_token|sas|secret"
            rf"|code|key|api[_-]?key|subscription-key|x-functions-key){_IS}(?P<secret>{_VALUE}{{16,}})",
        ),
        ("a token", r"(?P<secret>gh[pousr]_\w{30,}|github_pat_\w{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,})"),
    )
)


def secret(text: str) -> str | None:
    """What kind of secret is in a text; None where there seems to be none."""
    if not _possible(text):
        return None
    return next((each.noun for each in _SECRETS if each.pattern.search(text)), None)


def hidden(text: str) -> str:
    """The text without its secrets."""
    if _possible(text):
        for each in _SECRETS:
            text = each.pattern.sub(_without, text)
    return text


def refuse_secrets(text: str) -> None:
    """Raises ValueError with a sentence for people, which doesn't repeat the secret."""
    if noun := secret(text):
        why = "a secret that others would read here and in Azure"
        raise ValueError(f"found {noun}, {why}: write the text without it, and revoke it")


def _possible(text: str) -> bool:
    """Nearly all texts are ids and names: they are not searched."""
    return "=" in text or "@" in text or "%3" in text or "-----BEGIN" in text or "gh" in text or "eyJ" in text


def _without(match: re.Match[str]) -> str:
    start, end = next(match.span(name) for name, found in match.groupdict().items() if found is not None)
    whole, offset = match[0], match.start()
    return f"{whole[: start - offset]}<hidden>{whole[end - offset :]}"
