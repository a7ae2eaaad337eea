"""What the configuration accepts, local Azure accepts: generated stacks, from the data file to the last body.

The two hold Azure's rules independently of each other (`config/` and `local/arm/`), so that each checks the other.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import config
from local import arm
from local.provider.client import ResourceManager

from .resources import SUBSCRIPTION, registered

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
COMPUTE = f"{GROUP}/sources/providers/Microsoft.Compute"
ACCOUNT = f"{GROUP}/sources/providers/Microsoft.Storage/storageAccounts/account"
BLOBS = "https://account.blob.core.windows.net/vhds"
API_VERSION = "2024-03-03"
SOURCES = Path(__file__).parent / "cases" / "everything" / "sources.yaml"

text = st.sampled_from(["a", "Text with spaces", "ümlaut", "https://example.com/x"])
tags = st.dictionaries(st.sampled_from(["team", "cost center", "Env"]), st.sampled_from(["", "a", "42"]), max_size=3)
dates = st.sampled_from(["2040-01-31", "2041-02-28T12:00:00Z", "2042-12-01T00:00:00+05:30"])
zonal = st.sampled_from(["Standard_LRS", "standard_zrs", "Premium_LRS", "PremiumV2_LRS"])
anywhere = st.sampled_from(["Standard_LRS", "premium_lrs"])
replicas = st.sampled_from([1, 2, 49, 50, 100])


def mapping(required: dict[str, Any] | None = None, **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required or {}, optional=optional)


def region(storage: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    sets = st.lists(mapping({"storageAccountType": anywhere, "replicas": replicas}), max_size=1)
    settings = mapping(
        replicas=replicas, storageAccountType=storage, excludeFromLatest=st.booleans(), additionalReplicaSets=sets
    )
    return st.none() | settings


spelt: dict[str, Any] = {"East US": zonal, "westus2": zonal, "WestEurope": zonal, "westus": anywhere}
regions = mapping({}, **{name: region(storage) for name, storage in spelt.items()}) | st.lists(
    st.sampled_from(["eastus", "westus2=2", "westeurope=1=standard_zrs", "West US=3=premium_lrs"]),
    unique=True,
    max_size=4,
)
edge_zones = st.dictionaries(
    st.sampled_from(["losangeles", "microsoftperth1"]),
    mapping({"region": st.just("westus")}, replicas=replicas, storageAccountType=st.just("StandardSSD_LRS")),
    max_size=1,
)
replication = mapping(replicas=replicas, storageAccountType=anywhere, regions=regions, edgeZones=edge_zones)


def encrypted(disks: dict[str, Any]) -> dict[str, Any]:
    """Regions in which the same disks are encrypted, each with a key of its own."""

    def keys(name: str) -> dict[str, Any]:
        keyed: dict[str, Any] = yaml.safe_load(
            yaml.safe_dump(disks).replace("KEY", f"{COMPUTE}/diskEncryptionSets/{name}")
        )
        return keyed

    return {"regions": {name: {"encryption": keys(name)} for name in ("eastus", "westus2")}}


encryption = st.sampled_from(
    [
        encrypted({"osDiskImage": {"diskEncryptionSetId": "KEY"}}),
        encrypted({"osDiskImage": {"diskEncryptionSetId": "KEY"}, "dataDiskImages": {0: "KEY"}}),
    ]
)

caching = st.sampled_from(["None", "readonly", "ReadWrite"])


def disk(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    one = st.sampled_from(
        [
            {"managedDisk": f"{COMPUTE}/disks/{kind}"},
            {"snapshot": f"{COMPUTE}/snapshots/{kind}"},
            {"vhd": {"uri": f"{BLOBS}/{kind}.vhd", "storageAccount": ACCOUNT}},
        ]
    )
    return st.builds(lambda source, rest: source | rest, one, mapping(hostCaching=caching))


disks = mapping({"os": disk("os")}, data=st.dictionaries(st.sampled_from([0, 7, 63]), disk("data"), max_size=1))
machine = st.just({"virtualMachine": f"{COMPUTE}/virtualMachines/machine"})
generalized = st.just({"managedImage": f"{COMPUTE}/images/image"}) | disks.map(lambda each: {"disks": each})

key = mapping({"type": st.sampled_from(["sha256", "x509"]), "value": st.just(["Zm9v"])})
security = mapping(
    {
        "uefiSettings": mapping(
            {"signatureTemplateNames": st.just(["MicrosoftUefiCertificateAuthorityTemplate"])},
            additionalSignatures=mapping(pk=key, kek=st.lists(key, max_size=2), db=st.lists(key, max_size=2)),
        )
    }
)


safety = mapping(allowDeletionOfReplicatedLocations=st.booleans(), blockDeletionBeforeEndOfLife=st.booleans())


def version(source: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return mapping(
        {"source": source},
        replication=replication | encryption,
        replicationMode=st.sampled_from(["Full", "Shallow"]),
        excludeFromLatest=st.booleans(),
        endOfLifeDate=dates,
        safetyProfile=safety,
        securityProfile=security,
        tags=tags,
        ownTags=tags,
        retired=st.booleans(),
    )


def image(number: int) -> st.SearchStrategy[dict[str, Any]]:
    def of(state: str, source: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        span = st.sampled_from([{"min": 1, "max": 8}, {"min": 4}, {"max": 64}, {"min": 2, "max": 2}])
        versions = mapping({"1.0.0": version(source)}, **{"1.0.1": version(source), "20.4.2147483647": version(source)})
        return mapping(
            {
                "osType": st.just("linux"),
                "osState": st.just(state),
                "identifier": st.just({"publisher": "p.1", "offer": "o_2", "sku": f"s-{number}"}),
                "versions": versions,
            },
            hyperVGeneration=st.sampled_from(["V1", "V2"]),
            architecture=st.sampled_from(["x64", "Arm64"]),
            recommended=mapping(vCPUs=span, memory=span),
            disallowedDiskTypes=st.sampled_from([[], ["Standard_LRS"], ["Premium_LRS", "StandardSSD_LRS"]]),
            description=text,
            eula=text,
            privacyStatementUri=text,
            releaseNoteUri=text,
            endOfLifeDate=dates,
            features=mapping(
                SecurityType=st.sampled_from(["Standard", "TrustedLaunchSupported", "trustedlaunch", "ConfidentialVM"]),
                IsAcceleratedNetworkSupported=st.booleans(),
                IsHibernateSupported=st.booleans(),
                DiskControllerTypes=st.sampled_from([["SCSI"], ["NVMe", "SCSI"]]),
                other=st.sampled_from([{}, {"IsNewSupported": "True"}]),
            ),
            tags=tags,
            ownTags=tags,
            safetyProfile=safety,
            replication=replication,
            roleAssignments=roles,
            locks=locks,
        )

    return of("specialized", machine) | of("Generalized", generalized)


roles = st.dictionaries(
    st.sampled_from(["readers", "b"]),
    mapping(
        {
            "principalId": st.sampled_from([f"{digit * 8}-1111-1111-1111-111111111111" for digit in "123"]),
            "principalType": st.sampled_from(["User", "group", "ServicePrincipal"]),
            "role": st.sampled_from(["Reader", "Compute Gallery Sharing Admin"]),
        },
        description=text,
    ),
    max_size=2,
)
locks = st.dictionaries(st.just("keep"), mapping({"level": st.sampled_from(["CanNotDelete", "ReadOnly"])}, notes=text))
sharing = st.sampled_from(
    [
        {"permissions": "Private"},
        {"permissions": "groups"},
        {
            "permissions": "Community",
            "communityGalleryInfo": {
                "publisherUri": "https://example.com",
                "publisherContact": "images@example.com",
                "eula": "https://example.com/eula",
                "publicNamePrefix": "example1",
            },
        },
    ]
)
gallery = mapping(
    {"images": mapping({"first": image(1)}, **{"second-image": image(2)})},
    description=text,
    tags=tags,
    ownTags=tags,
    replication=replication,
    sharingProfile=sharing,
    softDeletePolicy=mapping({"isSoftDeleteEnabled": st.booleans()}),
    identity=st.just({"type": "SystemAssigned"}),
    roleAssignments=roles,
    locks=locks,
)
stacks = mapping(
    {
        "location": st.sampled_from(["eastus", "East US"]),
        "resourceGroup": st.just({"name": "galleries", "create": True}),
        "galleries": mapping({"first.gallery": gallery}, second_1=gallery),
    },
    tags=tags,
    protect=st.booleans(),
    replication=replication,
)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("azure")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=stacks)
def test_local_azure_accepts_what_the_configuration_accepts(homes: Path, data: dict[str, Any]) -> None:
    (homes / "galleries").mkdir(exist_ok=True)
    (homes / "galleries" / "dev.yaml").write_text(yaml.safe_dump(data))
    checked = config.check("dev", homes)
    event("accepted" if checked.stack else "refused")
    assume(checked.stack)
    assert checked.stack

    resources = registered(checked.stack)

    asyncio.run(_put(resources, homes / "home"))


async def _put(resources: list[Any], home: Path) -> None:
    """Makes everything, in the engine's order, and takes it away again."""
    async with arm.serve(home, speed=1e9) as address, ResourceManager(address, arm.authority(home)) as cloud:
        if await cloud.get(f"{GROUP}/sources", API_VERSION) is None:
            for id, body in yaml.safe_load(SOURCES.read_text()).items():
                await cloud.put(id, API_VERSION, body)
        try:
            for resource in resources:
                made = await cloud.put(resource.id, API_VERSION, resource.body)
                assert made.get("properties", {}).get("provisioningState", "Succeeded") == "Succeeded", resource
        finally:
            for resource in resources:
                if "/locks/" in resource.id:
                    await cloud.delete(resource.id, API_VERSION)
            await cloud.delete(f"{GROUP}/galleries", API_VERSION)
