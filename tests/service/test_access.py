"""Who may ask: API keys, origins, and what is protected."""

import time
from pathlib import Path

import httpx
import pytest

from service.api.access import Keys, KeysError, new_key, parsed
from tests.api.server import analysing
from tests.documents import tutorial

PROTECTED = ("/", "/version", "/metrics", "/docs", "/openapi.json", "/layers", "/architectures", "/problems/busy")


def test_without_keys_everybody_may_ask(client: httpx.Client) -> None:
    assert client.get("/version").json()["settings"]["api_keys_file"] is False
    assert client.post("/analyze", json=tutorial(3, 2048)).status_code == 200


def test_keys_protect_everything_but_health(tmp_path: Path) -> None:
    (alice, one), (bob, two) = new_key("alice"), new_key("bob")
    path = tmp_path / "keys"
    path.write_text(f"# who may ask\n{one}\n{two}\n")
    with analysing("--api-keys-file", str(path)) as address, httpx.Client(base_url=address, timeout=30) as client:
        for health in ("/health/live", "/health/ready"):
            assert client.get(health).status_code == 200
        for protected in (*PROTECTED, "/nowhere"):
            answer = client.get(protected)
            assert answer.status_code == 401, protected
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["code"] == "unauthorized"
        assert client.post("/analyze", json=tutorial(3, 2048)).status_code == 401
        for headers in ({"Authorization": f"Bearer {alice}"}, {"X-API-Key": bob}, {"Authorization": f"bearer {bob}"}):
            assert client.get("/version", headers=headers).status_code == 200
        for key in ("", "a", alice[:-1], alice + "a", "a" * 10_000, one.partition(":")[2]):
            assert client.get("/version", headers={"X-API-Key": key}).status_code == 401
        told = client.get("/version", headers={"X-API-Key": alice}).text
        assert str(path) not in told
        assert one.partition(":")[2] not in told


def test_keys_are_changed_while_the_service_runs(tmp_path: Path) -> None:
    (old, before), (new, after) = new_key("team"), new_key("team-2")
    path = tmp_path / "keys"
    path.write_text(before)
    keys = Keys(path)
    told: list[str | None] = []
    keys.on_change = lambda: told.append(keys.failure)
    assert (keys.owner(old), keys.owner(new)) == ("team", None)
    path.write_text(f"{before}\n{after}\n")
    assert waited(keys, new) == "team-2"
    assert keys.owner(old) == "team"
    path.write_text(after)
    assert waited(keys, new) == "team-2"
    assert keys.owner(old) is None
    path.write_text("nonsense")
    assert waited(keys, new) == "team-2"
    assert keys.failure
    path.unlink()
    assert waited(keys, new) == waited(keys, new) == "team-2"
    assert told[:2] == [None, None]
    assert [bool(why) for why in told] == [False, False, True, True], "each failure is told once"
    assert keys.names == ["team-2"]


def waited(keys: Keys, key: str) -> str | None:
    time.sleep(1.1)
    return keys.owner(key)


@pytest.mark.parametrize("text", ["", "# none\n", "alice:short\n", "alice:" + "0" * 64 + "\nalice:" + "1" * 64])
def test_what_is_no_file_of_keys(text: str) -> None:
    with pytest.raises(KeysError):
        parsed(text.splitlines())


def test_no_page_of_another_origin_may_ask(client: httpx.Client) -> None:
    answer = client.post("/analyze", json=tutorial(3, 2048), headers={"Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in answer.headers
    form = {"Origin": "https://elsewhere.example", "Content-Type": "text/plain"}
    assert client.post("/analyze", content=b"{}", headers=form).status_code == 415
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in client.options("/analyze", headers=asked).headers


def test_pages_of_origins_that_are_named_may() -> None:
    origin = "https://design.example"
    with analysing("--cors-origins", f"{origin}, https://other.example") as address:
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST",
                 "Access-Control-Request-Headers": "content-type"}  # fmt: skip
        assert httpx.options(f"{address}/analyze", headers=asked).headers["access-control-allow-origin"] == origin
        answer = httpx.post(f"{address}/analyze", json=tutorial(3, 2048), headers={"Origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin
        elsewhere = httpx.get(f"{address}/version", headers={"Origin": "https://elsewhere.example"})
        assert "access-control-allow-origin" not in elsewhere.headers


def test_pages_of_other_origins_may_ask_with_a_key(tmp_path: Path) -> None:
    origin, (key, line) = "https://design.example", new_key("alice")
    (tmp_path / "keys").write_text(line)
    with analysing("--cors-origins", origin, "--api-keys-file", str(tmp_path / "keys")) as address:
        # What a browser asks first never has the key.
        first = {"Origin": origin, "Access-Control-Request-Method": "POST",
                 "Access-Control-Request-Headers": "content-type,x-api-key"}  # fmt: skip
        preflight = httpx.options(f"{address}/analyze", headers=first)
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, origin)
        elsewhere = httpx.options(f"{address}/analyze", headers={**first, "Origin": "https://elsewhere.example"})
        assert "access-control-allow-origin" not in elsewhere.headers
        for given, status in (({"X-API-Key": key}, 200), ({}, 401)):
            answer = httpx.post(f"{address}/analyze", json=tutorial(3, 2048), headers={"Origin": origin, **given})
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, origin)
        assert httpx.options(f"{address}/analyze").status_code == 401
