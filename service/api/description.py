"""How the service describes itself to programs: the OpenAPI document, and the JSON Schema of what it takes.

Layers stand in the OpenAPI document as what all have in common. A union of hundreds of them, each with its arguments,
made browsers take seconds to show it and generators of clients fail over it; it is the JSON Schema that has them whole.
"""

from functools import cache
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from service.api.examples import answer_examples, request_examples
from service.api.problems import Problem
from service.api.routes.review import CheckRequest, DiffRequest
from service.architecture.document import Document
from service.layers.catalogue import ANY_LAYER, CATALOGUE

Json = dict[str, Any]

TAGS: Final = [
    {"name": "analysis", "description": "Post an architecture and learn whether it stands."},
    {"name": "architectures", "description": "Well-known models as documents to start from."},
    {"name": "review", "description": "Hold an architecture against a budget, or against its former version."},
    {"name": "catalogue", "description": "Every layer and operation that a document can use."},
    {"name": "service", "description": "What runs here, whether it is well, and what its problems mean."},
]

_LAYER: Final[Json] = {
    "title": ANY_LAYER,
    "type": "object",
    "description": "A layer: its `type`, the keys that all have, and the arguments of that class or function. "
    "`GET /layers` lists the types, `GET /layers/{type}` the arguments of one, `GET /schemas/document` has all.",
    "properties": {
        "type": {
            "type": "string",
            "description": "A class of `torch.nn`, or a tensor operation in lower case.",
            "examples": ["Conv2d"],
        },
        "name": {"type": "string", "description": "What it is called; its index, if left out."},
        "inputs": {
            "type": "array",
            "items": {"type": "string"},
            "description": "What it takes, by name; what the layer before it returns, if left out.",
        },
    },
    "required": ["type"],
    "additionalProperties": True,
}


def openapi(application: FastAPI) -> Json:
    """The OpenAPI document; made once."""
    if application.openapi_schema is None:
        document = get_openapi(
            title=application.title, version=application.version, summary=application.summary,
            description=application.description, routes=application.routes, contact=application.contact,
            license_info=application.license_info, tags=TAGS, servers=application.servers,
        )  # fmt: skip
        taken = (Document, Problem, CheckRequest, DiffRequest)
        _, definitions = models_json_schema(
            [(each, "validation") for each in taken], ref_template="#/components/schemas/{model}"
        )
        document["components"]["schemas"] |= {
            **_referring(definitions["$defs"], "#/components/schemas/"), ANY_LAYER: _LAYER,
        }  # fmt: skip
        analyze = document["paths"]["/analyze"]["post"]
        analyze["requestBody"]["content"]["application/json"]["examples"] = request_examples()
        analyze["responses"]["200"]["content"]["application/json"]["examples"] = answer_examples()
        application.openapi_schema = document
    return application.openapi_schema


@cache
def document_schema() -> Json:
    """The JSON Schema (2020-12) of a document, with the arguments of every layer."""
    references, definitions = models_json_schema(
        [(Document, "validation"), *((entry, "validation") for entry in CATALOGUE.values())],
        ref_template="#/$defs/{model}",
    )
    layers = [references[entry, "validation"] for entry in CATALOGUE.values()]
    any_layer = {"description": _LAYER["description"], "oneOf": layers}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An architecture",
        **references[Document, "validation"],
        "$defs": {**_referring(definitions["$defs"], "#/$defs/"), ANY_LAYER: any_layer},
    }


def _referring(schema: Any, place: str) -> Any:
    """The schema with a reference wherever any layer may stand."""
    if isinstance(schema, dict):
        if schema.get("title") == ANY_LAYER:
            return {**{key: value for key, value in schema.items() if key != "title"}, "$ref": f"{place}{ANY_LAYER}"}
        return {key: _referring(value, place) for key, value in schema.items()}
    return [_referring(value, place) for value in schema] if isinstance(schema, list) else schema
