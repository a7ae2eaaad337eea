"""The change as a whole is judged before any resource is registered, in `pulumi preview` and `pulumi up` alike.

What the engine's state holds is compared with what the data file wants. What would go without being declared, an
identifier that is freed and taken at once, a lock in the way and a `latest` that loses its version stop the run, or
warn; what the checks of single resources would find besides is told with it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pulumi

import config
from config.azure import access
from config.azure.plan import Destruction, Key, Plan, declaration, declared, wanted
from config.azure.view import View, latest
from config.azure.words import in_words, latest_moves
from config.ids import ResourceId

from .checks import of_gallery, of_image, of_sharing, of_version
from .dependencies import VersionDependencies, provider_subscription
from .run import Problem, Run
from .verification import LookUps, expired

OPT_OUT = "skipDeletionCheck"
"""The setting in the stack's Pulumi file that lets a change pass whose deletions can't be judged."""


class Refused(Exception):
    """Why the change as a whole can't be made, a line for each reason."""


async def judge(stack: config.Stack) -> None:
    """Raises Refused for a change that mustn't be begun, and warns of one that somebody may regret."""
    run = Run.current()
    if run.state.unreadable and not pulumi.Config().get_bool(OPT_OUT):
        reason = f"the engine's state can't be read ({run.state.unreadable}), so nobody knows what this change deletes"
        way_out = f"try again, or go on without knowing: pulumi config set {OPT_OUT} true"
        raise Refused(f"{reason}: {way_out}")
    plan = Plan(run.state.held, wanted(stack, run.state.held))
    told, warned = [], []
    for problem, kind, protected in losses(stack, plan, run.state.access):
        name = "/".join(filter(None, (problem.holder, problem.version)))
        if protected and not stack.allows_loss(name, kind):
            way_out = f"write allowLosses: {{{name}: [{kind}]}} if that is meant"
            told.append(problem._replace(sentence=f"{problem.sentence}; it is protected: {way_out}"))
        else:
            warned.append(problem)
    told += [
        *elsewhere(plan, provider_subscription()),
        *undeclared(stack, plan),
        *too_late(stack, plan),
        *identifiers(plan),
        *spellings(plan),
        *locked(stack, plan, run.state.access),
    ]
    run.warn(warned)
    if told:
        expect(run, stack)
        raise Refused("\n".join(await run.tell(told)))


def expect(run: Run, stack: config.Stack) -> None:
    """Takes up the checks of all single resources, which their registration would take up otherwise."""
    creates, look_ups = VersionDependencies(stack, provider_subscription()).creates, LookUps(None)
    for gallery_name, gallery in stack.galleries.items():
        of_gallery(run, gallery_name, gallery_name, gallery)
        of_sharing(run, gallery_name, gallery_name, gallery, stack)
        for image_name, image in gallery.images.items():
            name = f"{gallery_name}/{image_name}"
            of_image(run, name, name, image)
            for number in image.versions:
                of_version(run, name, name, number, image, stack, creates, look_ups)


def losses(stack: config.Stack, plan: Plan, held: list[View]) -> Iterator[tuple[Problem, config.LossKind, bool]]:
    """What people may miss of what stays, of which kind, and whether it is protected."""
    for problem in lost_latest(stack, plan):
        image = _image(stack, problem.holder)
        yield problem, "latest", bool(image and image.protect)
    for each in access.withdrawn(stack, held):
        gallery, *inside = each.holder.split("/")
        problem = Problem("/".join((gallery, *inside[:1])), "".join(inside[1:]), each.sentence)
        yield problem, each.kind, each.protected


def elsewhere(plan: Plan, subscription: str | None) -> Iterator[Problem]:
    """A stack whose subscription was changed: what it has stays where it is, what is new would be made elsewhere."""
    for view in plan.held.values():
        parsed = ResourceId.parse(str(view.inputs["id"]))
        if subscription and parsed and parsed.subscription.lower() != subscription.lower():
            sentence = f"it is in the subscription {parsed.subscription}, but the stack is set to {subscription}"
            way_out = f"pulumi config set azure-native:subscriptionId {parsed.subscription}, or make another stack"
            yield _problem(view, f"{sentence}: {way_out}")
            return


def undeclared(stack: config.Stack, plan: Plan) -> Iterator[Problem]:
    """What would be deleted or replaced without a declaration; where one holds others, it alone."""
    for key, each in plan.destroyed.items():
        if each.by or declared(each.view, stack):
            continue
        way_out = ""
        if each.because:
            before, after = in_words(each.because[0])
            change = f", because {each.because[0].subject} would change from {before} to {after}"
            change += ": deleted, then made anew" + (
                ", each version from what its source is today" if _holds(key, plan) else ""
            )
        else:
            change, way_out = "", "retire it first (retired: true), or " if key[0] == "version" else ""
        way_out += f"write {declaration(each.view)}"
        yield _problem(each.view, f"it would be {each.verb}{_loss(key, plan)}{change}; if that is meant, {way_out}")


def too_late(stack: config.Stack, plan: Plan) -> Iterator[Problem]:
    """Definitions that would be made with an end of life in the past; versions have a check of their own."""
    for kind, name in plan.created:
        image = _image(stack, name) if kind == "image" else None
        for sentence in expired(image) if image else ():
            yield _problem(plan.created[kind, name], sentence)


