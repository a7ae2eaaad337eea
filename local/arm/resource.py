"""What the resource types have in common; each type is one file in `resources/` with a `TYPE` of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .errors import AzureError
from .filters import Filter
from .ids import ResourceId
from .regions import Region
from .shapes import Check, Json, dig, merge, without
from .store import Row, Transaction

_SOON, _LONGEST_WAIT = 0.5, 120.0  # real seconds


@dataclass(frozen=True)
class Disk:
    """A disk of a source: size in GB and host caching, None where the source does not say; LUN 0 for an OS disk."""

    size: int | None
    caching: str | None = None
    lun: int = 0


@dataclass(frozen=True)
class Facts:
    """What a source says about itself; None means that it doesn't say, and nothing is compared with that [I].

    `kind` is what it is in the words of the service, `security` the security type of what has a guest state. `flaw` is
    why nothing can be made from it, `failure` how a build from it fails.
    """

    kind: str = ""
    os_type: str | None = None
    os_state: str | None = None
    generation: str | None = None
    architecture: str | None = None
    security: str | None = None
    plan: Json | None = None
    os_disk: Disk = Disk(None)
    data_disks: tuple[Disk, ...] = ()
    encrypted: bool = False
    flaw: str | None = None
    failure: dict[str, str] | None = None


@dataclass(frozen=True)
class Change:
    """An accepted-so-far PUT or PATCH: the clean new properties, the stored resource if any, and the world around."""

    id: ResourceId
    api_version: str
    region: Region | None
    properties: Json
    row: Row | None
    tx: Transaction
    speed: float
    kinds: Mapping[str, ResourceType]
    beside: Json = field(default_factory=dict)
    """What the body holds beside its properties: tags, sku and the like."""

    @property
    def now(self) -> float:
        """The real time of the request, in seconds since 1970."""
        return self.tx.now

    @property
    def location(self) -> Region:
        """The region that the resource is in."""
        assert self.region, "the engine has checked the location of every type that has one"
        return self.region

    @property
    def old(self) -> Json:
        """The stored properties; empty on creation."""
        return self.row.properties if self.row else {}

    @property
    def parent(self) -> Row:
        """The stored parent resource."""
        parent = self.tx.find(self.id.parent.key) if self.id.parent else None
        assert parent, "the engine has checked that the parent exists"
        return parent

    def at(self, seconds: float) -> float:
        """The real time when so many simulated seconds have gone by."""
        return self.now + seconds / self.speed


@dataclass(frozen=True)
class Plan:
    """What a change leads to: the final properties, when they are reached, and how it fails if it does."""

    properties: Json
    ends: float
    error: dict[str, str] | None = None
    regions: dict[str, list[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """How a resource is looked at: when (real time), with what expanded, and by which api-version; `written` in the
    answer to a PUT or a PATCH."""

    now: float
    expand: frozenset[str]
    api_version: str
    written: bool = False


Action = Callable[[Row, Json, Transaction, float], Json]
"""What is done to a stored resource by a body, with the state and the speed at hand: its new properties."""


class ResourceType:
    """A resource type. Durations are simulated seconds.

    `noun` starts the paths in error texts; `members` are the properties, checked and canonicalised before `plan`,
    or None for a type that keeps whatever it is sent; `since` are those that came with a later api-version, as dotted
    paths: an older one neither takes nor shows them [W]; `envelope` are members beside them, apart from tags;
    `quota` is how many there may be in a region of a subscription; `actions` are what can be POSTed to; `views` are
    parts that can be read alone, as paths in the body that shows them when they are expanded; `source_for` says where
    the resource may be the source of an image version: "image", "disk", "blob" or nowhere. `oldest_api` is the first
    api-version; `created` the status of the answer to a PUT that creates one; `shows_deleted` whether the answer to a
    DELETE has a body; `filters` are the names that its lists can be narrowed by, in lower case (without any, a
    `$filter` is ignored).
    """

    type: ClassVar[str]
    noun: ClassVar[str] = "resource"
    members: ClassVar[Mapping[str, Check] | None] = None
    since: ClassVar[Mapping[str, str]] = {}
    envelope: ClassVar[Mapping[str, Check]] = {}
    verbs: ClassVar[frozenset[str]] = frozenset({"PUT", "PATCH", "GET", "HEAD", "DELETE"})
    actions: ClassVar[Mapping[str, Action]] = {}
    views: ClassVar[Mapping[str, str]] = {}
    quota: ClassVar[int | None] = None
    filters: ClassVar[frozenset[str]] = frozenset()
    oldest_api: ClassVar[str] = "2019-12-01"
    created: ClassVar[int] = 201
    shows_deleted: ClassVar[bool] = False
    located: ClassVar[bool] = True
    asynchronous: ClassVar[bool] = True
    change_seconds: ClassVar[float] = 0.3  # 0.1-0.5 s [W]
    delete_seconds: ClassVar[float] = 0.3
    source_for: ClassVar[str | None] = None

    def check_name(self, id_: ResourceId) -> None:
        """Raise AzureError for a name that the type does not allow."""

    def required(self, row: Row | None) -> tuple[str, ...]:
        """The members of `properties` that a request must have, on creation or for a stored resource."""
        return ()

    def patched(self, old: Json, sent: Json) -> Json:
        """The properties that a PATCH leads to; the rules are those of a PUT with them [I]."""
        return merge(old, sent)

    def owner(self, id_: ResourceId) -> ResourceId | None:
        """What must be there for this to be there."""
        return id_.above

    def find(self, id_: ResourceId, tx: Transaction) -> Row | None:
        """The resource of that id."""
        return tx.find(id_.key)

    def as_source(self, id_: ResourceId, tx: Transaction) -> Row | None:
        """The resource of that id, as the source of an image version."""
        return tx.find(id_.key)

    def listed(self, id_: ResourceId, tx: Transaction, terms: Filter, after: str, most: int) -> list[Row]:
        """What a list of this type shows, by key: at most so many, those after a key."""
        return tx.of_type(id_.parent.key if id_.parent else id_.scope.lower(), self.type, after, most)

    def check_delete(self, row: Row, tx: Transaction) -> None:
        """Raise AzureError when this resource must not be deleted now."""

    def on_delete(self, row: Row, tx: Transaction, ends: float, speed: float) -> None:
        """Keep what can be brought back of a resource whose deletion ends then."""

    def deleted(self, id_: ResourceId, tx: Transaction) -> Row | None:
        """What can be brought back under that id."""
        return None

    def restore(self, deleted: Row, sent: Json) -> Row:
        """The resource to bring back; raises AzureError when the request's body wants something else."""
        raise NotImplementedError

    def refuse_deleting(self, id_: ResourceId) -> AzureError:
        """The answer to a change of a resource that is being deleted [I]."""
        return another_operation(id_)

    def plan(self, change: Change) -> Plan:
        """Apply the type's rules to a change; raises AzureError for the first one that is broken."""
        return Plan(change.properties, change.at(self.change_seconds))

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """The resource as a GET shows it."""
        shown = {"name": id_.name, "id": row.id, "type": self.type, **row.body}
        newer = [path for path, since in self.since.items() if view.api_version < since]
        properties = without(row.properties, *newer)
        return {**shown, "properties": {**properties, "provisioningState": row.timeline.state(view.now)}}

    def facts(self, row: Row, tx: Transaction) -> Facts:
        """What an image version learns from this resource when it is its source."""
        return Facts()

    def available_in(self, row: Row, region: Region, now: float) -> bool:
        """Whether an image version in that region can use this resource as its source."""
        return bool(row.body["location"] == region.name) and not row.timeline.deleting()


