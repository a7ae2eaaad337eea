"""What one run of a program shares: its hooks, the state that it began with, and what people were told already."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol
from weakref import WeakKeyDictionary

import pulumi

import config
from config.azure.words import AS_TOLD

from .state import State


class Problem(NamedTuple):
    """What is wrong with a resource: `holder` is a gallery or an image, `version` one of its versions or empty."""

    holder: str
    version: str
    sentence: str


class Check(Protocol):
    """What a run finds out about one of its resources before it is made or changed."""

    async def refusals(self) -> list[Problem]:
        """What Azure would refuse, by all that is known already."""

    def losses(self) -> list[Problem]:
        """What Azure would do, and people may regret."""


class Run:
    """One run of a program.

    The engine takes each name of a hook once. It stops at the first refusal or two, and people want to see all that is
    wrong at once: so whoever refuses tells what the checks of all others find, each sentence once.
    """

    def __init__(self) -> None:
        self.checks: dict[tuple[str, str, str], Check] = {}
        """By operation, kind and logical name."""
        self._resource_hooks: dict[str, pulumi.ResourceHook] = {}
        self._error_hooks: dict[str, pulumi.ErrorHook] = {}
        self._told: set[tuple[str, str]] = set()

    @classmethod
    def current(cls) -> Run:
        """The run that is going on; without an engine, a new one."""
        root = pulumi.runtime.get_root_resource()
        if root is None:
            return cls()
        if root not in _RUNS:
            _RUNS[root] = cls()
        return _RUNS[root]

    @cached_property
    def state(self) -> State:
        """The engine's state of the stack, as it was when it was first asked for."""
        return State()

    def resource_hook(self, name: str, callback: pulumi.ResourceHookFunction) -> pulumi.ResourceHook:
        """The hook of that name, which runs in previews, too."""
        if name not in self._resource_hooks:
            options = pulumi.ResourceHookOptions(on_dry_run=True)
            self._resource_hooks[name] = pulumi.ResourceHook(name, callback, options)
        return self._resource_hooks[name]

    def error_hook(self, name: str, callback: pulumi.ErrorHookFunction) -> pulumi.ErrorHook:
        """The hook of that name."""
        if name not in self._error_hooks:
            self._error_hooks[name] = pulumi.ErrorHook(name, callback)
        return self._error_hooks[name]

    async def refuse(self, problems: Sequence[Problem]) -> None:
        """Raises pulumi.RunError with these problems, and with all that other checks find; without any, doesn't."""
        if problems:
            lines = await self.tell(problems)
            first = subject(problems[0].holder, [problems[0].version])
            raise pulumi.RunError("\n".join(lines) or f"{first}: {AS_TOLD}")

    async def tell(self, problems: Sequence[Problem]) -> list[str]:
        """These problems and those that all checks find, a line for each that wasn't told yet."""
        found = await asyncio.gather(*(check.refusals() for check in self.checks.values()))
        return self._news([*problems, *(each for several in found for each in several)])

    def warn(self, losses: Sequence[Problem]) -> None:
        """Tells these losses, each with all versions of an image that have it."""
        if losses:
            found = [each for check in self.checks.values() for each in check.losses()]
            alike = {(each.holder, each.sentence) for each in losses}
            for line in self._news([*losses, *(each for each in found if (each.holder, each.sentence) in alike)]):
                pulumi.log.warn(line)

    def _news(self, problems: Iterable[Problem]) -> list[str]:
        """A line for each problem that wasn't told yet; versions of an image share one."""
        versions: dict[tuple[str, str], dict[str, None]] = {}
        for each in problems:
            versions.setdefault((each.holder, each.sentence), {})[each.version] = None
        news = {key: each for key, each in versions.items() if key not in self._told}
        self._told.update(news)
        return [f"{subject(holder, [*each])}: {sentence}" for (holder, sentence), each in news.items()]


def subject(holder: str, versions: Sequence[str]) -> str:
    """A gallery, an image, or versions of it, in words."""
    numbers = sorted(filter(None, versions), key=config.version_order)
    match numbers:
        case []:
            return holder
        case [number]:
            return f"{holder}/{number}"
        case _ if len(numbers) > MANY:
            return f"{holder}, {len(numbers)} versions ({numbers[0]} to {numbers[-1]})"
    return f"{holder} {', '.join(numbers[:-1])} and {numbers[-1]}"


MANY = 6
"""Versions that are listed one by one."""

_RUNS: WeakKeyDictionary[pulumi.Resource, Run] = WeakKeyDictionary()
