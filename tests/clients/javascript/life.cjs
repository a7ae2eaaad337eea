// A gallery through its life, with Azure's identity library and SDK for JavaScript: the settings come from the
// environment.
const { ClientSecretCredential } = require("@azure/identity");
const { ComputeManagementClient } = require("@azure/arm-compute");

const [group, name, location] = ["clients", "javascript", "eastus"];
const soon = { updateIntervalInMs: 20 };

async function main(subscription) {
  const found = await fetch(`https://${process.env.ARM_METADATA_HOSTNAME}/metadata/endpoints?api-version=2022-09-01`);
  const { resourceManager, authentication } = await found.json();
  const { ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_DISABLE_INSTANCE_DISCOVERY } = process.env;
  const credential = new ClientSecretCredential(ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET, {
    authorityHost: authentication.loginEndpoint,
    disableInstanceDiscovery: ARM_DISABLE_INSTANCE_DISCOVERY === "true",
  });
  const { galleries, galleryImages, galleryImageVersions, disks } = new ComputeManagementClient(credential, subscription, {
    endpoint: resourceManager,
    credentials: { scopes: [`${authentication.audiences[0]}/.default`] },
  });

  const gallery = await galleries.createOrUpdate(group, name, { location }, soon);
  const identifier = { publisher: "p", offer: "o", sku: "s" };
  const image = { location, osType: "Linux", osState: "Generalized", identifier };
  const definition = await galleryImages.createOrUpdate(group, name, "img", image, soon);
  const source = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/images/golden`;
  const version = await galleryImageVersions.createOrUpdate(group, name, "img", "1.0.0", {
    location,
    storageProfile: { source: { id: source } },
    safetyProfile: { blockDeletionBeforeEndOfLife: false },
    publishingProfile: { targetRegions: [{ name: location }, { name: "westus2", regionalReplicaCount: 2 }] },
  }, soon);
  let [all, pages] = [0, 0];
  for await (const page of disks.list().byPage()) {
    all += page.length;
    pages += 1;
  }
  const refused = await code(() => galleryImages.delete(group, name, "img", soon));
  await galleryImageVersions.delete(group, name, "img", "1.0.0", soon);
  await galleryImages.delete(group, name, "img", soon);
  await galleries.delete(group, name, soon);
  const gone = await code(() => galleries.get(group, name));
  console.log(JSON.stringify({
    unique: gallery.identifier.uniqueName,
    generation: definition.hyperVGeneration,
    regions: version.publishingProfile.targetRegions.map((region) => region.name),
    disks: all,
    pages,
    refused,
    gone,
  }));
}

// The code of Azure's refusal.
async function code(work) {
  try {
    await work();
    return "";
  } catch (error) {
    return error.code ?? String(error);
  }
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exit(1);
});
