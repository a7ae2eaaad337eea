"""An image definition with its versions."""

from __future__ import annotations

from datetime import UTC, datetime

import pulumi
from pulumi_azure_native import compute

import config

from .access import access
from .guard import definition_guard, version_guard
from .inputs import Settings
from .options import component_options, name_of, protected, within
from .order import Order
from .settings import typed
from .sources import verification
from .version import image_version


class ImageDefinition(pulumi.ComponentResource):
    """An image definition with its versions, from typed configuration, or from settings as a data file would hold them
    (`Settings`).

    Its gallery exists already, or is `gallery` where the same program makes it. `image_name` is its name in Azure, by
    default `name`; `order` is what the program's versions wait for. Raises pulumi.RunError for settings with mistakes.
    """

    id: pulumi.Output[str]
    """The definition's ARM id; a machine created from it gets the version that `latest` means in its region."""

    versions: dict[str, pulumi.Output[str]]
    """The ARM ids of the versions, by version number."""

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
        order: Order | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("compute-gallery:index:ImageDefinition", name, None, component_options(opts))
        image_name = image_name or name
        if not isinstance(image, config.Image):
            image = typed(config.image, image_name, image, self)
        order = order or Order()
        protect = protected(image.protect, retired=image.retired)
        definition = compute.GalleryImage(
            name,
            gallery_image_name=image_name,
            gallery_name=gallery_name,
            resource_group_name=resource_group_name,
            location=image.location.name,
            os_type=compute.OperatingSystemTypes(image.os_type),
            os_state=compute.OperatingSystemStateTypes(image.os_state),
            hyper_v_generation=image.hyper_v_generation,
            architecture=image.architecture,
            identifier=compute.GalleryImageIdentifierArgs(
                publisher=image.identifier.publisher, offer=image.identifier.offer, sku=image.identifier.sku
            ),
            purchase_plan=_purchase_plan(image.purchase_plan),
            recommended=_recommended(image.recommended),
            features=[
                compute.GalleryImageFeatureArgs(
                    name=feature.name, value=feature.value, starts_at_version=feature.starts_at_version
                )
                for feature in (image.features.sent if image.features else ())
            ]
            or None,
            allow_update_image=image.allow_update_image,
            # Azure takes an empty object for a change, and never echoes it.
            disallowed=compute.DisallowedArgs(disk_types=image.disallowed_disk_types)
            if image.disallowed_disk_types
            else None,
            description=image.description,
            eula=image.eula,
            privacy_statement_uri=image.privacy_statement_uri,
            release_note_uri=image.release_note_uri,
            end_of_life_date=config.azure_date(image.end_of_life_date) if image.end_of_life_date else None,
            tags=image.tags or None,
            opts=within(gallery, self, protect=protect, holds_others=True, before_update=definition_guard()),
        )
        self.id = definition.id
        verify, guard = verification(image, order.makes, self, name), version_guard(image, name)
        versions: dict[str, compute.GalleryImageVersion] = {}
        for number in sorted(image.versions, key=config.version_order):
            version = image.versions[number]
            kept = version.kept(datetime.now(UTC))
            versions[number] = image_version(
                f"{name}/{number}",
                version,
                number=number,
                image_name=name_of(definition, image_name),
                gallery_name=gallery_name,
                resource_group_name=resource_group_name,
                opts=within(
                    definition,
                    self,
                    protect=protected(kept, retired=version.retired),
                    after=order.before(version.source),
                    before_create=verify,
                    before_update=guard,
                ),
            )
            order.made(f"{name}/{number}", version.source, versions[number])
        access(name, definition, image, parent=self, protect=protect, after=list(versions.values()))
        self.versions = {number: version.id for number, version in versions.items()}
        self.latest, self.latest_by_region = image.latest(), image.latest_by_region
        self.register_outputs({"id": self.id})


def _purchase_plan(plan: config.PurchasePlan | None) -> compute.ImagePurchasePlanArgs | None:
    if plan is None:
        return None
    return compute.ImagePurchasePlanArgs(name=plan.name, publisher=plan.publisher, product=plan.product)


def _recommended(recommended: config.Recommended | None) -> compute.RecommendedMachineConfigurationArgs | None:
    if recommended is None:
        return None
    vcpus, memory = recommended.vcpus, recommended.memory
    return compute.RecommendedMachineConfigurationArgs(
        v_cpus=compute.ResourceRangeArgs(min=vcpus.min, max=vcpus.max) if vcpus else None,
        memory=compute.ResourceRangeArgs(min=memory.min, max=memory.max) if memory else None,
    )
