"""A request that has passed the door, and the answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .filters import Filter
from .ids import ResourceId
from .resource import ResourceType
from .shapes import Json
from .store import Transaction


@dataclass(frozen=True)
class Call:
    """A request that has passed the door: who asks for what, in which version, and the state to answer it from."""

    kind: ResourceType
    id: ResourceId
    address: str
    api_version: str
    tx: Transaction
    speed: float
    parent_lag: float
    """Simulated seconds for which a parent can't be deleted after its last child has gone; some 10-20 on Azure [G]."""
    kinds: Mapping[str, ResourceType]
    body: bytes = b""
    expand: frozenset[str] = frozenset()
    after: str = ""
    """The key that a list goes on after."""
    bypasses_soft_delete: bool = False
    terms: Filter = field(default_factory=dict)
    """What a list is narrowed to."""

    @property
    def now(self) -> float:
        """The real time of the request."""
        return self.tx.now


@dataclass(frozen=True)
class Answer:
    """A response; no body at all when `body` is None."""

    status: int
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)
