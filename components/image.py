"""An image definition with its versions."""

from __future__ import annotations

from datetime import UTC, datetime

import pulumi
from pulumi_azure_native import compute

import config
from config.azure import bodies
from config.azure.spelling import filled_in, spelled
from config.azure.view import View

from .access import access
from .checks import of_image, of_version
from .dependencies import VersionDependencies
from .guard import guard
from .inputs import Settings, arguments
from .options import child_options, component_options, name_in, protect_option
from .retries import retry_deletion
from .run import Run
from .settings import validated
from .verification import LookUps, verification


class ImageDefinition(pulumi.ComponentResource):
    """An image definition with its versions, from typed configuration, or from settings as a data file would hold them
    (`Settings`).

    Its gallery exists already, or is `gallery` where the same program makes it. `image_name` is its name in Azure, by
    default `name`; `dependencies` are what the program's versions wait for, `stack` the data file that it is from.
    Raises pulumi.RunError for invalid settings.
    """

    id: pulumi.Output[str]
    """The definition's ARM id; a machine created from it gets the version that `latest` means in its region."""

    versions: dict[str, pulumi.Output[str]]
    """The ARM ids of the versions, by version number."""

    views: dict[str, View]
    """The versions as Azure is to have them, by version number."""

    latest: str | None
    """The number of the version that `latest` means where no region is named; None where it means none."""

    latest_by_region: dict[str, str]
    """The same in each region, by the region's name; a region where it means none is left out."""

    def __init__(
        self,
        name: str,
        image: config.Image | Settings,
        *,
        gallery_name: pulumi.Input[str],
        resource_group_name: pulumi.Input[str],
        image_name: str | None = None,
        gallery: compute.Gallery | None = None,
        dependencies: VersionDependencies | None = None,
        stack: config.Stack | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("compute-gallery:index:ImageDefinition", name, None, component_options(opts))
        image_name = image_name or name
        if not isinstance(image, config.Image):
            image = validated(config.image, image_name, image, self)
        run = Run.current()
        protect = protect_option(image.protect, retired=image.retired)
        # An output that the program gives says nothing yet; then nothing is known of what is there.
        path = f"{gallery_name}/{image_name}" if isinstance(gallery_name, str) else ""
        gallery_name = name_in(gallery, gallery_name)
        check = of_image(run, name, path, image)
        definition = compute.GalleryImage(
            name,
            gallery_image_name=image_name,
            gallery_name=gallery_name,
            resource_group_name=resource_group_name,
            **arguments(spelled("image", check.held, bodies.image(image), new=check.new)),
            opts=child_options(
                self,
                gallery,
                protect=protect,
                before_update=guard(run, "guard-definition", check),
                on_error=retry_deletion(run),
            ),
        )
        self.id = definition.id
        dependencies = dependencies or VersionDependencies()
        look_ups, self.views = LookUps(self), {}
        versions: dict[str, compute.GalleryImageVersion] = {}
        for number in sorted(image.versions, key=config.version_order):
            version, child = image.versions[number], f"{name}/{number}"
            guarded, verified = of_version(run, name, path, number, image, stack, dependencies.creates, look_ups)
            held, body = guarded.held, bodies.version(version)
            versions[number] = compute.GalleryImageVersion(
                child,
                gallery_image_version_name=number,
                gallery_image_name=name_in(definition, image_name),
                gallery_name=gallery_name,
                resource_group_name=resource_group_name,
                **arguments(spelled("version", held, body, new=guarded.new)),
                opts=child_options(
                    self,
                    definition,
                    protect=protect_option(version.deletion_blocked(datetime.now(UTC)), retired=version.retired),
                    after=dependencies.of(version.source),
                    before_create=verification(run, f"verify-sources-{name}", verified),
                    before_update=guard(run, f"guard-{name}", guarded),
                    ignore_changes=filled_in(held, body),
                ),
            )
            dependencies.registered(child, version.source, versions[number])
            self.views[number] = guarded.wanted
            access(child, versions[number], version, parent=self, after=())
        access(name, definition, image, parent=self, after=list(versions.values()))
        self.versions = {number: version.id for number, version in versions.items()}
        self.latest, self.latest_by_region = image.latest(), image.latest_by_region
        self.register_outputs({"id": self.id})
