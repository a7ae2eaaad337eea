"""What the configuration accepts, local Azure accepts: generated stacks, from the data file to the last body.

The two hold Azure's rules independently of each other (`config/` and `local/arm/`), so that each checks the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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
SOURCES = [Path(__file__).parent / "cases" / "everything" / "sources.yaml", Path(__file__).with_name("seeds.yaml")]

text = st.sampled_from(["a", "Text with spaces", "ümlaut", "https://example.com/x"])


def mostly(*usual: Any, rarely: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """A value, now and then one that is refused somewhere: one in ten."""
    return often(st.sampled_from(usual), st.sampled_from(rarely))


def often(usual: st.SearchStrategy[Any], rare: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The one nine times out of ten, else the other."""
    return st.integers(0, 9).flatmap(lambda dice: usual if dice < 9 else rare)


license = mostly("a", "https://example.com/e", rarely=("https://account.blob.core.windows.net/e?sv=1&sig=none",))
tag = mostly("team", "cost center", "Env", "__mine", "azure-made", rarely=("Team", "a/b"))
tags = st.dictionaries(tag, st.sampled_from(["", "a", "42"]), max_size=3)
dates = st.sampled_from(
    ["2040-01-31", "2041-02-28T12:00:00Z", "2042-12-01T00:00:00+05:30", "2043-01-01 10:00:00.1234567-0700"]
)
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


def confidential(kind: str, *regions: str) -> dict[str, Any]:
    """Regions with an encryption for confidential machines."""
    key = {"secureVMDiskEncryptionSetId": f"{COMPUTE}/diskEncryptionSets/eastus"} if kind == "EncryptedWithCmk" else {}
    profile = {"confidentialVMEncryptionType": kind, **key}
    return {"regions": {name: {"encryption": {"osDiskImage": {"securityProfile": profile}}} for name in regions}}


secure = mostly(
    confidential("EncryptedWithPmk", "eastus"),
    confidential("EncryptedWithCmk", "East US"),
    confidential("NonPersistedTPM", "eastus", "westus2"),
    rarely=(
        confidential("EncryptedVMGuestStateOnlyWithPmk", "eastus", "westus2"),
        confidential("EncryptedWithPmk", "westus2"),
        {"regions": ["eastus"]},
    ),
)

caching = st.sampled_from(["None", "readonly", "ReadWrite"])


def blob(name: str) -> st.SearchStrategy[dict[str, Any]]:
    hosts = mostly("account.blob.core.windows.net", "images.example.com", rarely=("other.blob.core.windows.net",))
    return hosts.map(lambda host: {"vhd": {"uri": f"https://{host}/vhds/{name}.vhd", "storageAccount": ACCOUNT}})


def disk(name: str) -> st.SearchStrategy[dict[str, Any]]:
    one = st.sampled_from([{"managedDisk": f"{COMPUTE}/disks/{name}"}, {"snapshot": f"{COMPUTE}/snapshots/{name}"}])
    return st.builds(lambda source, rest: source | rest, one | blob(name), mapping(hostCaching=caching))


