"""PyTorch's word on a document: what is asked of the workers, by a request or by a command."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

from fastapi import Request
from pydantic import ValidationError

from service.api.problems import ProblemError
from service.api.settings import NOWHERE, PREFIX, Settings
from service.api.tasks import Question
from service.architecture.allowance import AT_ONCE
from service.architecture.problems import UnreadableDocument
from service.architecture.reading import parse
from service.reports.answer import VerificationAnswer
from service.verification.devices import cuda_devices
from service.verification.estimate import too_large
from service.verification.spawning import StartError
from service.verification.workers import BusyError, Limits, Workers, is_installed

RETRY_SECONDS: Final = 2


def limits_of(settings: Settings) -> Limits:
    """What jobs may take."""
    return Limits(settings.verify_jobs, settings.verify_waiting, settings.verify_seconds, settings.verify_memory,
                  settings.verify_work, settings.verify_cuda_fraction)  # fmt: skip


def workers_of(settings: Settings) -> Workers | None:
    """Who runs PyTorch; none where nothing is verified."""
    return Workers(limits_of(settings)) if settings.verify_devices and is_installed() else None


def devices_of(settings: Settings) -> list[str]:
    """Where models can be verified."""
    found: list[str] = []
    for device in settings.verify_devices:
        found += [f"cuda:{index}" for index in range(cuda_devices())] if device == "cuda" else [device]
    return found


def refuse_if_busy(workers: Workers | None, body: bytes) -> None:
    """Raises :class:`ProblemError` where a document asks for what will be refused, before anything is worked out."""
    if workers is None or not workers.is_full or b'"verify"' not in body or len(body) > AT_ONCE.bytes:
        return
    try:
        options = parse(body).get("verify")
    except UnreadableDocument:
        return  # It is told so where it is read.
    device = options.get("device", "cpu") if isinstance(options, dict) else "cpu"
    if options not in (None, False) and device in ("cpu", "meta"):
        raise _busy()


async def verification(request: Request, body: bytes, question: Question, spent: float) -> dict[str, Any]:
    """What the real model says, in the time that ``spent`` seconds of analysis leave; a client that leaves ends it."""
    workers: Workers | None = request.app.state.workers
    why = _not_tried(request.app.state.settings, question, installed=workers is not None)
    found = why or {}
    if workers is not None and why is None:
        found = await _asked(request, workers.run(body, question.device, spent))
    told = _typed(question.device, found)
    if told["discrepancies"]:
        differing = sorted({each["what"] for each in told["discrepancies"]})
        request.app.state.log.tell(logging.ERROR, "discrepancy", device=question.device, what=differing)
    return told


async def verified_alone(settings: Settings, body: bytes, question: Question) -> dict[str, Any]:
    """What the real model says where no service runs: PyTorch is loaded for it, which takes seconds."""
    found = _not_tried(settings, question, installed=is_installed())
    if found is None:
        workers = Workers(limits_of(settings))
        try:
            found = await workers.run(body, question.device)
        except StartError as error:
            found = _unavailable(str(error))
        finally:
            workers.stop()
    return _typed(question.device, found)


def _not_tried(settings: Settings, question: Question, *, installed: bool) -> dict[str, Any] | None:
    """Why PyTorch is not asked; none if it is."""
    if not settings.verify_devices:
        return _unavailable(f"Nothing is verified here ({PREFIX}VERIFY_DEVICES={NOWHERE}).")
    if not installed:
        return _unavailable("PyTorch is not installed here.")
    kind, _, index = question.device.partition(":")
    if kind not in settings.verify_devices:
        return _unavailable(f"Nothing is verified on {kind} here, only on {', '.join(settings.verify_devices)}.")
    if kind == "cuda" and int(index or 0) >= cuda_devices():
        return _unavailable(f"There is no device {question.device} here.")
    if kind != "cpu":
        return None
    return too_large(question.need, memory=settings.verify_memory, work=settings.verify_work)


def _unavailable(why: str) -> dict[str, Any]:
    return {"status": "unavailable", "error": why, "discrepancies": []}


async def _asked(request: Request, running: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """What a job says, unless the client leaves before."""
    job = asyncio.create_task(running)
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({job, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not job.done():
            raise ProblemError("bad-request", "The client has left.")
        return job.result()
    except BusyError:
        raise _busy() from None
    except StartError as error:
        return _unavailable(str(error))
    finally:
        job.cancel()
        gone.cancel()
        await asyncio.gather(job, gone, return_exceptions=True)


def _busy() -> ProblemError:
    detail = "All verifications that may run or wait are taken."
    return ProblemError("busy", detail, {"Retry-After": str(RETRY_SECONDS)})


def _typed(device: str, found: dict[str, Any]) -> dict[str, Any]:
    """The answer in its form: what a process sent that ran a model is not to be trusted."""
    try:
        answer = VerificationAnswer.model_validate({**found, "device": device})
    except ValidationError:
        error = "The process that ran PyTorch said what makes no sense."
        answer = VerificationAnswer(status="crashed", device=device, error=error, discrepancies=[])
    return answer.model_dump(exclude_unset=True)


async def _gone(request: Request) -> None:
    """Returns once the client has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
