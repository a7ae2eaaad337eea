// A gallery through its life, with Azure's identity library and SDK for Go: the settings come from the environment.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v8"
)

const group, name, location = "clients", "go", "eastus"

func main() {
	subscription := os.Args[1]
	options := &arm.ClientOptions{ClientOptions: azcore.ClientOptions{Cloud: found(os.Getenv("ARM_METADATA_HOSTNAME"))}}
	credential := must(azidentity.NewClientSecretCredential(
		os.Getenv("ARM_TENANT_ID"), os.Getenv("ARM_CLIENT_ID"), os.Getenv("ARM_CLIENT_SECRET"),
		&azidentity.ClientSecretCredentialOptions{
			ClientOptions:            options.ClientOptions,
			DisableInstanceDiscovery: os.Getenv("ARM_DISABLE_INSTANCE_DISCOVERY") == "true",
		}))
	clients := must(armcompute.NewClientFactory(subscription, credential, options))
	galleries, images, versions := clients.NewGalleriesClient(), clients.NewGalleryImagesClient(), clients.NewGalleryImageVersionsClient()
	ctx := context.Background()

	gallery := done(galleries.BeginCreateOrUpdate(ctx, group, name, armcompute.Gallery{Location: to.Ptr(location)}, nil))
	definition := done(images.BeginCreateOrUpdate(ctx, group, name, "img", armcompute.GalleryImage{
		Location: to.Ptr(location),
		Properties: &armcompute.GalleryImageProperties{
			OSType:     to.Ptr(armcompute.OperatingSystemTypesLinux),
			OSState:    to.Ptr(armcompute.OperatingSystemStateTypesGeneralized),
			Identifier: &armcompute.GalleryImageIdentifier{Publisher: to.Ptr("p"), Offer: to.Ptr("o"), SKU: to.Ptr("s")},
		},
	}, nil))
	source := fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Compute/images/golden", subscription, group)
	version := done(versions.BeginCreateOrUpdate(ctx, group, name, "img", "1.0.0", armcompute.GalleryImageVersion{
		Location: to.Ptr(location),
		Properties: &armcompute.GalleryImageVersionProperties{
			StorageProfile: &armcompute.GalleryImageVersionStorageProfile{Source: &armcompute.GalleryArtifactVersionFullSource{ID: &source}},
			SafetyProfile:  &armcompute.GalleryImageVersionSafetyProfile{BlockDeletionBeforeEndOfLife: to.Ptr(false)},
			PublishingProfile: &armcompute.GalleryImageVersionPublishingProfile{TargetRegions: []*armcompute.TargetRegion{
				{Name: to.Ptr(location)}, {Name: to.Ptr("westus2"), RegionalReplicaCount: to.Ptr[int32](2)},
			}},
		},
	}, nil))
	regions := []string{}
	for _, region := range version.Properties.PublishingProfile.TargetRegions {
		regions = append(regions, *region.Name)
	}
	disks, pages := 0, 0
	for pager := clients.NewDisksClient().NewListPager(nil); pager.More(); pages++ {
		disks += len(must(pager.NextPage(ctx)).Value)
	}
	_, refused := images.BeginDelete(ctx, group, name, "img", nil)
	done(versions.BeginDelete(ctx, group, name, "img", "1.0.0", nil))
	done(images.BeginDelete(ctx, group, name, "img", nil))
	done(galleries.BeginDelete(ctx, group, name, nil))
	_, gone := galleries.Get(ctx, group, name, nil)

	must(0, json.NewEncoder(os.Stdout).Encode(map[string]any{
		"unique": gallery.Properties.Identifier.UniqueName, "generation": definition.Properties.HyperVGeneration,
		"regions": regions, "disks": disks, "pages": pages, "refused": code(refused), "gone": code(gone),
	}))
}

// The endpoints of a cloud, from its metadata.
func found(host string) cloud.Configuration {
	response := must(http.Get("https://" + host + "/metadata/endpoints?api-version=2022-09-01"))
	defer response.Body.Close()
	var metadata struct {
		ResourceManager string
		Authentication  struct {
			LoginEndpoint string
			Audiences     []string
		}
	}
	must(0, json.NewDecoder(response.Body).Decode(&metadata))
	return cloud.Configuration{
		ActiveDirectoryAuthorityHost: metadata.Authentication.LoginEndpoint,
		Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Audience: metadata.Authentication.Audiences[0], Endpoint: metadata.ResourceManager},
		},
	}
}

func done[T any](poller *runtime.Poller[T], err error) T {
	return must(must(poller, err).PollUntilDone(context.Background(), nil))
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

// The code of Azure's refusal.
func code(err error) string {
	var refused *azcore.ResponseError
	if errors.As(err, &refused) {
		return refused.ErrorCode
	}
	return fmt.Sprint(err)
}
