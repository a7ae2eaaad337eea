"""The checks of single resources, which a run takes up when it registers them, or when it refuses the change as a
whole.
"""

from __future__ import annotations

from collections.abc import Callable

import pulumi

import config
from config.azure import bodies
from config.azure.properties import Kind
from config.azure.view import View, latest

from .guard import Guarded
from .run import Run
from .sharing import Access
from .verification import LookUps, Verified


def of_gallery(run: Run, name: str, path: str, gallery: config.Gallery) -> Guarded:
    """The check of a gallery: `name` is its logical name, `path` its name in Azure."""
    return _guarded(run, Guarded("gallery", name, *_known(run, "gallery", path, bodies.gallery(gallery))))


def of_sharing(
    run: Run,
    name: str,
    path: str,
    gallery: config.Gallery,
    stack: config.Stack | None,
    component: pulumi.Resource | None = None,
) -> Access | None:
    """The check of whom a gallery is shared with, as `of_gallery`; None where it is private. `stack` is the data file
    that it is from, `component` is asked for a provider.
    """
    if gallery.sharing_profile.permissions == "Private":
        return None
    access = Access(run, name, path, gallery, component, stack)
    run.checks["update", "sharing", access.resource] = access
    return access


def of_image(run: Run, name: str, path: str, image: config.Image) -> Guarded:
    """The check of a definition: `path` is gallery/image in Azure, or empty where an output tells that."""
    return _guarded(run, Guarded("image", name, *_known(run, "image", path, bodies.image(image))))


def of_version(
    run: Run,
    name: str,
    path: str,
    number: str,
    image: config.Image,
    stack: config.Stack | None,
    creates: Callable[[str], bool],
    look_ups: LookUps,
) -> tuple[Guarded, Verified]:
    """The checks of a version before it is changed, and before it is made; `name` and `path` are its definition's.

    `stack` is the data file that it is from; `creates` tells whether the same program makes the version of an id.
    """
    inside = path and f"{path}/{number}"
    held, wanted, new = _known(run, "version", inside, bodies.version(image.versions[number]))
    guarded = Guarded("version", f"{name}/{number}", held, wanted, new, image, lambda: latest(run.state.versions(path)))
    if stack is not None:
        guarded = guarded.declared_in(stack, inside)
    verified = Verified(f"{name}/{number}", held, wanted, image, creates, look_ups)
    run.checks["create", "version", verified.name] = verified
    return _guarded(run, guarded), verified


def _guarded(run: Run, guarded: Guarded) -> Guarded:
    run.checks["update", guarded.kind, guarded.name] = guarded
    return guarded


def _known(run: Run, kind: Kind, path: str, body: bodies.Body) -> tuple[View | None, View, bool]:
    """What the state holds of a resource, what is wanted of it, and whether it is new for sure."""
    held = run.state.view(kind, path)
    return held, View(kind, body), bool(path) and held is None and not run.state.unreadable
