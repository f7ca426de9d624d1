"""Settings: environment variables ``PLUMBLINE_…`` and flags of ``python -m service``."""

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX: Final = "PLUMBLINE_"
NOWHERE: Final = "none"
"""A list of nothing, as an environment variable that is empty says nothing."""
_ORIGIN: Final = re.compile(r"^https?://[A-Za-z0-9.\-\[\]:]+$")
_LIMIT: Final = {"limit": True}
"""Marks what limits a request, so that ``GET /version`` tells it."""
_SECRET: Final = {"secret": True}
"""Marks what is told only as whether it is set."""


class Settings(BaseSettings):
    """Everything that can be set from outside."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)

    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 8000
    workers: Annotated[int, Field(ge=1, le=256, description="Number of server processes.")] = 1

    api_keys_file: Annotated[
        Path | None,
        Field(description="File with a line `name:sha256` for each API key; without it nobody needs a key. "
              "`python -m service key NAME` makes one. The file is read again when it changes.",
              json_schema_extra=_SECRET),
    ] = None  # fmt: skip
    cors_origins: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Origins whose pages may use the service, separated by commas; none may otherwise."),
    ] = ()

    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(description="What is logged: `info` has a line a request, `debug` also those for health and metrics."),
    ] = "info"
    log_format: Annotated[
        Literal["auto", "json", "console"],
        Field(description="How: `auto` is `console` in a terminal and `json` elsewhere."),
    ] = "auto"
    otlp_endpoint: Annotated[
        str | None,
        Field(description="Where OpenTelemetry traces go (OTLP over HTTP), for instance "
              "`http://collector:4318/v1/traces`; needs the extra `tracing`.",
              pattern=r"^https?://\S+$", json_schema_extra=_SECRET),
    ] = None  # fmt: skip

    drain_seconds: Annotated[
        float,
        Field(ge=0, le=300, description="Seconds after SIGTERM in which requests are still taken, while "
              "`GET /health/ready` answers 503."),
    ] = 1.0  # fmt: skip
    shutdown_seconds: Annotated[
        int, Field(ge=1, le=3600, description="Seconds that requests in flight have to end after that.")
    ] = 30
    keep_alive_seconds: Annotated[
        int, Field(ge=1, le=3600, description="Seconds after which an idle connection is closed.")
    ] = 5

    max_header_bytes: Annotated[
        int, Field(ge=1024, le=2**20, description="Largest head of a request.", json_schema_extra=_LIMIT)
    ] = 32 * 2**10
    max_body_bytes: Annotated[
        int, Field(ge=1024, le=2**30, description="Largest request body.", json_schema_extra=_LIMIT)
    ] = 16 * 2**20
    max_arriving_bytes: Annotated[
        int,
        Field(ge=1024, description="Bytes of bodies that may be on their way in, all together, in each process.",
              json_schema_extra=_LIMIT),
    ] = 256 * 2**20  # fmt: skip
    receive_seconds: Annotated[
        float,
        Field(gt=0, le=3600, description="Seconds in which the head of a request has to arrive, and as many for its "
              "body, with another for each 64 KB.", json_schema_extra=_LIMIT),
    ] = 8.0  # fmt: skip
    max_wait_seconds: Annotated[
        float,
        Field(gt=0, le=3600, description="Seconds that a document may have to wait before it is refused instead.",
              json_schema_extra=_LIMIT),
    ] = 2.0  # fmt: skip
    analyses_waiting: Annotated[
        int, Field(ge=0, le=10_000, description="Large documents that may wait in each process; more are refused.",
                   json_schema_extra=_LIMIT)
    ] = 8  # fmt: skip
    analysis_seconds: Annotated[
        float, Field(gt=0, le=3600, description="Seconds that a large document may take.", json_schema_extra=_LIMIT)
    ] = 30.0
    analysis_memory: Annotated[
        int, Field(ge=2**26, description="Bytes of memory that a large document may take.", json_schema_extra=_LIMIT)
    ] = 2 * 2**30
    max_answer_bytes: Annotated[
        int, Field(ge=2**16, description="Largest answer to a large document.", json_schema_extra=_LIMIT)
    ] = 256 * 2**20

    verify_jobs: Annotated[
        int, Field(ge=1, le=256, description="Verifications at a time.", json_schema_extra=_LIMIT)
    ] = 2
    verify_waiting: Annotated[
        int, Field(ge=0, le=10_000, description="Verifications that may wait; more are told to come back.",
                   json_schema_extra=_LIMIT)
    ] = 16  # fmt: skip
    verify_seconds: Annotated[
        int, Field(ge=1, le=3600, description="Seconds that a verification may take, with the analysis before it.",
                   json_schema_extra=_LIMIT)
    ] = 20  # fmt: skip
    verify_memory: Annotated[
        int, Field(ge=2**26, description="Bytes that a verification may take beyond what PyTorch takes itself.",
                   json_schema_extra=_LIMIT)
    ] = 4 * 2**30  # fmt: skip
    verify_work: Annotated[
        int, Field(ge=1, description="Multiply-accumulates that a verification may take on a CPU.",
                   json_schema_extra=_LIMIT)
    ] = 10**12  # fmt: skip
    verify_devices: Annotated[
        tuple[Literal["cpu", "meta", "cuda"], ...],
        NoDecode,
        Field(description="Where models may be verified, separated by commas; `none` for nowhere: PyTorch is not "
              "loaded then.", json_schema_extra=_LIMIT),
    ] = ("cpu", "meta", "cuda")  # fmt: skip
    verify_cuda_fraction: Annotated[
        float, Field(gt=0, le=1, description="How much of a CUDA device's memory a verification may take.",
                     json_schema_extra=_LIMIT)
    ] = 0.9  # fmt: skip
    remembered_outcomes: Annotated[
        int, Field(ge=1, description="How many layers' outcomes are remembered between requests, some 5 KB each.")
    ] = 2048

    @field_validator("cors_origins", "verify_devices", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if value == NOWHERE:
            return ()
        return tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        for origin in self.cors_origins:
            if not _ORIGIN.match(origin):
                msg = f"cors_origins: {origin!r} is no origin; one such as https://example.org was expected"
                raise ValueError(msg)
        if self.max_arriving_bytes < self.max_body_bytes:
            msg = "max_arriving_bytes has to be at least max_body_bytes"
            raise ValueError(msg)
        return self

    def limits(self) -> dict[str, Any]:
        """What requests are limited to."""
        return self.model_dump(mode="json", include=_marked("limit"))

    def shown(self) -> dict[str, Any]:
        """Everything else, without secrets: of those only whether they are set."""
        secrets = _marked("secret")
        rest = self.model_dump(mode="json", exclude=_marked("limit") | secrets)
        return rest | {name: getattr(self, name) is not None for name in sorted(secrets)}


def marked(field: FieldInfo, word: str) -> bool:
    """Whether a setting is of a kind."""
    return isinstance(field.json_schema_extra, dict) and word in field.json_schema_extra


def _marked(word: str) -> set[str]:
    return {name for name, field in Settings.model_fields.items() if marked(field, word)}
