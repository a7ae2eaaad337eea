"""What `pulumi up` built is there for az, and what az changed is drift for `pulumi refresh`."""

from __future__ import annotations

from collections.abc import Callable

from tests.clients.conftest import log_in, serve

from .conftest import Project


def test_az_sees_what_up_built_and_refresh_sees_what_az_changed(project: Callable[..., Project]) -> None:
    dev = project()
    dev.up()

    process, served = serve(dev.home)
    try:
        with log_in(served) as az:
            where = "-g myGalleryRG -r myGallery -i myImageDefinition"
            assert az(f"sig image-version list {where} --query '[].name'") == ["1.0.0"]
            az(
                f"sig image-version update {where} -e 1.0.0 "
                "--set 'publishingProfile.targetRegions[1].regionalReplicaCount=5'"
            )
    finally:
        process.kill()  # the state survives
        process.wait()

    assert dev.run("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev").returncode != 0
    dev.pulumi("refresh", "--yes", "--stack", "dev")
    assert dev.preview() == {
        "myGallery/myImageDefinition/1.0.0": ("update", ["publishingProfile.targetRegions[1].regionalReplicaCount"])
    }
