"""Settings: environment variables ``PLUMBLINE_…`` and flags of ``python -m service``."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that can be set from outside."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_", frozen=True)

    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 8000
    workers: Annotated[int, Field(ge=1, le=256, description="Number of server processes.")] = 1
    max_body_bytes: Annotated[int, Field(ge=1024, description="Largest request body.")] = 16 * 2**20
    verify_jobs: Annotated[int, Field(ge=1, le=256, description="Verifications at a time.")] = 2
    verify_waiting: Annotated[
        int, Field(ge=0, le=10_000, description="Verifications that may wait; more are told to come back.")
    ] = 16
    verify_seconds: Annotated[int, Field(ge=1, le=3600, description="Seconds that a verification may take.")] = 20
    verify_memory: Annotated[
        int, Field(ge=2**26, description="Bytes that a verification may take beyond what PyTorch takes itself.")
    ] = 4 * 2**30
    verify_work: Annotated[
        int, Field(ge=1, description="Multiply-accumulates that a verification may take on a CPU.")
    ] = 10**12
    remembered_outcomes: Annotated[
        int, Field(ge=1, description="How many layers' outcomes are remembered between requests, some 5 KB each.")
    ] = 2048
