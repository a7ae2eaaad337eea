"""What the engine's state of this stack held when the run began: the resources, as Azure answered for them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import pulumi

from config.azure.properties import Kind
from config.azure.sharing import Shared
from config.azure.view import NAMES, View

from .look_up import call


class State:
    """The state, asked for at once and waited for when it is needed first.

    It holds outputs, as a stack reference reads them, and no inputs. Where it can't be read it holds nothing, and
    `unreadable` says why.
    """

    def __init__(self) -> None:
        stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
        self._answer = call("pulumi:pulumi:readStackResourceOutputs", {"stackName": stack})

    @cached_property
    def unreadable(self) -> str:
        """Why the state can't be read; empty where it can."""
        return str(self._answer.exception() or "")

    def view(self, kind: Kind, name: str) -> View | None:
        """A resource by its name as data files have it; None where the state has none."""
        return self.held.get((kind, name.casefold()))

    def id(self, kind: Kind, name: str) -> str | None:
        """The ARM id of such a resource."""
        view = self.view(kind, name)
        return None if view is None else view.inputs["id"]

    def versions(self, image: str) -> dict[str, View]:
        """The versions of an image, gallery/image, by number."""
        inside = f"{image.casefold()}/"
        return {
            name.removeprefix(inside): view
            for (kind, name), view in self.held.items()
            if kind == "version" and name.startswith(inside)
        }

    @cached_property
    def held(self) -> dict[tuple[Kind, str], View]:
        """Resources by kind and by name in lower case; a name that two of them have says nothing about either."""
        found: dict[tuple[Kind, str], View] = {}
        twice = set()
        for view in self._views:
            if view.kind in NAMES and view.kind != "sharing":
                key = (view.kind, view.name.casefold())
                twice |= {key} & found.keys()
                found[key] = view
        return {key: view for key, view in found.items() if key not in twice}

    @cached_property
    def shared(self) -> dict[str, Shared]:
        """Whom galleries are shared with, by the gallery's name in lower case."""
        return {view.name.casefold(): Shared.of_inputs(view.inputs) for view in self._views if view.kind == "sharing"}

    @cached_property
    def access(self) -> list[View]:
        """Locks and role assignments."""
        return [view for view in self._views if view.kind in ("lock", "role assignment")]

    @cached_property
    def assignments(self) -> dict[str, View]:
        """Role assignments by their logical names."""
        return {urn.rpartition("::")[2]: view for urn, view in self._by_urn.items() if view.kind == "role assignment"}

    @property
    def _views(self) -> Iterable[View]:
        return self._by_urn.values()

    @cached_property
    def _by_urn(self) -> dict[str, View]:
        resources = {} if self.unreadable else self._answer.result()["outputs"]
        views = {
            urn: View.of_outputs(urn.split("::")[2].split("$")[-1], each["outputs"]) for urn, each in resources.items()
        }
        return {urn: view for urn, view in views.items() if view}
