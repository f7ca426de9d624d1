"""The answers of ``POST /check`` and ``POST /diff``, described."""

from typing import Annotated, Any

from pydantic import Field

from service.core.dtypes import DType
from service.reports.answer import AnswerModel, OutputTensor, Shape


class LimitAnswer(AnswerModel):
    """A limit, and how the architecture stands to it."""

    limit: Annotated[str, Field(description="The key of the budget; `valid` is always asked for.")]
    passed: Annotated[bool, Field(description="Whether it is kept.")]
    expected: Annotated[Any, Field(description="What the budget says.")]
    actual: Annotated[Any, Field(description="What the architecture has.")]
    detail: Annotated[str, Field(description="In words, and by how much.")]


class CheckAnswer(AnswerModel):
    """Whether an architecture keeps to its budget."""

    passed: Annotated[bool, Field(description="Whether every limit is kept.")]
    lines: Annotated[list[LimitAnswer], Field(description="A line a limit.")]


class LayerChange(AnswerModel):
    """A layer that is there in both versions; each pair is before and after."""

    layer: Annotated[str, Field(description="Its name, afterwards.")]
    renamed_from: Annotated[str | None, Field(description="Its name before, if that was another.")]
    type: Annotated[list[str] | None, Field(description="Its type, if that changed.")]
    arguments: Annotated[dict[str, list[Any]], Field(description="The arguments that changed.")]
    inputs: Annotated[list[list[str]] | None, Field(description="What it takes, if that is something else now.")]
    output_shape: Annotated[list[Any] | None, Field(description="What it returns, if that changed.")]
    parameters: Annotated[list[int | None] | None, Field(description="Its parameters, if they changed.")]
    macs: Annotated[list[int | None] | None, Field(description="Its multiply-accumulates, if they changed.")]


class InputTensor(AnswerModel):
    """A tensor that the model takes."""

    shape: Annotated[Shape, Field(description="Its shape.")]
    dtype: Annotated[DType, Field(description="Its element type.")]


class DiffAnswer(AnswerModel):
    """What changed from one version to the next."""

    document: Annotated[dict[str, list[Any]], Field(description="The model's `name` and `mode`, if they changed.")]
    inputs: Annotated[
        dict[str, list[InputTensor | None]], Field(description="What goes in, by name; null where it is not there.")
    ]
    outputs: Annotated[
        list[list[OutputTensor]] | None, Field(description="What comes out, if that is something else now.")
    ]
    added: Annotated[list[str], Field(description="Layers that are new.")]
    removed: Annotated[list[str], Field(description="Layers that are no more.")]
    changed: Annotated[list[LayerChange], Field(description="Layers that are others than before.")]
    totals: Annotated[dict[str, list[int | None]], Field(description="Figures that changed, before and after.")]
    valid: Annotated[list[bool], Field(description="Whether PyTorch runs it, before and after.")]
    gained: Annotated[list[str], Field(description="Issues that are new, in words.")]
    cured: Annotated[list[str], Field(description="Issues that are no more.")]
