"""Definitions and versions that Azure has in a stack's galleries and no data file has, and what they do to `latest`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from config.azure.view import View, latest
from config.azure.words import listed
from config.gallery import Gallery
from config.image import Image
from config.stack import Stack

Found = Mapping[str, Mapping[str, Mapping[str, View]]]
"""What Azure has: versions by gallery, image and number."""
WAY_OUT = "take it into the data file (`gallery adopt`), delete it, or write othersPublish: true where others publish"


@dataclass(frozen=True)
class Undeclared:
    """A definition (gallery/image) or a version (gallery/image/version) that others have made."""

    name: str
    allowed: bool
    """Whether the data file says that others publish there."""
    effect: str
    """What it does, in words; empty where there is nothing to say."""

    @property
    def sentence(self) -> str:
        who = "published by others" if self.allowed else "no data file has it"
        return f"{self.name}: {who}{f', {self.effect}' if self.effect else ''}"


def undeclared(stack: Stack, found: Found) -> Iterator[Undeclared]:
    """What Azure has and the data files of `stack` don't have; what Azure is deleting isn't there any more."""
    galleries = {name.casefold(): gallery for name, gallery in stack.galleries.items()}
    for gallery_name, definitions in found.items():
        gallery = galleries[gallery_name.casefold()]
        images = {name.casefold(): image for name, image in gallery.images.items()}
        for image_name, versions in definitions.items():
            name = f"{gallery_name}/{image_name}"
            if image := images.get(image_name.casefold()):
                yield from _versions(name, image, versions)
            else:
                yield _definition(name, gallery, versions)


def _definition(name: str, gallery: Gallery, versions: Mapping[str, View]) -> Undeclared:
    many = f"{len(versions)} version{'' if len(versions) == 1 else 's'}"
    return Undeclared(name, gallery.others_publish, f"with {many}" if versions else "")


def _versions(name: str, image: Image, versions: Mapping[str, View]) -> Iterator[Undeclared]:
    there = {number: view for number, view in versions.items() if view.state != "Deleting"}
    others = there.keys() - image.versions.keys()
    before, now = latest({number: there[number] for number in there.keys() - others}), latest(there)
    for number in (number for number in there if number in others):
        places: dict[str | None, list[str]] = {}
        for place in (place for place, meant in now.items() if meant == number):
            places.setdefault(before.get(place), []).append(place or "overall")
        told = [f"instead of {was or 'no version'} ({', '.join(where)})" for was, where in places.items()]
        effect = f"and latest means it {listed(told)}" if told else "and latest doesn't mean it"
        yield Undeclared(f"{name}/{number}", image.others_publish, effect)
