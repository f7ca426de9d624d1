"""What there is to build with and to start from, described: layers, operations and well-known architectures."""

from typing import Annotated, Any

from pydantic import Field

from service.reports.answer import AnswerModel, Formulas


class LayerSummary(AnswerModel):
    """An entry of the catalogue in a line."""

    type: Annotated[str, Field(description="The name that documents use.", examples=["Conv2d"])]
    summary: Annotated[str, Field(description="What it does.")]
    path: Annotated[str, Field(description="Where the whole entry is.", examples=["/layers/Conv2d"])]


class Argument(AnswerModel):
    """A key of an entry."""

    name: Annotated[str, Field(description="The key, PyTorch's own.", examples=["kernel_size"])]
    required: Annotated[bool, Field(description="Whether it has to be given.")]
    inferred: Annotated[bool, Field(description="Whether it may be left out and is taken from what arrives.")]
    default: Annotated[Any, Field(description="Its value where it is left out and not inferred.")]
    json_schema: Annotated[dict[str, Any], Field(description="What may be given (JSON Schema).")]
    description: Annotated[str, Field(description="What it means.")]


class LayerEntry(LayerSummary):
    """An entry of the catalogue, whole."""

    arguments: Annotated[list[Argument], Field(description="In PyTorch's order.")]
    example: Annotated[dict[str, Any], Field(description="A document for `POST /analyze`.")]
    formulas: Annotated[
        Formulas | None,
        Field(description="Where the example's figures come from; null for what has no figures of its own."),
    ]
    documentation: Annotated[str, Field(description="PyTorch's own page.")]


class Published(AnswerModel):
    """A count that somebody else published."""

    parameters: Annotated[int, Field(description="How many.")]
    source: Annotated[str, Field(description="Where.")]


class ArchitectureSummary(AnswerModel):
    """A reference architecture in a few lines."""

    name: Annotated[str, Field(description="By which it is asked for.", examples=["resnet-50"])]
    title: Annotated[str, Field(description="What it is called.", examples=["ResNet-50"])]
    description: Annotated[str, Field(description="What is special about it.")]
    paper: Annotated[str, Field(description="Who published it, and where.")]
    inputs: Annotated[dict[str, Any], Field(description="What it takes, unless it is asked for something else.")]
    published: Annotated[Published | None, Field(description="The published count, where there is one.")]
    path: Annotated[str, Field(description="Where its document is.", examples=["/architectures/resnet-50"])]