class ExtensionType(ResourceType):
    """Something about another resource, a group or a subscription: without a location, and answered at once."""

    verbs = frozenset({"PUT", "GET", "DELETE"})
    located = False
    oldest_api = "2015-07-01"  # az's for locks is 2016-09-01 [C]
    asynchronous = False
    change_seconds = 0.0
    delete_seconds = 0.0

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """Without a provisioningState [S]."""
        shown = super().render(id_, row, view)
        return {**shown, "properties": row.properties}


def another_operation(id_: ResourceId, left: float = _SOON) -> AzureError:
    """Two operations at once on one resource; the code is one that clients retry [C], its use here is [I].

    The first one goes on for another `left` seconds. Clients are told to come back then, unless it is longer than
    azure-native would wait: what it does by itself, 20 s and more [C], has nothing to do with simulated time.
    """
    text = f"Another operation is in progress on '{id_.text}'. Please wait for it to finish and try again."
    wait = left if left <= _LONGEST_WAIT else _SOON
    return AzureError(409, "AnotherOperationInProgress", text, wait=wait)


class SourceType(ResourceType):
    """Something that image versions are made from: kept as sent, and answered at once."""

    asynchronous = False
    change_seconds = 0.0
    delete_seconds = 0.0


def text_at(body: Any, path: str) -> str | None:
    """A string somewhere in a body that was kept as sent; None for anything else."""
    found = dig(body, path)
    return found if isinstance(found, str) else None


def disk_at(body: Any) -> Disk:
    """A disk as virtual machines, managed images, disks and snapshots describe it."""
    return Disk(_whole(dig(body, "diskSizeGB")), text_at(body, "caching"), _whole(dig(body, "lun")) or 0)


def security_at(body: Any, path: str) -> str | None:
    """The security type of a machine or a disk, as image definitions name it; None where there is no guest state."""
    found = text_at(body, path) or ""
    if found.startswith("ConfidentialVM"):  # of a disk: how it is encrypted follows
        return "ConfidentialVM"
    return found if found == "TrustedLaunch" else None


def _whole(value: Any) -> int | None:
    """A number of GB or a LUN; `30.0` is one too, since some clients know no other kind of number."""
    return int(value) if isinstance(value, int | float) and 0 <= value < 10**6 and value == int(value) else None


def plan_at(body: Any, path: str) -> Json | None:
    """A marketplace plan somewhere in a body that was kept as sent."""
    found = dig(body, path)
    return found if isinstance(found, dict) and found else None


def disks_at(body: Any, path: str) -> tuple[Disk, ...]:
    """The data disks somewhere in a body that was kept as sent."""
    found = dig(body, path)
    return tuple(disk_at(disk) for disk in found) if isinstance(found, list) else ()