def disks_of(os: Callable[[str], st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return mapping({"os": os("os")}, data=st.dictionaries(st.sampled_from([0, 7, 63]), disk("data"), max_size=1))


disks = disks_of(disk)


def sources(state: str, generation: str, architecture: str, kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """All kinds of source that can fit an image, as far as nobody has to look at them, mostly of its security type."""
    name = "virtualMachines/machine" if state == "Specialized" else "images/image"
    machine = st.just({"virtualMachine" if state == "Specialized" else "managedImage": f"{COMPUTE}/{name}"})
    seed = f"{COMPUTE}/galleries/seeds/images/{state}-{generation}-{architecture}/versions/1.0.0"
    single = disks.map(lambda each: {"disks": each})
    anything = machine | st.just({"imageVersion": seed}) | single
    if kind == "ConfidentialVM":
        return often(single if state == "Generalized" else machine | single, anything)
    if kind.endswith("upported"):
        return often(st.just({"imageVersion": seed}) | disks_of(blob).map(lambda each: {"disks": each}), anything)
    return anything


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


def version(source: st.SearchStrategy[Any], kind: str) -> st.SearchStrategy[dict[str, Any]]:
    usual, other = (
        (secure, replication | encryption) if kind == "ConfidentialVM" else (replication | encryption, secure)
    )
    return mapping(
        {"source": source} | ({"replication": often(usual, other)} if kind == "ConfidentialVM" else {}),
        **({"replication": often(usual, other)} if kind != "ConfidentialVM" else {}),
        replicationMode=mostly("Full", rarely=("Shallow",)),
        excludeFromLatest=st.booleans(),
        endOfLifeDate=dates,
        safetyProfile=safety,
        securityProfile=security,
        tags=tags,
        ownTags=tags,
        retired=st.booleans(),
    )


TYPES = (
    "TrustedLaunch",
    "trustedLaunchSupported",
    "ConfidentialVM",
    "ConfidentialVMSupported",
    "TrustedLaunchAndConfidentialVmSupported",
)


@st.composite
def image(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """An image definition with versions: of generation 2 mostly where it says something that needs it."""
    state = draw(st.sampled_from(["Specialized", "Generalized"]))
    kind = draw(st.sampled_from([None, "Standard", *TYPES]))
    architecture = draw(mostly("x64", rarely=("Arm64",)) if "onf" in str(kind) else st.sampled_from(["x64", "Arm64"]))
    controllers = draw(st.sampled_from([None, ["SCSI"], ["NVMe", "SCSI"]]))
    modern = kind in TYPES or architecture == "Arm64" or controllers
    generation = draw(mostly("V2", rarely=("V1",)) if modern else st.sampled_from(["V1", "V2"]))
    since = draw(mostly(None, rarely=({"value": kind, "startsAtVersion": "20.0.0"},))) if kind else None
    features = {"SecurityType": since or kind, "DiskControllerTypes": controllers}
    each = version(sources(state, generation, architecture, kind or "Standard"), kind or "Standard")
    span = st.sampled_from([{"min": 1, "max": 8}, {"min": 4}, {"max": 64}, {"min": 2, "max": 2}])
    given = {
        "osType": "linux",
        "osState": state,
        "hyperVGeneration": generation,
        "architecture": architecture,
        "identifier": {"publisher": "p.1", "offer": "o_2", "sku": f"s-{number}"},
        "location": "eastus",  # where the sources are
    }
    return given | draw(
        mapping(
            {
                "versions": mapping({"1.0.0": each}, **{"20.4.2147483647": each}),
                "features": mapping(
                    {key: st.just(value) for key, value in features.items() if value},
                    IsAcceleratedNetworkSupported=st.booleans(),
                    IsHibernateSupported=st.booleans(),
                    other=st.sampled_from([{}, {"IsNewSupported": "True"}]),
                ),
            },
            recommended=mapping(vCPUs=span, memory=span),
            disallowedDiskTypes=st.sampled_from([[], ["Standard_LRS"], ["Premium_LRS", "StandardSSD_LRS"]]),
            purchasePlan=mostly(None, rarely=({"name": "plan", "publisher": "p", "product": "o"},)),
            description=text,
            eula=license,
            privacyStatementUri=text,
            releaseNoteUri=text,
            endOfLifeDate=dates,
            tags=tags,
            ownTags=tags,
            safetyProfile=safety,
            replication=replication,
            roleAssignments=roles,
            locks=locks,
        )
    )


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
public = mapping(
    {
        "publisherUri": st.sampled_from(["https://example.com", "example"]),
        "publisherContact": st.sampled_from(["images@example.com", "nobody"]),
        "eula": license,
        "publicNamePrefix": mostly("example1", rarely=("MyWindows", "microsoft1")),
    }
)
sharing = st.sampled_from(
    [{"permissions": "Private"}, {"permissions": "Private"}, {"permissions": "groups"}]
) | public.map(lambda info: {"permissions": "Community", "communityGalleryInfo": info})
gallery = mapping(
    {"images": mapping({"first": image(1)}, **{"second-image": image(2)})},
    location=mostly("eastus", rarely=("westus2",)),
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


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
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
            for id, body in {
                id: body for file in SOURCES for id, body in yaml.safe_load(file.read_text()).items()
            }.items():
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
