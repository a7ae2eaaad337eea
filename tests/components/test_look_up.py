"""What `components/look_up.py` uses of Pulumi's runtime beside its public interface.

Where one of these fails with a new release of Pulumi, that file has to follow it; nothing else does.
"""

from __future__ import annotations

import inspect

import pulumi
from pulumi.runtime import settings
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN


def test_the_monitor_takes_an_invoke() -> None:
    assert callable(settings.get_monitor), "the engine's monitor has to be found elsewhere"
    fields = {field.name for field in resource_pb2.ResourceInvokeRequest.DESCRIPTOR.fields}
    assert {"tok", "args", "provider", "version"} <= fields, "the request for an invoke has changed"
    fields = {field.name for field in provider_pb2.InvokeResponse.DESCRIPTOR.fields}
    assert {"return", "failures"} <= fields, "the answer to an invoke has changed"
    assert "Invoke" in inspect.getsource(resource_pb2_grpc.ResourceMonitorStub), "the call has another name"
    assert isinstance(UNKNOWN, str), "an unknown id is written otherwise"


def test_the_runtime_asks_the_module_for_its_debug_log() -> None:
    source = inspect.getsource(pulumi.runtime.resource)
    assert "log.debug(" in source, "the runtime logs otherwise: see whether `without_debug_log` still does anything"
