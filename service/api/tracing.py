"""OpenTelemetry traces, for those who give an endpoint to send them to: a span a request, joined to its caller's."""

from fastapi import FastAPI
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from starlette.types import Scope

from service import __version__


def install(application: FastAPI, endpoint: str) -> None:
    """Has every request but those for health and metrics traced."""
    provider = TracerProvider(resource=Resource.create({"service.name": "plumbline", "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    application.add_middleware(
        OpenTelemetryMiddleware, tracer_provider=provider, excluded_urls="/health/.*,/metrics",
        exclude_spans=["receive", "send"], default_span_details=_named,
    )  # fmt: skip


def _named(scope: Scope) -> tuple[str, dict[str, str]]:
    return f"{scope['method']} {scope['path'][:64]}", {}
