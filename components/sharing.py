"""Whom a gallery is shared with, beside those who have a role on it: a resource of the stack's own.

azure-native has none: Azure takes it from its share action alone, which `cloud.sharing` does. Here is what people are
told before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pulumi
import pulumi.dynamic

import config
from cloud.sharing_provider import SharingProvider
from config.azure.sharing import Shared, public_name
from config.ids import ResourceId

from .look_up import look_up
from .options import child_options, name_in
from .run import Problem, Run


class GallerySharing(pulumi.dynamic.Resource, module="compute-gallery", name="GallerySharing"):
    """Whom a gallery is shared with; a private gallery has none. Its type and its name are in people's states."""

    unfinished: pulumi.Output[str | None]
    """Where Azure has failed to share it, in words; None where it hasn't."""


@dataclass(frozen=True)
class Access:
    """Who has access to a gallery by its being shared, and who is to have it.

    `name` is the gallery's logical name and `gallery_name` that in Azure; `component` is asked for a provider, if there
    is one, and `stack` is the data file that it is from.
    """

    run: Run
    name: str
    gallery_name: str
    gallery: config.Gallery
    component: pulumi.Resource | None
    stack: config.Stack | None

    async def refusals(self) -> list[Problem]:
        try:
            return self.judge(await self.before())[0]
        except LookupError as error:
            return [Problem(self.name, "", f"whom Azure shares it with can't be looked up: {error}")]

    def losses(self) -> list[Problem]:
        return self.judge(self._held)[1] if self._held else []

    @property
    def resource(self) -> str:
        """The logical name of what shares the gallery."""
        return f"{self.name}/sharing"

    @property
    def wanted(self) -> Shared:
        return Shared.of_profile(self.gallery.sharing_profile)

    async def before(self) -> Shared:
        """Who has access now: by the state, else by Azure, where the gallery is there. Raises LookupError where nobody
        tells.
        """
        if self._held is not None:
            return self._held
        return await self._looked_up if self._id else Shared()

    def judge(self, before: Shared) -> tuple[list[Problem], list[Problem]]:
        """What the data file has to permit first, and what people are told in any case."""
        told, warned = [], []
        if gone := before - self.wanted:
            sentence = f"it would withdraw access from {gone.in_words}"
            if self.gallery.protect and not (self.stack and self.stack.allows_loss(self.gallery_name, "access")):
                declare = f"allowLosses: {{{self.gallery_name}: [access]}}" if self.stack else "protect: false on it"
                told.append(f"{sentence}; it is protected: write {declare} if that is meant")
            else:
                warned.append(sentence)
        if (self.wanted - before).public:
            there = self.run.state.view("gallery", self.gallery_name)
            known = public_name(there.inputs) if there else ""
            warned.append(f"everybody would get access to its images{known and f', under the name {known}'}")
        return [Problem(self.name, "", each) for each in told], [Problem(self.name, "", each) for each in warned]

    @cached_property
    def _held(self) -> Shared | None:
        """By the state; None where the state doesn't know, as before the first update with this resource."""
        return self.run.state.shared.get(self.gallery_name.casefold())

    @cached_property
    def _id(self) -> str | None:
        return self.run.state.id("gallery", self.gallery_name)

    @cached_property
    def _looked_up(self) -> asyncio.Future[Shared]:
        return asyncio.ensure_future(self._look_up(ResourceId.parse(str(self._id))))

    async def _look_up(self, id: ResourceId | None) -> Shared:
        assert id, "the state holds Azure's own ids"
        of = {"subscriptionId": id.subscription, "resourceGroupName": id.group, "galleryName": id.names[0]}
        arguments = {**of, "expand": "SharingProfile/Groups"}
        return Shared.of_answer(await look_up("azure-native:compute:getGallery", arguments, self.component))


def sharing(
    access: Access, gallery: pulumi.CustomResource, *, parent: pulumi.Resource, protect: bool | None
) -> GallerySharing:
    """What shares a gallery that isn't private."""
    of = {"galleryId": gallery.id, "galleryName": name_in(gallery, access.gallery_name)}
    hook = access.run.resource_hook("guard-sharing", _before(access.run))
    return GallerySharing(
        SharingProvider(),
        access.resource,
        {**of, **access.wanted.inputs, "unfinished": None},
        child_options(parent, gallery, protect=protect, before_create=hook, before_update=hook),
    )


def fail_unfinished(name: str, resource: GallerySharing, others: Sequence[pulumi.Output[str]]) -> None:
    """Lets the update fail where Azure has failed to share the gallery, when all else in the gallery is done.

    Were it the resource that fails, the state wouldn't hold what Azure has taken.
    """

    def tell(found: Sequence[str | None]) -> None:
        if found[0]:
            raise pulumi.RunError(f"{name}: sharing it {found[0]}; the next `pulumi up` tries again")

    if not pulumi.runtime.is_dry_run():
        pulumi.Output.all(resource.unfinished, *others).apply(tell)


def _before(run: Run) -> pulumi.ResourceHookFunction:
    """Before the creation and before an update."""

    async def before(args: pulumi.ResourceHookArgs) -> None:
        access = run.checks["update", "sharing", args.name]
        assert isinstance(access, Access)
        if unfinished := (args.old_outputs or {}).get("unfinished"):
            run.warn([Problem(access.name, "", f"sharing it {unfinished}, and is tried again")])
        if not (told := await access.refusals()):
            run.warn(access.judge(await access.before())[1])
        await run.refuse(told)

    return before
