"""Snapshots, as sources of single disks of image versions."""

from .disks import Disks


class Snapshots(Disks):
    """The same as a disk in all that matters here."""

    type = "Microsoft.Compute/snapshots"


TYPE = Snapshots()
