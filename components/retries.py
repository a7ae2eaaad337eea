"""Deletions that Azure refuses for a moment."""

from __future__ import annotations

import asyncio

import pulumi

from .run import Run

WAIT_SECONDS = (1, 2, 4, 8, 15, 15, 15)
"""Before each further try. Azure's answer lags behind by 10 to 20 seconds; a minute means that something is there."""


def retry_deletion(run: Run) -> pulumi.ErrorHook:
    """Tries again to delete a gallery or a definition that Azure still takes for full.

    For some 10 to 20 seconds after the last version is gone, deleting its definition is answered with 409
    CannotDeleteResource, as Azure Resource Manager's cache lags behind (azure-rest-api-specs issue 11559), and
    azure-native doesn't try again by itself. The engine calls hooks while the program runs: in `pulumi up`, and in
    `pulumi destroy --run-program`. The hook's name is in the state of existing stacks.
    """
    return run.error_hook("delete-again", _retry_deletion)


async def _retry_deletion(args: pulumi.ErrorHookArgs) -> bool:
    refused = args.failed_operation == "delete" and "CannotDeleteResource" in args.errors[0]
    if not refused or len(args.errors) > len(WAIT_SECONDS):
        return False
    await asyncio.sleep(WAIT_SECONDS[len(args.errors) - 1])
    return True
