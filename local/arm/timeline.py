"""Time, computed from timestamps: nothing runs in the background.

A request stores what will be, and when; a GET shows how much of it is true by now. Durations are simulated seconds;
timestamps are real ones, so that processes with different speeds agree on what they read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .regions import find

Clock = Callable[[], float]


@dataclass(frozen=True)
class Timeline:
    """What happens to a resource.

    `activity` is Creating, Updating or Deleting until `ends`; with an `error` (`{code, message}`) it then has failed.
    `regions` holds the begin and the end of each region's replication, by display name, and `failing` those that fail
    at their end; an `error` without any is that of what comes before the replication.
    """

    activity: str
    ends: float
    error: dict[str, str] | None = None
    regions: dict[str, list[float]] = field(default_factory=dict)
    failing: list[str] = field(default_factory=list)

    @property
    def unbuilt(self) -> bool:
        """Whether there is, or will be, nothing to replicate."""
        return self.error is not None and not self.failing

    def busy(self, now: float) -> bool:
        """Whether the activity is still under way."""
        return now < self.ends

    def deleting(self) -> bool:
        """Whether the resource is on its way out."""
        return self.activity == "Deleting"

    def state(self, now: float) -> str:
        """The provisioningState."""
        if self.busy(now) or self.deleting():
            return self.activity
        return "Failed" if self.error else "Succeeded"

    def replicated(self, display: str, now: float) -> bool:
        """Whether a region has its replicas."""
        there = display in self.regions and self.regions[display][1] <= now
        return there and display not in self.failing and not self.unbuilt

    def replication_status(self, displays: list[str], now: float) -> dict[str, Any]:
        """The body of `$expand=ReplicationStatus` for these regions: each by its name, and with details where there are
        any [W: azure-sdk-for-net's GalleryImageVersion_CRUD_Tests, GalleryApplicationVersion_CRUD_Tests, of completed
        ones; of others: S].
        """
        summary = [self._region(display, now) for display in displays]
        states = {entry["state"] for entry in summary}
        state = "InProgress" if "Replicating" in states else "Failed" if "Failed" in states else "Completed"
        return {"aggregatedState": state, "summary": summary}

    def _region(self, display: str, now: float) -> dict[str, Any]:
        begin, end = self.regions[display]
        found = find(display)
        region = found.name if found else display
        if self.error and self.unbuilt and not self.busy(now):
            text = f"Replication failed in this region due to '{self.error['message'].rstrip('.')}'"  # [D]
            return {"region": region, "state": "Failed", "details": text, "progress": 0}
        if display in self.failing and end <= now:
            text = "Failed with internal server error."  # [G]
            return {"region": region, "state": "Failed", "details": text, "progress": 0}
        if end <= now:
            return {"region": region, "state": "Completed", "progress": 100}
        progress = min(99, max(0, int(100 * (now - begin) / (end - begin))))
        return {"region": region, "state": "Replicating", "progress": progress}
