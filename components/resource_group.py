"""The resource group that a stack's galleries are put in, where the stack is to make it."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import resources

import config
from config.azure import bodies

from .inputs import arguments
from .options import component_options
from .run import Run


def resource_group(run: Run, group: config.NewResourceGroup) -> resources.ResourceGroup:
    """A resource group. Deleting it would delete whatever else is in it, so a protected gallery's is protected."""
    return resources.ResourceGroup(
        group.name,
        resource_group_name=group.name,
        **arguments(bodies.resource_group(group, run.state.view("resource group", group.name))),
        opts=component_options(pulumi.ResourceOptions(protect=group.protect, delete_before_replace=True)),
    )
