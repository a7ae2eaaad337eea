"""Azure as commands reach it: as azure-native does (`cloud.client`), by what `Pulumi.<stack>.yaml` says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloud import client
from cloud.client import VARIABLES, Connection, Refused, Settings, Unreachable, code
from commands.common import CommandError

if TYPE_CHECKING:
    from azure.mgmt.compute import ComputeManagementClient

__all__ = ["ENVIRONMENT", "Connection", "Unreachable", "call", "code", "compute_client", "connection", "refusals"]

ENVIRONMENT = VARIABLES["environment"]
"""Variables that name a cloud."""


def connection(stack: str, root: Path, subscription: str = "") -> Connection:
    """How the stack's subscription is reached, or the given one. Raises CommandError where the settings don't say
    which, or make no sense.
    """
    file = f"Pulumi.{stack}.yaml"
    settings = Settings(_Configuration(file, root).get)
    subscription = subscription or settings["subscriptionId"]
    if not subscription:
        raise CommandError(f"no subscription: write azure-native:subscriptionId into {file}")
    with _told():
        return client.connection(settings, subscription)


def compute_client(stack: str, root: Path) -> "ComputeManagementClient":
    """A client for the stack's subscription; raises as `connection` does."""
    return client.compute_client(connection(stack, root))


def call(ask: Any, *arguments: Any, **options: Any) -> Any:
    """What a read of Azure's SDK answers, a list in full; None where there is no such resource. Raises as `refusals`
    does.
    """
    with _told():
        return client.call(ask, *arguments, **options)


@contextmanager
def refusals() -> Iterator[None]:
    """What the SDK raises, in one sentence: CommandError where Azure refuses to answer, and Unreachable where it
    doesn't answer.
    """
    with _told(), client.in_words("Azure refuses to answer"):
        yield


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Refused as error:
        raise CommandError(str(error)) from None


class _Configuration:
    """azure-native's configuration in a stack's file."""

    def __init__(self, file: str, root: Path) -> None:
        from config import Diagnostic
        from config.yaml_reader import parse

        self._file = file
        path = root / file
        found = parse(file, path.read_bytes()) if path.exists() else None
        if isinstance(found, Diagnostic):
            raise CommandError(str(found))
        written = found.value.get("config") if found else None
        self._written: dict[str, Any] = written if isinstance(written, dict) else {}

    def get(self, key: str) -> str:
        """A setting as text; empty where there is none.

        Raises CommandError where it is encrypted, which the engine alone can read, and no variable says it instead.
        """
        value = self._written.get(f"azure-native:{key}")
        if isinstance(value, dict) and not Settings(lambda key: "")[key]:
            way_out = f"set {VARIABLES[key][0]}"
            raise CommandError(
                f"azure-native:{key} is encrypted in {self._file}, and only the engine can read it: {way_out}"
            )
        return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else ""
