"""An image definition with its versions."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import compute

import config

from .access import access
from .options import component_options, name_of, within
from .version import image_version


class ImageDefinition(pulumi.ComponentResource):
    """An image definition as `config` describes it, and its versions.

    Its gallery exists already, or is `gallery` where the same program makes it.
    """

    id: pulumi.Output[str]
    """The definition's ARM id; a machine created from it gets the version that `latest` means in its region."""

    versions: dict[str, pulumi.Output[str]]
    """The ARM ids of the versions, by version number."""

    def __init__(
        self,
        name: str,
        image: config.Image,
        *,
        image_name: str,
        gallery_name: pulumi.Input[str],
        resource_group_name: pulumi.Input[str],
        gallery: compute.Gallery | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("compute-gallery:index:ImageDefinition", name, None, component_options(opts))
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
            opts=within(gallery, self, protect=image.protect, holds_others=True, guarded="definition"),
        )
        self.id = definition.id
        versions = {
            number: image_version(
                f"{name}/{number}",
                version,
                number=number,
                image_name=name_of(definition, image_name),
                gallery_name=gallery_name,
                resource_group_name=resource_group_name,
                opts=within(definition, self, protect=version.protect, guarded="version"),
            )
            for number, version in image.versions.items()
        }
        access(name, definition, image, parent=self, after=list(versions.values()))
        self.versions = {number: version.id for number, version in versions.items()}
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
