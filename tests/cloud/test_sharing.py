"""The share action, by Azure's own SDK at local Azure: whatever there was, there is then what is wanted."""

from __future__ import annotations

import base64
import pickle
import threading

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from cloud import sharing
from cloud.client import Refused, Unreachable
from cloud.sharing import look, share, withdraw
from cloud.sharing_provider import SharingProvider
from config.azure.sharing import Shared

from .conftest import Azure

A, B, C, D = (f"00000000-0000-0000-0000-00000000000{letter}" for letter in "abcd")
SHARED = "- {method: POST, path: '*/share', after: %d, times: 1, status: 500}"
NOBODY = Shared()


@pytest.mark.parametrize(
    ("there", "before", "wanted", "then", "actions"),
    [
        (NOBODY, None, Shared((A, B), (C,)), Shared((A, B), (C,)), 1),
        (Shared((A, B)), Shared((A, B)), Shared((B, C), (D,)), Shared((B, C), (D,)), 2),
        (Shared((A, B), (C,)), Shared((A, B), (C,)), NOBODY, NOBODY, 1),
        (Shared((A,)), Shared((A,)), Shared((A,)), Shared((A,)), 0),
        # Somebody else has shared it with c, and withdrawn it from a: the state doesn't know yet.
        (Shared((B, C)), Shared((A, B)), Shared((A,)), Shared((A, C)), 2),
        # Nothing is known of what there was: it is taken over, and is then as it is wanted.
        (Shared((A, C), (D,)), None, Shared((A, B)), Shared((A, B)), 2),
    ],
)
def test_groups(azure: Azure, there: Shared, before: Shared | None, wanted: Shared, then: Shared, actions: int) -> None:
    place = azure.gallery(f"groups{abs(hash((there, before, wanted)))}", "Groups")
    share(azure.client, place, there, None)
    azure.fails(SHARED % actions)  # one action more would be refused

    found = share(azure.client, place, wanted, before)

    assert {*found.shared.subscriptions} == {*then.subscriptions} and found.shared.tenants == then.tenants
    assert found == look(azure.client, place) and not found.unfinished


def test_no_more_at_once_than_azure_allows(azure: Azure) -> None:
    place = azure.gallery("full", "Groups")
    old, new = (tuple(f"{number:08}-0000-0000-0000-000000000001" for number in range(i, i + 30)) for i in (0, 30))

    for before, ids in ((NOBODY, old), (Shared(old), new)):
        assert share(azure.client, place, Shared(ids), before).shared.subscriptions == ids


def test_who_is_withdrawn_from_can_be_shared_with_again(azure: Azure) -> None:
    place = azure.gallery("again", "Groups")
    share(azure.client, place, Shared((A, B), (C,)), None)

    withdraw(azure.client, place)

    found = look(azure.client, place)
    assert found and (found.permissions, found.shared) == ("Groups", NOBODY)
    assert share(azure.client, place, Shared((A,)), NOBODY).shared == Shared((A,))


def test_a_community_gallery_is_reset_and_then_never_public_again(azure: Azure) -> None:
    place, everybody = azure.gallery("public", "Community"), Shared(public=True)

    found = share(azure.client, place, everybody, None)
    assert found.shared == everybody and found.public_name.startswith("contoso-")

    withdraw(azure.client, place)

    after = look(azure.client, place)
    assert after and (after.permissions, after.shared) == ("Private", NOBODY)
    azure.client.galleries.begin_delete(place.group, place.name).result()
    with pytest.raises(Refused, match="the gallery public isn't there"):
        share(azure.client, place, everybody, None)
    withdraw(azure.client, place)
    assert look(azure.client, place) is None


@pytest.mark.parametrize(
    ("permissions", "wanted"),
    [("Private", Shared((A,))), ("Private", Shared(public=True)), ("Community", Shared((A,)))],
)
def test_permissions_that_do_not_fit(azure: Azure, permissions: str, wanted: Shared) -> None:
    place = azure.gallery(f"other{permissions}{len(wanted.subscriptions)}", permissions)
    with pytest.raises(Refused, match=rf"has the permissions {permissions} in Azure, .* make another one"):
        share(azure.client, place, wanted, None)


def test_a_region_that_fails_is_told_and_tried_again(azure: Azure) -> None:
    place, wanted = azure.gallery("failing", "Groups"), Shared((A, B))
    azure.fails("- {method: POST, path: '*/share', failing: [eastus], times: 1}")

    first = share(azure.client, place, wanted, None)
    assert first.unfinished == "failed in eastus (Failed with internal server error)"
    assert look(azure.client, place) == first

    assert share(azure.client, place, wanted, wanted).unfinished == ""


def test_an_action_that_is_under_way_is_waited_for(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    place = azure.gallery("busy", "Groups")
    azure.fails("- {method: POST, path: '*/share', endless: true, times: 1}")
    monkeypatch.setattr(sharing, "POLL_SECONDS", 0.1)
    first = threading.Thread(target=share, args=(azure.client, place, Shared((A,)), None))
    first.start()
    while not (found := look(azure.client, place)) or not found.busy:
        pass
    threading.Timer(0.5, azure.fails, ("",)).start()

    assert share(azure.client, place, Shared((A, B)), None).shared == Shared((A, B))
    first.join()


def test_missing_rights_are_told_with_the_role(azure: Azure) -> None:
    place = azure.gallery("forbidden", "Groups")
    azure.fails(
        "- {method: POST, path: '*/share', status: 403, code: AuthorizationFailed, message: The client 'c' does not "
        "have authorization to perform action 'Microsoft.Compute/galleries/share/action'.}"
    )
    with pytest.raises(Refused) as told:
        share(azure.client, place, Shared((A,)), None)
    assert str(told.value) == (
        "Azure refuses to share forbidden (Add): The client 'c' does not have authorization to perform action "
        "'Microsoft.Compute/galleries/share/action': it takes the role Compute Gallery Sharing Admin on the gallery, "
        "or Owner"
    )


@pytest.mark.parametrize("fault", ["drop: request", "status: 503"])
def test_azure_that_does_not_answer(azure: Azure, fault: str) -> None:
    place = azure.gallery("silent", "Groups")
    azure.fails(f"- {{method: GET, path: '*/galleries/silent', {fault}}}")
    with pytest.raises(Unreachable, match=r"^Azure can't be reached: .+$"):
        look(azure.client, place)


def test_the_reference_in_peoples_states_still_leads_to_the_provider() -> None:
    """It is in the state of every stack that shares a gallery: the class can't move."""
    reference = "gASVMQAAAAAAAACMFmNsb3VkLnNoYXJpbmdfcHJvdmlkZXKUjA9TaGFyaW5nUHJvdmlkZXKUk5QpgZQu"

    assert isinstance(pickle.loads(base64.b64decode(reference)), SharingProvider)
    assert serialize_provider(SharingProvider()) == reference
    assert SharingProvider.serialize_as_secret_always is False
