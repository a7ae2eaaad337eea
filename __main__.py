"""The program that `pulumi up` runs: load the stack's configuration, build its resources, export what others need."""

import sys
from pathlib import Path

import pulumi

import components
import config

components.prepare()
try:
    stack = config.load(pulumi.get_stack(), Path(__file__).parent)
except config.ConfigError as error:
    pulumi.log.error(str(error))
    sys.exit(32)  # the language host's own status for "the user has been told"

for warning in stack.warnings:
    pulumi.log.warn(str(warning))


async def main() -> pulumi.Inputs:
    """Judges the change, builds the stack, and tells what came of it."""
    try:
        await components.judge(stack)
    except components.Refused as refused:
        pulumi.log.error(str(refused))
        sys.exit(32)
    return await components.outputs(components.build(stack))


pulumi.run(main)
