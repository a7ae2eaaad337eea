"""Whom a gallery is shared with, beside those who have a role on it: by a data file, by Azure, by the engine's state.

Azure takes it from its share action and from no property of a gallery's, so it is a resource of the stack's own, and
has a property for each subscription and each tenant, so that the engine's own diff shows who comes and who goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.azure.view import View
from config.azure.words import listed
from config.paths import at
from config.sharing import SharingProfile

TYPES = {"subscription": "Subscriptions", "tenant": "AADTenants"}
"""Whom a gallery is shared with directly: the word for one of them, and Azure's type of a group of them."""
COMMUNITY = "community"


@dataclass(frozen=True)
class Shared:
    """Whom a gallery is shared with: subscriptions and tenants by their ids, and everybody where it is public."""

    subscriptions: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    public: bool = False

    @classmethod
    def of_profile(cls, profile: SharingProfile) -> Shared:
        """As a data file wants it."""
        groups = profile.groups
        public = profile.permissions == "Community"
        return cls(groups.subscriptions, groups.tenants, public) if groups else cls(public=public)

    @classmethod
    def of_answer(cls, answer: Mapping[str, Any]) -> Shared:
        """As Azure tells it of a gallery, if it was asked for the groups, too."""
        return cls.of_gallery(View.of_answer("gallery", answer))

    @classmethod
    def of_gallery(cls, gallery: View) -> Shared:
        """As `of_answer`."""
        view = gallery.inputs
        groups: dict[str, dict[str, None]] = {}
        for each in at(view, "sharingProfile.groups") or ():
            groups.setdefault(each.get("type"), {}).update(dict.fromkeys(str(id).lower() for id in each["ids"] or ()))
        subscriptions, tenants = (tuple(groups.get(type, ())) for type in TYPES.values())
        public = bool(at(view, "sharingProfile.communityGalleryInfo.communityGalleryEnabled"))
        return cls(subscriptions, tenants, public)

    @classmethod
    def of_inputs(cls, inputs: Mapping[str, Any]) -> Shared:
        """As the engine's state holds it, whose properties come in any order."""
        subscriptions, tenants = (
            tuple(name.removeprefix(f"{word} ") for name in sorted(inputs) if name.startswith(f"{word} "))
            for word in TYPES
        )
        return cls(subscriptions, tenants, COMMUNITY in inputs)

    @property
    def inputs(self) -> dict[str, str]:
        """The properties of the resource."""
        told = {f"{word} {id}": "shared" for word, ids in self.by_type.items() for id in ids}
        return told | ({COMMUNITY: "enabled"} if self.public else {})

    @property
    def by_type(self) -> dict[str, tuple[str, ...]]:
        """The ids, by the word for one of them."""
        return dict(zip(TYPES, (self.subscriptions, self.tenants), strict=True))

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The ids as the share action takes them."""
        return [{"type": TYPES[word], "ids": list(ids)} for word, ids in self.by_type.items() if ids]

    def __sub__(self, other: Shared) -> Shared:
        """Those who are here, and not there."""
        return Shared(
            tuple(id for id in self.subscriptions if id not in other.subscriptions),
            tuple(id for id in self.tenants if id not in other.tenants),
            self.public and not other.public,
        )

    def __and__(self, other: Shared) -> Shared:
        """Those who are here and there."""
        return self - (self - other)

    def __bool__(self) -> bool:
        return any((self.subscriptions, self.tenants, self.public))

    @property
    def in_words(self) -> str:
        """Whom it is shared with, in a sentence."""
        return listed([*self._in_words()]) if self else "nobody"

    def _in_words(self) -> Iterator[str]:
        for word, ids in self.by_type.items():
            if ids:
                yield f"the {word if len(ids) == 1 else f'{word}s'} {listed(ids)}"
        if self.public:
            yield "everybody"


def view(inputs: Mapping[str, Any]) -> View:
    """The resource's properties as the table has them."""
    shared = Shared.of_inputs(inputs)
    told = {"subscriptions": list(shared.subscriptions), "tenants": list(shared.tenants)}
    return View("sharing", inputs if not inputs else {**inputs, **told})


def public_name(gallery: Mapping[str, Any]) -> str:
    """Under which name everybody knows a community gallery, as Azure tells of it; empty where it doesn't."""
    names = at(View.of_answer("gallery", gallery).inputs, "sharingProfile.communityGalleryInfo.publicNames")
    return str(names[0]) if names else ""
