"""Resource options that all components share."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi


def component_options(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """A caller's options for a component, whose resources then go without azure-native's aliases."""
    ours = pulumi.ResourceOptions(transformations=[_without_provider_aliases])
    return pulumi.ResourceOptions.merge(opts, ours)


def name_in(container: pulumi.Resource | None, name: pulumi.Input[str]) -> pulumi.Input[str]:
    """The name of what a resource lies in: known in every preview, and bound to `container` where the program makes it.

    With the plain string the engine would take the two for independent and replace a container alone, with all that
    Azure keeps in it; with the container's own output the preview would show an unknown.
    """
    return container.urn.apply(lambda _: name) if container else name


def child_options(
    component: pulumi.Resource,
    container: pulumi.Resource | None,
    *,
    protect: bool | None,
    after: Sequence[pulumi.Input[pulumi.Resource]] = (),
    before_create: pulumi.ResourceHook | None = None,
    before_update: pulumi.ResourceHook | None = None,
    on_error: pulumi.ErrorHook | None = None,
    ignore_changes: list[str] | None = None,
    replace_on_changes: list[str] | None = None,
    renamed_from: str | None = None,
) -> pulumi.ResourceOptions:
    """Options for a child of a component that lies in `container` in Azure: it comes after it and goes before it.

    Names are fixed, so what is replaced is deleted first.
    """
    return pulumi.ResourceOptions(
        parent=component,
        protect=protect,
        depends_on=[*([container] if container else ()), *after] or None,
        delete_before_replace=True,
        ignore_changes=ignore_changes,
        replace_on_changes=replace_on_changes,
        aliases=[pulumi.Alias(name=renamed_from)] if renamed_from else None,
        hooks=pulumi.ResourceHookBinding(
            before_create=[before_create] if before_create else None,
            before_update=[before_update] if before_update else None,
            on_error=[on_error] if on_error else None,
        ),
    )


def protect_option(protect: bool, *, retired: bool) -> bool | None:
    """Pulumi's `protect`: what isn't protected by its configuration is as its component is, unless it is retired."""
    return True if protect else False if retired else None


def _without_provider_aliases(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """Drops the aliases that azure-native's classes add, one for each API version that a type ever had.

    They serve programs that once used the versioned types, which these components never did, and they cost two thirds
    of a preview's time (measured on 1,203 resources: 37 s with them, 11.5 s without). A caller's own aliases stay.
    """
    opts = pulumi.ResourceOptions.merge(None, args.opts)
    aliases = opts.aliases if isinstance(opts.aliases, list) else []
    opts.aliases = [
        alias
        for alias in aliases
        if not (isinstance(alias, pulumi.Alias) and str(alias.type_).startswith("azure-native:"))
    ]
    return pulumi.ResourceTransformationResult(args.props, opts)
