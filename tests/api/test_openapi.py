"""The OpenAPI document says everything, and nothing that is not so."""

from typing import Any

import pytest

from service.api.application import create_application
from service.api.settings import Settings

DESCRIPTION: dict[str, Any] = create_application(Settings()).openapi()
OPERATIONS = [
    pytest.param(operation, id=f"{method} {path}")
    for path, methods in DESCRIPTION["paths"].items()
    for method, operation in methods.items()
]


def test_every_field_is_described() -> None:
    undescribed = [
        f"{name}.{field}"
        for name, schema in DESCRIPTION["components"]["schemas"].items()
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
            assert list(response["content"]) == ["application/problem+json"]


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

    names = {reference.rpartition("/")[2] for reference in references(DESCRIPTION)}
    assert names <= set(DESCRIPTION["components"]["schemas"])


def test_a_description_is_that_of_its_own_field() -> None:
    schema = str(DESCRIPTION["components"]["schemas"]["Conv2d"]["properties"]["kernel_size"])
    assert schema.count("'description'") == 1, "alternatives share their types, not their descriptions"
