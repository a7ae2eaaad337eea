"""What the components register with the engine, without an engine: Pulumi's mocks write it down."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import settings

import config
from components import build
from local.provider.schema import TYPES

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


@dataclass(frozen=True)
class Registered:
    """A resource as the provider gets it."""

    token: str
    name: str
    inputs: dict[str, Any]

    @property
    def id(self) -> str:
        return TYPES[self.token].id(SUBSCRIPTION, self.inputs)

    @property
    def body(self) -> dict[str, Any]:
        """The body of the PUT that azure-native makes of it."""
        return TYPES[self.token].body(self.inputs)


class _Notes(pulumi.runtime.Mocks):
    def __init__(self) -> None:
        self.registered: list[Registered] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if not args.typ.startswith("azure-native:"):
            return args.name, {}
        resource = Registered(args.typ, args.name, dict(args.inputs))
        self.registered.append(resource)
        return resource.id, TYPES[args.typ].outputs(resource.body)

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        assert args.token == "pulumi:pulumi:readStackResourceOutputs", "the components call nothing else"
        return {"outputs": {}}, []


class _Hooks:
    """Takes hooks and forgets them: Pulumi's mocks have no server that could call them."""

    def register_error_hook(self, hook: pulumi.ErrorHook) -> None: ...

    def register_resource_hook(self, hook: pulumi.ResourceHook) -> None: ...


def registered(stack: config.Stack) -> list[Registered]:
    """The resources of a stack, parents before children."""
    notes = _Notes()
    loop = asyncio.new_event_loop()  # the SDK asks for the current one, and other tests leave none
    asyncio.set_event_loop(loop)
    try:
        pulumi.runtime.set_mocks(notes, project="compute-gallery", stack="dev")
        settings.SETTINGS.callbacks = _Hooks()
        pulumi.runtime.test(lambda: build(stack) and None)()  # type: ignore[no-untyped-call]
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    return notes.registered
