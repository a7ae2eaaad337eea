"""Whom a gallery is shared with, beside those who have a role on it: a resource of the stack's own.

azure-native has none: Azure takes it from its share action alone. What the action does is in `cloud.sharing`; here is
what people are told before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pulumi
import pulumi.dynamic

import config
from cloud.sharing_provider import SharingProvider
from config.azure.bodies import Body
from config.azure.sharing import Shared, public_name

from .look_up import look_up
from .options import child_options
from .run import Problem, Run


class GallerySharing(pulumi.dynamic.Resource, module="compute-gallery", name="GallerySharing"):
    """Whom a gallery is shared with; a private gallery has none. Its type and its name are in people's states."""

    unfinished: pulumi.Output[str | None]
    """Where Azure has failed to share it, in words; None where it hasn't."""


@dataclass(frozen=True)
class Withdrawal:
    """A gallery that is shared: whom it is to be shared with, and what is known about whom it was shared with before.

    `name` is the gallery's logical name, `held` what the state has, and `actual` asks Azure, where the state has the
    gallery but doesn't know whom it is shared with. `allowed` is whether the data file permits that somebody loses
    access, `declare` how it would.
    """

    name: str
    held: Shared | None
    wanted: Shared
    actual: Callable[[], Awaitable[Shared]] | None
    protect: bool
    allowed: bool
    declare: str

    async def refusals(self) -> list[Problem]:
        try:
            return self.judge(await self.before(), self.wanted)[0]
        except LookupError as error:
            return [Problem(self.name, "", f"it can't be looked up whom Azure shares it with ({error})")]

    def losses(self) -> list[Problem]:
        return self.judge(self.held, self.wanted)[1] if self.held else []

    async def before(self) -> Shared:
        """Whom it is shared with now. Raises LookupError where nobody tells."""
        return self.held if self.held is not None else await self.actual() if self.actual else Shared()

    def judge(self, old: Shared, new: Shared) -> tuple[list[Problem], list[Problem]]:
        """What the data file has to permit first, and what people are told in any case."""
        gone = old - new
        if not gone:
            return [], []
        sentence = f"it would withdraw access from {gone.in_words}"
        if self.protect and not self.allowed:
            told = f"{sentence}; it is protected: write {self.declare} if that is meant"
            return [Problem(self.name, "", told)], []
        return [], [Problem(self.name, "", sentence)]


def sharing(
    name: str,
    gallery_name: pulumi.Input[str],
    gallery: pulumi.CustomResource,
    wanted: Body,
    withdrawal: Withdrawal,
    *,
    run: Run,
    parent: pulumi.Resource,
    protect: bool | None,
) -> GallerySharing:
    """The resource that shares `gallery`, whose logical name is `name`; `wanted` is the body for the share action."""
    run.checks["update", "sharing", f"{name}/sharing"] = withdrawal
    props = {"galleryId": gallery.id, "galleryName": gallery_name, **wanted, "unfinished": None}
    resource = GallerySharing(
        SharingProvider(),
        f"{name}/sharing",
        props,
        child_options(
            parent,
            gallery,
            protect=protect,
            before_create=run.resource_hook("tell-sharing", _hook(run, created=True)),
            before_update=run.resource_hook("guard-sharing", _hook(run, created=False)),
        ),
    )
    if not pulumi.runtime.is_dry_run():
        resource.unfinished.apply(lambda where: _fail(name, where, resource))
    return resource


def withdrawal(
    run: Run, component: pulumi.Resource, name: str, gallery_name: str, gallery: config.Gallery, stack: config.Stack | None
) -> Withdrawal:
    """What has to be known about a gallery that is to be shared."""
    state, id = run.state.view("sharing", gallery_name), run.state.id("gallery", gallery_name)
    held = None if state is None else Shared.of_inputs(state.inputs)
    looked_up: list[asyncio.Future[Shared]] = []

    async def actual() -> Shared:
        if not looked_up:
            looked_up.append(asyncio.ensure_future(_look_up(str(id), component)))
        return await looked_up[0]

    return Withdrawal(
        name,
        held,
        Shared.of_profile(gallery.sharing_profile),
        actual if id else None,
        gallery.protect,
        stack is not None and stack.allows_loss(gallery_name, "access"),
        f"allowLosses: {{{gallery_name}: [access]}}" if stack else "protect: false on it",
    )


def _hook(run: Run, created: bool) -> pulumi.ResourceHookFunction:
    async def tell(args: pulumi.ResourceHookArgs) -> None:
        each = run.checks["update", "sharing", args.name]
        assert isinstance(each, Withdrawal)
        new = Shared.of_inputs(args.new_inputs or {})
        try:
            old = await each.before() if created else Shared.of_inputs(args.old_inputs or {})
        except LookupError:
            await run.refuse(await each.refusals())
            raise
        told, warned = each.judge(old, new)
        if (new - old).public:
            warned.append(Problem(each.name, "", "everybody gets access to its images"))
        run.warn(warned)
        await run.refuse(told)

    return tell


async def _look_up(id: str, component: pulumi.Resource) -> Shared:
    """Whom Azure shares a gallery with."""
    parsed = config.ids.ResourceId.parse(id)
    assert parsed, "the id of a gallery in the state"
    arguments = {
        "subscriptionId": parsed.subscription,
        "resourceGroupName": parsed.group,
        "galleryName": parsed.names[0],
        "expand": "SharingProfile/Groups",
    }
    return Shared.of_answer(await look_up("azure-native:compute:getGallery", arguments, component))


def _fail(name: str, unfinished: str | None, resource: pulumi.Resource) -> None:
    if unfinished:
        pulumi.log.error(f"{name}: sharing it {unfinished}; the next `pulumi up` tries again", resource)
