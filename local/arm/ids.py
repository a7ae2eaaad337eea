"""Resource ids: `{scope}/providers/{namespace}/{type}/{name}[/{type}/{name}...]`.

Azure compares ids without regard to case and echoes names as their creator wrote them [W].
"""

from __future__ import annotations

from dataclasses import dataclass, replace

GROUP_TYPE = "Microsoft.Resources/resourceGroups"
LOCK_TYPE = "Microsoft.Authorization/locks"


@dataclass(frozen=True)
class ResourceId:
    """The id of a resource, or of a collection when the last type has no name."""

    scope: str
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def type(self) -> str:
        """`Microsoft.Compute/galleries/images`."""
        return "/".join((self.namespace, *self.types))

    @property
    def relative(self) -> str:
        """The id without its scope: `Microsoft.Compute/galleries/myGallery/images/myImage`."""
        pairs = zip(self.types, (*self.names, ""), strict=False)
        return "/".join((self.namespace, *(part for pair in pairs for part in pair if part)))

    @property
    def text(self) -> str:
        """The whole id, as Azure writes it."""
        if self.type.lower() == GROUP_TYPE.lower():
            return "/".join((self.scope, "resourceGroups", *self.names))
        return f"{self.scope}/providers/{self.relative}"

    @property
    def key(self) -> str:
        """What the state file knows it by."""
        return self.text.lower()

    @property
    def name(self) -> str:
        """The last name."""
        return self.names[-1]

    @property
    def is_collection(self) -> bool:
        """Whether this names all resources of a type instead of one."""
        return len(self.names) < len(self.types)

    @property
    def parent(self) -> ResourceId | None:
        """The resource that this one (or this collection) is nested in."""
        if len(self.types) == 1:
            return None
        return replace(self, types=self.types[:-1], names=self.names[: len(self.types) - 1])

    @property
    def above(self) -> ResourceId | None:
        """What this is in: the resource that it is nested in or extends, or its group; None below a subscription."""
        return self.parent or parse(self.scope)

    @property
    def scopes(self) -> list[str]:
        """The keys of all that this is in, from the subscription on down to what is next above it."""
        above = self.above
        return [*above.scopes, above.key] if above else ["/".join(self.key.split("/")[:3])]

    @property
    def subscription(self) -> str:
        """The subscription's id, as written."""
        return self.scope.split("/")[2]

    @property
    def group(self) -> str | None:
        """The resource group's name, as written; None at subscription scope."""
        parts = self.scope.split("/")
        return parts[4] if len(parts) > 4 and parts[3] == "resourceGroups" else None

    def spelt(self, type_: str) -> ResourceId:
        """The same id with the type in Azure's own spelling."""
        namespace, *types = type_.split("/")
        return replace(self, namespace=namespace, types=tuple(types))


def parse(path: str) -> ResourceId | None:
    """Read a path at or below a subscription; None when it doesn't have the shape of an id."""
    parts = path.strip("/").split("/")
    if len(parts) < 3 or parts[0].lower() != "subscriptions" or not all(parts):
        return None
    scope, rest = f"/subscriptions/{parts[1]}", parts[2:]
    found = None
    if rest[0].lower() == "resourcegroups":
        found, rest = ResourceId(scope, "Microsoft.Resources", ("resourceGroups",), tuple(rest[1:2])), rest[2:]
    while rest:  # more than one round when a resource extends another one
        if rest[0].lower() != "providers" or len(rest) < 3:
            return None
        scope, namespace, rest = found.text if found else scope, rest[1], rest[2:]
        end = next((i for i in range(0, len(rest), 2) if rest[i].lower() == "providers"), len(rest))
        found, rest = ResourceId(scope, namespace, tuple(rest[0:end:2]), tuple(rest[1:end:2])), rest[end:]
    return found
