"""The resource types. A new type is a new file here that has a `TYPE`."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from ..resource import ResourceType

KINDS: dict[str, ResourceType] = {
    kind.type.lower(): kind
    for kind in (import_module(f"{__name__}.{module.name}").TYPE for module in pkgutil.iter_modules(__path__))
}
