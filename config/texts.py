"""Warnings about texts that others read: tags, links, and what a community gallery publishes.

They see values as they were read, so that they are told beside errors. Sources: "Use tags to organize your Azure
resources", "Share images by using a community gallery", "Resolve errors for reserved resource names", and what the
functions name.
"""

import re
from collections.abc import Iterator

from config.cascade import nodes
from config.diagnostics import Path, quoted
from config.model import Raw, Violation, reach
from config.types import RESERVED, Permissions, canonical


def of_texts(stack: Raw) -> Iterator[Violation]:
    """All warnings about texts in a stack's values, with everything inherited."""
    seen: set[int] = set()  # many inherit the same tags
    for path, node in nodes(stack):
        tags = node.get("tags")
        if isinstance(tags, dict) and id(tags) not in seen:
            seen.add(id(tags))
            yield from _of_tags((*path, "tags"), tags)
        if len(path) == 2 and canonical(Permissions, reach(node, "sharingProfile", "permissions")) == "Community":
            yield from _of_community(path, node)
        if len(path) == 4:
            for key in ("privacyStatementUri", "releaseNoteUri"):
                yield from _of_link((*path, key), node.get(key))


def _of_tags(path: Path, tags: Raw) -> Iterator[Violation]:
    """Names that the engine or Azure keeps for itself (pulumi's internal keys; reference of Azure's Tags API)."""
    for name in tags:
        if name.startswith("__"):
            why = "azure-native ignores its changes: expected a name without __ at its start"
            yield Violation((*path, name), f"found {quoted(name)}, and {why}", "key")
        elif name.casefold().startswith(_AZURES):
            why = f"Azure reserves names that begin with {', '.join(_AZURES)}: expected another name"
            yield Violation((*path, name), f"found {quoted(name)}, and {why}", "key")


_AZURES = ("azure", "microsoft", "windows")


def _of_community(path: Path, gallery: Raw) -> Iterator[Violation]:
    """What the public reads about a gallery and its images.

    Azure takes any text for it (azure-cli's recorded tests); reserved words in the names of images made pipelines
    rename them (image-builder pull request 1578).
    """
    at: Path = (*path, "sharingProfile", "communityGalleryInfo")
    contact, uri, eula, prefix = (
        reach(gallery, "sharingProfile", "communityGalleryInfo", key)
        for key in ("publisherContact", "publisherUri", "eula", "publicNamePrefix")
    )
    if isinstance(contact, str) and not re.fullmatch(r"[^\s@<>:,]+@[^\s@<>:,]+\.[^\s@<>:,.]+", contact):
        found = f"found {quoted(contact)}, which is no mail address"
        yield Violation((*at, "publisherContact"), f"{found}: expected one, for example images@example.com")
    yield from _of_link((*at, "publisherUri"), uri)
    if isinstance(eula, str) and re.match(r"(?i)[a-z]+:/|www\.", eula):  # it may be the text of a license as well
        yield from _of_link((*at, "eula"), eula)
    if isinstance(prefix, str) and prefix.casefold().startswith(_START):
        yield Violation((*at, "publicNamePrefix"), _reserved(prefix, _START))
    for name in gallery["images"] if isinstance(gallery.get("images"), dict) else ():
        word = name.casefold()
        if reserved := _START if word.startswith(_START) else next((each for each in RESERVED if each in word), None):
            yield Violation((*path, "images", name), _reserved(name, reserved), "key")
        elif word in _WHOLE:
            yield Violation((*path, "images", name), _reserved(name, word), "key")


def _reserved(name: str, word: str) -> str:
    return f"found {quoted(name)} in a community gallery, and Azure reserves {word} in public names: expected another"


_START = "login"
_WHOLE = {
    *("access", "app_code", "app_themes", "app_data", "app_globalresources", "app_localresources"),
    *("app_webreferences", "app_browsers", "azure", "bing", "bizspark", "biztalk", "cortana", "directx", "dotnet"),
    *("dynamics", "excel", "exchange", "forefront", "groove", "hololens", "hyperv", "kinect", "lync", "msdn", "o365"),
    *("office", "office365", "onedrive", "onenote", "outlook", "powerpoint", "sharepoint", "skype", "visio"),
    *("visualstudio", "web.config", "xbox"),
}


def _of_link(path: Path, text: object) -> Iterator[Violation]:
    if isinstance(text, str) and text and not re.fullmatch(_LINK, text):
        found = f"found {quoted(text)}, which is no link"
        yield Violation(path, f"{found}: expected a URI, for example https://example.com/page")


_LINK = r"https?://[^\s/:@.]+(\.[^\s/:@.]+)+(:\d+)?([/?#]\S*)?"