def identifiers(plan: Plan) -> Iterator[Problem]:
    """Azure still has a definition that goes while the one that takes its publisher, offer and SKU is made."""
    going = {
        (_gallery(each.view), *_identifier(each.view)): each.view
        for (kind, _), each in plan.destroyed.items()
        if kind == "image" and not each.by
    }
    for (kind, _), new in plan.created.items():
        if kind == "image" and (old := going.get((_gallery(new), *_identifier(new)))):
            triplet = "/".join(str(new[f"identifier.{part}"]) for part in _PARTS)
            ways_out = f"delete {old.name} in a change of its own, or give the new one another SKU"
            anew = "; its versions are made anew from their sources either way"
            yield _problem(
                new, f"it takes {triplet} from {old.name}, which this change deletes after it: {ways_out}{anew}"
            )


def spellings(plan: Plan) -> Iterator[Problem]:
    """To Azure a name in other capitals is the same resource; to the engine it is another one."""
    for key, will in plan.wanted.items():
        there = plan.held.get(key)
        if there and there.name != will.name:
            yield _problem(
                will, f"Azure has it as {there.name}, and takes names in other capitals for the same: write it so"
            )


def locked(stack: config.Stack, plan: Plan, held: list[View]) -> Iterator[Problem]:
    """What a lock forbids of this change.

    A lock that leaves the file is taken off before the deletions of an update, and after its other changes; one that is
    new is put on before the deletions.
    """
    held_locks = {}
    for view in held:
        if view.kind == "lock":
            held_locks[access.holder_of(view), str(view.inputs["name"]).casefold()] = str(view["level"])
    for (scope, name), level in held_locks.items():
        changes = [*plan.updated.values(), *plan.created.values()] if level == "ReadOnly" else []
        for view in [*changes, *(each.view for each in plan.destroyed.values() if each.because)]:
            if _is_inside(scope, view):
                yield _problem(view, f"the lock {name} on {scope} forbids this change: {_UNLOCK}")
                break
    for scope, settings in access.holders(stack):
        for name in settings.locks:
            for each in plan.destroyed.values():
                if not each.because and _is_inside(scope, each.view):
                    way_out = "take the lock out of the data file, too"
                    yield _problem(each.view, f"the lock {name} on {scope} forbids its deletion: {way_out}")
                    break


_UNLOCK = "take the lock out of the data file in a change of its own first"


def lost_latest(stack: config.Stack, plan: Plan) -> Iterator[Problem]:
    """Where `latest` would go back because its version leaves the file."""
    for (kind, name), _ in plan.held.items():
        image = _image(stack, name) if kind == "image" else None
        if image is None:
            continue
        inside = {key: view for key, view in plan.held.items() if key[0] == "version" and key[1].startswith(f"{name}/")}
        numbers = {view.name.rpartition("/")[2]: view for view in inside.values()}
        if numbers.keys() <= image.versions.keys():
            continue
        moved: dict[tuple[str, str | None], list[str | None]] = {}
        for place, number in latest(numbers).items():
            now = image.latest() if place is None else image.latest_by_region.get(place)
            older = now is None or config.version_order(now) < config.version_order(number)
            if older and number not in image.versions:
                moved.setdefault((number, now), []).append(place)
        for (number, now), where in moved.items():
            holder = numbers[number].name.rpartition("/")[0]
            yield Problem(holder, number, f"it leaves the file, and {latest_moves(now, where)}")


_PARTS = ("publisher", "offer", "sku")


def _problem(view: View, sentence: str) -> Problem:
    holder, _, number = view.name.rpartition("/") if view.kind == "version" else (view.name, "", "")
    return Problem(f"the resource group {holder}" if view.kind == "resource group" else holder, number, sentence)


def _loss(key: Key, plan: Plan) -> str:
    """The versions and replicas that go with what is destroyed."""
    versions = [each.view for each in _holds(key, plan)]
    if not versions:
        return ""
    replicas = sum(view.replicas for view in versions)
    regions = len({place for view in versions for place in view.placements})
    held = "" if key[0] == "version" else f"{len(versions)} version{'s' if len(versions) > 1 else ''}, "
    return (
        f", with {held}{replicas} replica{'s' if replicas > 1 else ''} in {regions} region{'s' if regions > 1 else ''}"
    )


def _holds(key: Key, plan: Plan) -> list[Destruction]:
    """The versions that go with it."""
    name = plan.destroyed[key].view.name

    def goes(each: Destruction) -> bool:
        if key[0] == "resource group":
            return str(each.view.inputs["resourceGroupName"]).casefold() == key[1]
        return config.contains(name, each.view.name)

    return [each for (kind, _), each in plan.destroyed.items() if kind == "version" and goes(each)]


def _gallery(image: View) -> str:
    return image.name.partition("/")[0].casefold()


def _identifier(image: View) -> tuple[str, ...]:
    return tuple(str(image[f"identifier.{part}"]).casefold() for part in _PARTS)


def _image(stack: config.Stack, name: str) -> config.Image | None:
    """The image of a stack with that name, gallery/image, in any case."""
    for gallery_name, gallery in stack.galleries.items():
        for image_name, image in gallery.images.items():
            if f"{gallery_name}/{image_name}".casefold() == name.casefold():
                return image
    return None


def _is_inside(scope: str, view: View) -> bool:
    return view.kind != "resource group" and config.contains(scope, view.name)
