"""What `pulumi up` built is there for az, and what az changed is drift for `pulumi refresh`."""

from __future__ import annotations

from tests.engine.conftest import Project, project  # noqa: F401

from .conftest import AZ, serve


def test_az_sees_what_up_built_and_refresh_sees_what_az_changed(project) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    dev: Project = project()
    dev.up()
    assert (AZ / "ready").exists(), "azure-cli is missing: `make test` installs it into .local/az"

    process, azure = serve(dev.home)
    try:
        for line in azure.printed.splitlines():
            if line.startswith(("az cloud", "az login")):
                assert azure.sh(line).returncode == 0
        where = "-g myGalleryRG -r myGallery -i myImageDefinition"
        assert azure.az(f"sig image-version list {where} --query '[].name'") == ["1.0.0"]
        region = "publishingProfile.targetRegions[1].regionalReplicaCount=5"
        azure.az(f"sig image-version update {where} -e 1.0.0 --set '{region}'")
    finally:
        process.kill()  # the state survives
        process.wait()

    drift = dev.run("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")
    assert drift.returncode != 0
    dev.pulumi("refresh", "--yes", "--stack", "dev")
    assert dev.preview() == {
        "myGallery/myImageDefinition/1.0.0": ("update", ["publishingProfile.targetRegions[1].regionalReplicaCount"])
    }
