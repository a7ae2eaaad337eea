"""What is told before a gallery is shared otherwise, and what the share action is given."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import config
from components.guard import refusals
from components.run import Run
from components.sharing import Access
from config.azure.sharing import Shared, public_name, view
from config.azure.view import View, differences

CASES = Path(__file__).with_name("cases")
A, B, C = (f"00000000-0000-0000-0000-00000000000{letter}" for letter in "abc")
COMMUNITY = {"publisherUri": "u", "publisherContact": "c", "eula": "e", "publicNamePrefix": "contoso"}


def test_each_gallery_is_shared_as_its_data_file_says() -> None:
    galleries = config.load("dev", CASES / "everything").galleries

    assert {name: Shared.of_profile(gallery.sharing_profile).inputs for name, gallery in galleries.items()} == {
        "everything": {},
        "direct": {
            "subscription 33333333-3333-3333-3333-333333333333": "shared",
            "tenant 44444444-4444-4444-4444-444444444444": "shared",
        },
        "open": {"community": "enabled"},
    }


@pytest.mark.parametrize("shared", [Shared(), Shared((A, B), (C,)), Shared(tenants=(A,)), Shared(public=True)])
def test_what_is_written_is_read_again(shared: Shared) -> None:
    answer = {
        "properties": {
            "sharingProfile": {
                "groups": [{**group, "ids": [id.upper() for id in group["ids"]]} for group in shared.groups],
                "communityGalleryInfo": {"communityGalleryEnabled": shared.public},
            }
        }
    }
    assert Shared.of_inputs({"galleryName": "g", **shared.inputs}) == Shared.of_answer(answer) == shared


@pytest.mark.parametrize(
    ("shared", "words"),
    [
        (Shared(), "nobody"),
        (Shared((A,)), f"the subscription {A}"),
        (Shared((A, B, C), (A,)), f"the subscriptions {A}, {B} and {C} and the tenant {A}"),
        (Shared(public=True), "everybody"),
    ],
)
def test_in_words(shared: Shared, words: str) -> None:
    assert shared.in_words == words


def access(gallery: config.Gallery, state: Mapping[str, Any], stack: config.Stack | None = None) -> Access:
    """A gallery named `factory`, of which the state holds this, by kind."""
    views = {kind: View(cast(Any, kind), inputs) for kind, inputs in state.items()}
    shared = {"factory": Shared.of_inputs(state["sharing"])} if "sharing" in state else {}
    known = SimpleNamespace(view=lambda kind, name: views.get(kind), id=lambda kind, name: None, shared=shared)
    run = cast(Run, SimpleNamespace(state=known))
    return Access(run, "factory", "factory", gallery, cast(Any, None), stack)


def gallery(permissions: str = "Groups", **settings: Any) -> config.Gallery:
    profile: dict[str, Any] = {"permissions": permissions, **settings}
    if permissions == "Community":
        profile["communityGalleryInfo"] = COMMUNITY
    found, _ = config.gallery(
        "factory",
        {"location": "eastus", "resourceGroup": {"name": "g"}, "sharingProfile": profile, "protect": True},
    )
    return found


def told(one: Access) -> tuple[list[str], list[str]]:
    refused, warned = one.judge(asyncio.run(one.before()))
    return [each.sentence for each in refused], [each.sentence for each in warned]


HELD = {"sharing": Shared((A, B)).inputs}


def test_a_withdrawal_is_told_and_has_to_be_declared_where_the_gallery_is_protected(tmp_path: Path) -> None:
    less = gallery(groups={"subscriptions": [A]})
    sentence = f"it would withdraw access from the subscription {B}"

    assert told(access(less.model_copy(update={"protect": False}), HELD)) == ([], [sentence])
    assert told(access(less, HELD)) == (
        [f"{sentence}; it is protected: write protect: false on it if that is meant"],
        [],
    )

    for allowed in ({}, {"factory": ("access",)}, {"factory": ("replicas",)}):
        stack = config.Stack.model_validate({"allowLosses": allowed})
        declared = allowed == {"factory": ("access",)}
        refused = [f"{sentence}; it is protected: write allowLosses: {{factory: [access]}} if that is meant"]
        assert told(access(less, HELD, stack)) == (([], [sentence]) if declared else (refused, []))
        assert [each.sentence for each in access(less, HELD, stack).losses()] == ([sentence] if declared else [])


def test_more_access_is_no_loss_but_the_public_is_named() -> None:
    assert told(access(gallery(groups={"subscriptions": [A, B, C]}), HELD)) == ([], [])
    assert told(access(gallery(), {})) == ([], [])
    everybody = "everybody would get access to its images"
    assert told(access(gallery("Community"), {})) == ([], [everybody])
    there = {"gallery": {"sharingProfile": {"communityGalleryInfo": {"publicNames": ["contoso-1"]}}}}
    assert told(access(gallery("Community"), there)) == ([], [f"{everybody}, under the name contoso-1"])
    assert told(access(gallery("Community"), {**there, "sharing": Shared(public=True).inputs})) == ([], [])


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            {},
            {"permissions": "Community", "communityGalleryInfo": COMMUNITY},
            "sharingProfile.permissions would change from Private to Community, which Azure refuses on an existing "
            "gallery: all that is in it would become public. Microsoft's documentation says that a private gallery "
            "can't be converted, and `az sig update --permissions Community` does it all the same (azure-cli 22223): "
            "make another gallery, with a name of its own; or, if everybody may have all of it, convert it with az, "
            "then `pulumi refresh` and preview again",
        ),
        (
            {},
            {"permissions": "Groups"},
            "sharingProfile.permissions would change from Private to Groups, which Azure refuses on an existing "
            "gallery: make another gallery, with a name of its own; a gallery that was reset is shared again by "
            "`az sig update --permissions Groups`, then `pulumi refresh` and preview again",
        ),
        (
            {"permissions": "Groups"},
            {},
            "sharingProfile.permissions would change from Groups to Private, which Azure refuses on an existing "
            "gallery: leave permissions: Groups, and take all groups out, so that nobody has access by them; or make "
            "another gallery, with a name of its own",
        ),
        (
            {"permissions": "Groups"},
            {"permissions": "Community", "communityGalleryInfo": COMMUNITY},
            "sharingProfile.permissions would change from Groups to Community, which Azure refuses on an existing "
            "gallery: make another gallery, with a name of its own",
        ),
    ],
)
def test_other_permissions_are_refused_in_one_sentence(old: Any, new: Any, sentence: str) -> None:
    before, after = (View("gallery", {"sharingProfile": profile}) for profile in (old, new))
    assert list(refusals(differences(before, after), after)) == [sentence]


def test_the_table_knows_who_comes_and_who_goes() -> None:
    before, after = (view({"galleryName": "g", **Shared(ids).inputs}) for ids in ((A, B), (B, C)))
    [difference] = differences(before, after)
    assert (difference.subject, difference.old, difference.new) == ("subscriptions", [A, B], [B, C])
    assert public_name({}) == ""
