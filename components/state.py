"""What the engine's state of this stack held when the run began: the resources, as Azure answered for them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pulumi

from config.azure.properties import Kind
from config.azure.view import TYPES, View
from config.ids import ResourceId

from .look_up import call


class State:
    """The state, asked for at once and waited for when it is needed first.

    It holds outputs, as a stack reference reads them, and no inputs. Where it can't be read it holds nothing, and
    `unreadable` says why.
    """

    def __init__(self) -> None:
        stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
        self._answer = call("pulumi:pulumi:readStackResourceOutputs", {"stackName": stack})

    def view(self, kind: Kind, name: str) -> View | None:
        """A gallery, gallery/image or gallery/image/version by its names in Azure; None where the state has none."""
        outputs = self._resources.get((kind, name.casefold()))
        return None if outputs is None else View(kind, outputs)

    def versions(self, image: str) -> dict[str, View]:
        """The versions of an image, gallery/image, by number."""
        inside = f"{image.casefold()}/"
        found = ((name, each) for (kind, name), each in self._resources.items() if kind == "version")
        return {name.removeprefix(inside): View("version", each) for name, each in found if name.startswith(inside)}

    def id(self, kind: Kind, name: str) -> str | None:
        """The ARM id of such a resource."""
        outputs = self._resources.get((kind, name.casefold()))
        return None if outputs is None else outputs["id"]

    def outputs(self, kind: Kind, logical_name: str) -> dict[str, Any] | None:
        """What Azure answered for the resource of that kind and logical name; None where the state has none."""
        return None if self.unreadable else self._by_logical_name.get((kind, logical_name))

    @cached_property
    def _by_logical_name(self) -> dict[tuple[Kind, str], dict[str, Any]]:
        found = self._answer.result()["outputs"].items()
        kinds = ((urn.split("::", 3), TYPES.get(urn.split("::")[2].split("$")[-1]), each) for urn, each in found)
        return {(kind, parts[3]): each["outputs"] for parts, kind, each in kinds if kind}

    @cached_property
    def unreadable(self) -> str:
        """Why the state can't be read; empty where it can."""
        return str(self._answer.exception() or "")

    @cached_property
    def _resources(self) -> dict[tuple[Kind, str], dict[str, Any]]:
        """Resources by kind and name; a name that two of them have says nothing about either."""
        found: dict[tuple[Kind, str], dict[str, Any]] = {}
        twice = set()
        for urn, resource in {} if self.unreadable else self._answer.result()["outputs"].items():
            kind = TYPES.get(urn.split("::")[2].split("$")[-1])
            id = (
                ResourceId.parse(str(resource["outputs"].get("id")))
                if kind in ("gallery", "image", "version")
                else None
            )
            if kind and id:
                key = (kind, "/".join(id.names).casefold())
                twice |= {key} & found.keys()
                found[key] = resource["outputs"]
        return {key: outputs for key, outputs in found.items() if key not in twice}
