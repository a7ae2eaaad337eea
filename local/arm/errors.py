"""Refusals in Azure's words.

A rule raises `AzureError`; the door turns it into Azure's envelope. Texts are Azure's own unless they are tagged [I].
"""

from __future__ import annotations

from typing import Any

_MOST_NESTED = 5  # ids that CannotDeleteResource lists [G]


class StateError(Exception):
    """The state in the home directory, or a setting, does not let local Azure serve; one sentence for a person."""


class AzureError(Exception):
    """A refusal that Azure would give: HTTP status, code, message and, for property errors, the property's path.

    With `wait`, clients are told to try again after so many seconds.
    """

    def __init__(
        self, status: int, code: str, message: str, target: str | None = None, wait: float | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.target, self.wait = status, code, message, target, wait

    def body(self) -> dict[str, Any]:
        """The envelope [W]."""
        error = {"code": self.code, "message": self.message}
        return {"error": error if self.target is None else {**error, "target": self.target}}


def invalid(message: str, target: str) -> AzureError:
    """400 InvalidParameter: the code for every property error whose own code no source shows [I]."""
    return AzureError(400, "InvalidParameter", message, target)


def required(path: str) -> AzureError:
    """A member is missing; the wording is the one Compute uses for virtual machines [I]."""
    return invalid(f"Required parameter '{path}' is missing (null).", path)


def unknown_member(path: str, name: str) -> AzureError:
    """There is no such member [I]."""
    return invalid(f"Could not find member '{name}' on object of type '{path}'.", f"{path}.{name}")


def out_of_range(value: int, path: str, low: int, high: int) -> AzureError:
    """A number is out of range [D]; both bounds belong to the range."""
    bounds = f"The value must be between {low} and {high}, inclusive."
    return invalid(f"The value {value} of parameter {path} is out of range. {bounds}", path)


def invalid_end(name: str, target: str) -> AzureError:
    """A name, with those of its parents, whose last character no name can end with [D]."""
    last = name[-1]
    text = f"The provided resource name {name} has these invalid trailing characters: {last}. "
    return invalid(f"{text}The name can not end with characters: {last}", target)


def unchangeable(path: str) -> AzureError:
    """A property that can't change on an existing resource [W]."""
    return AzureError(409, "PropertyChangeNotAllowed", f"Changing property '{path}' is not allowed.", path)


def nested(ids: list[str]) -> AzureError:
    """What still has something in it can't be deleted [G]; `ids` are relative to the provider."""
    text = (
        "Cannot delete resource while nested resources exist. Some existing nested resource IDs include: "
        f"'{', '.join(ids[:_MOST_NESTED])}'. Please delete all nested resources before deleting this resource."
    )
    return AzureError(409, "CannotDeleteResource", text)


def reserved_name(name: str) -> AzureError:
    """A name with a word in it that is reserved [G: Azure/azure-dev#7745]."""
    text = f"The resource name '{name}' or a part of the name is a trademarked or reserved word."
    return AzureError(400, "ReservedResourceName", text)


def unreadable(reason: str) -> AzureError:
    """The body as a whole can't be read [I]."""
    text = f"The request content was invalid and could not be deserialized: '{reason}'."
    return AzureError(400, "InvalidRequestContent", text)


def unsupported_route(method: str, path: str, lacking: str) -> AzureError:
    """Not Azure's answer: local Azure does not have this, and says so in words nobody takes for Azure's."""
    text = f"Local Azure does not serve {method} {path}: {lacking}. Azure itself may well do so."
    return AzureError(404, "NotSupportedByLocalAzure", text)


def unsupported_filter(sent: str) -> AzureError:
    """Not Azure's answer: a filter that local Azure would silently ignore, were it accepted."""
    text = f"Local Azure does not know the filter '{sent}'. Azure itself may well do so."
    return AzureError(400, "NotSupportedByLocalAzure", text, "$filter")


def unsupported_property(path: str) -> AzureError:
    """Not Azure's answer: a property of Azure's that local Azure would silently ignore, were it accepted."""
    text = f"Local Azure does not know what to do with '{path}'. Azure itself may well do so."
    return AzureError(400, "NotSupportedByLocalAzure", text, path)
