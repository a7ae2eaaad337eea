"""Time, computed from timestamps: nothing runs in the background.

A request stores what will be, and when; a GET shows how much of it is true by now. Durations are simulated seconds;
timestamps are real ones, so that processes with different speeds agree on what they read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Clock = Callable[[], float]


@dataclass(frozen=True)
class Timeline:
    """What happens to a resource.

    `activity` is Creating, Updating or Deleting until `ends`; with an `error` (`{code, message}`) it then has failed.
    `regions` holds the begin and the end of each region's replication, by display name.
    """

    activity: str
    ends: float
    error: dict[str, str] | None = None
    regions: dict[str, list[float]] = field(default_factory=dict)

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
        return display in self.regions and self.regions[display][1] <= now and self.error is None

    def replication_status(self, displays: list[str], now: float) -> dict[str, Any]:
        """The body of `$expand=ReplicationStatus` for these regions [S]."""
        failed = self.state(now) == "Failed"
        summary = [self._region(display, now, failed) for display in displays]
        done = all(entry["state"] == "Completed" for entry in summary)
        state = "Failed" if failed else "Completed" if done else "InProgress"
        return {"aggregatedState": state, "summary": summary}

    def _region(self, display: str, now: float, failed: bool) -> dict[str, Any]:
        if failed and self.error:
            return {"region": display, "state": "Failed", "details": self.error["message"], "progress": 0}
        begin, end = self.regions[display]
        if end <= now:
            return {"region": display, "state": "Completed", "details": "", "progress": 100}
        progress = min(99, max(0, int(100 * (now - begin) / (end - begin))))
        return {"region": display, "state": "Replicating", "details": "", "progress": progress}
