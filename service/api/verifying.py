"""PyTorch's word on a document: what is asked of the workers, and how it joins the answer."""

import asyncio
from typing import Any, Final

from fastapi import Request
from pydantic_core import to_json

from service.api.problems import ProblemError
from service.api.settings import Settings
from service.api.tasks import Question
from service.reports.formats import JSON, Format
from service.verification.estimate import Need, exceeded, known
from service.verification.workers import BusyError, Limits, Workers, cuda_devices

RETRY_SECONDS: Final = 2


def limits_of(settings: Settings) -> Limits:
    """What jobs may take."""
    return Limits(settings.verify_jobs, settings.verify_waiting, settings.verify_seconds, settings.verify_memory,
                  settings.verify_work)  # fmt: skip


async def verification(request: Request, body: bytes, question: Question) -> dict[str, Any]:
    """What the real model says; a client that leaves ends it."""
    workers: Workers | None = request.app.state.workers
    if workers is None:
        return _unavailable(question.device, "PyTorch is not installed here.")
    if question.device.startswith("cuda"):
        index = int(question.device.partition(":")[2] or 0)
        if index >= cuda_devices():
            return _unavailable(question.device, f"There is no device {question.device} here.")
    elif question.device == "cpu" and (why := _too_large(question.need, workers.limits)) is not None:
        return why
    job = asyncio.create_task(workers.run(body, device=question.device.startswith("cuda")))
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({job, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not job.done():
            raise ProblemError("bad-request", "The client has left.")
        return {"device": question.device, **job.result()}
    except BusyError:
        detail = "All verifications that may run or wait are taken."
        raise ProblemError("busy", detail, {"Retry-After": str(RETRY_SECONDS)}) from None
    finally:
        job.cancel()
        gone.cancel()
        await asyncio.gather(job, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    """Returns once the client has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _too_large(found: Need, limits: Limits) -> dict[str, Any] | None:
    why = exceeded(found, limits.memory, limits.work)
    if why is None:
        return None
    return {
        "status": "too_large",
        "device": "cpu",
        "error": f'It was not tried: {why}. With "device": "meta" it takes no memory.',
        "estimate": {"memory_bytes": known(found.memory), "macs": known(found.work)},
        "limit": {"memory_bytes": limits.memory, "macs": limits.work},
        "discrepancies": [],
    }


def _unavailable(device: str, why: str) -> dict[str, Any]:
    return {"status": "unavailable", "device": device, "error": why, "discrepancies": []}


def with_verification(answer: bytes, written: Format, found: dict[str, Any]) -> bytes:
    """The answer with what PyTorch says; other forms than JSON have no place for it."""
    return b'%b,"verification":%b}' % (answer[:-1], to_json(found)) if written is JSON else answer
