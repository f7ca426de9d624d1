"""The OpenAPI document says everything, and nothing that is not so."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from service.api.application import create_application
from service.api.description import document_schema
from service.api.settings import Settings
from service.reports.answer import Answer
from tests.tools import tool

DESCRIPTION: dict[str, Any] = create_application(Settings()).openapi()
OPERATIONS = [
    pytest.param(operation, id=f"{method} {path}")
    for path, methods in DESCRIPTION["paths"].items()
    for method, operation in methods.items()
]


def test_every_field_is_described() -> None:
    undescribed = [
        f"{name}.{field}"
        for schemas in (DESCRIPTION["components"]["schemas"], document_schema()["$defs"])
        for name, schema in schemas.items()
        for field, described in schema.get("properties", {}).items()
        if not described.get("description")
    ]
    assert undescribed == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_described(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_errors_are_problem_documents(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if status != "200":
            assert list(response["content"]) == ["application/problem+json", "text/plain", "text/markdown"]


def test_every_reference_leads_somewhere() -> None:
    def references(value: Any) -> Any:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for described, place in ((DESCRIPTION, "#/components/schemas/"), (document_schema(), "#/$defs/")):
        defined = described["components"]["schemas"] if described is DESCRIPTION else described["$defs"]
        assert set(references(described)) <= {f"{place}{name}" for name in defined}


def test_a_description_is_that_of_its_own_field() -> None:
    schema = str(document_schema()["$defs"]["Conv2d"]["properties"]["kernel_size"])
    assert schema.count("'description'") == 1, "alternatives share their types, not their descriptions"


def test_examples_are_what_the_schema_says() -> None:
    shown = DESCRIPTION["paths"]["/analyze"]["post"]["responses"]["200"]["content"]["application/json"]["examples"]
    for example in shown.values():
        Answer.model_validate(example["value"], strict=True)


def test_a_linter_has_nothing_to_say() -> None:
    spectral = tool("@stoplight/spectral-cli/dist/index.js")
    rules = Path(__file__).parents[1] / "tools/spectral.yaml"
    committed = Path(__file__).parents[2] / "openapi/openapi.json"
    command: list[str | Path] = ["node", spectral, "lint", "--ruleset", rules, "--fail-severity", "hint", committed]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
