"""What goes wrong in the process for large documents reaches the one that asked for what it is."""

import asyncio
import json

import httpx
import pytest

from service.api import heavy
from service.api.heavy import HeavyLane
from service.api.lanes import Lanes
from service.api.logs import DefectElsewhereError
from service.api.metrics import Metrics
from service.api.problems import ProblemError
from service.api.responding import Responder
from service.api.settings import Settings
from service.api.tasks import Answered
from service.architecture.allowance import AT_ONCE
from service.reports.formats import FORMATS, Format


def raising(error: Exception) -> None:
    raise error


async def ended(lane: HeavyLane) -> None:
    """Stops the process, and waits until the loop that handles it knows that it is gone."""
    process = lane.process
    assert process is not None
    lane.stop()
    await process.wait()


@pytest.mark.parametrize("error", [MemoryError(), SystemError("error return without exception set")])
def test_memory_that_ran_out(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heavy, "TASKS", {"analyze": lambda *_: raising(error)})
    told, content = heavy.attempt(Responder(), "analyze", b"{}", FORMATS[0])
    assert content is None
    with pytest.raises(ProblemError) as refused:
        heavy.as_answer(json.loads(json.dumps(told)), ())
    assert refused.value.code == "answer-too-large"


def test_a_defect_tells_where_it_is_and_nothing_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heavy, "TASKS", {"analyze": lambda *_: raising(KeyError("a secret"))})
    told, _ = heavy.attempt(Responder(), "analyze", b"{}", FORMATS[0])
    with pytest.raises(DefectElsewhereError) as defect:
        heavy.as_answer(json.loads(json.dumps(told)), ())
    assert defect.value.kind == "KeyError"
    assert defect.value.where[-1].endswith("raising")
    assert "secret" not in json.dumps(told)


def test_a_process_that_failed_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    lane = HeavyLane(Settings())

    async def exhausted(_: object) -> tuple[bytes, ...]:
        return (b'{"exhausted": true}',)

    async def failing_once() -> None:
        with monkeypatch.context() as patching:
            patching.setattr(lane, "_received", exhausted)
            with pytest.raises(ProblemError):
                await lane.run("analyze", b"{}", FORMATS[0])
        assert lane.process is None
        answer = await lane.run("analyze", b'{"input": [1, 8], "layers": [{"type": "ReLU"}]}', FORMATS[0])
        assert answer.valid
        assert answer.seconds > 0
        await ended(lane)

    asyncio.run(failing_once())


def test_a_long_answer_is_passed_on_in_pieces(client: httpx.Client) -> None:
    """As to copy it at once would keep everybody else waiting."""
    document = {"input": [1, 8], "layers": [{"type": "ReLU", "repeat": 10_000}]}
    body = json.dumps(document).encode()

    async def worked_out() -> Answered:
        lane = HeavyLane(Settings())
        try:
            return await lane.run("analyze", body, FORMATS[0])
        finally:
            await ended(lane)

    pieces = asyncio.run(worked_out()).pieces
    assert {len(piece) for piece in pieces[:-1]} == {heavy.PIECE}
    told = client.post("/analyze", content=body)
    assert (told.content, int(told.headers["content-length"])) == (b"".join(pieces), len(told.content))
    assert told.headers["etag"]
    verified = client.post("/analyze", json={**document, "verify": {"device": "cuda:99"}}).json()
    assert verified.pop("verification")["status"] == "unavailable"
    assert verified == told.json()


@pytest.mark.parametrize("format", FORMATS, ids=[each.name for each in FORMATS])
def test_what_takes_long_to_write_is_written_elsewhere_sooner(format: Format) -> None:
    """So that a drawing of hundreds of layers keeps nobody waiting."""
    most = AT_ONCE.layers // format.weight

    async def written() -> list[bool]:
        lanes = Lanes(Settings(), Metrics())
        went = []
        for count in (most, most + 1):
            body = json.dumps({"input": [1, 8], "layers": [{"type": "ReLU"}] * count}).encode()
            await lanes.run("analyze", body, format)
            went.append(lanes.heavy.process is not None)
        await ended(lanes.heavy)
        return went

    assert asyncio.run(written()) == [False, True]
    assert (format.weight > 1) == (format.name not in ("json", "csv"))
