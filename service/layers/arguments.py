"""The types of constructors' arguments, strict as PyTorch is: ``true``, ``"12"`` or ``3.0`` is no integer."""

from typing import Annotated, Any, Final, Literal, TypeAlias, cast, get_args

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from service.core.dtypes import DType
from service.core.sizes import LARGEST_INTEGER, UNKNOWN_SIZE

LONGEST_TEXT: Final = 256
"""Characters of a name or any other text."""


class Ready:
    """A schema that Pydantic takes as it is.

    Thousands of arguments share a handful of types; put together anew for each, they would take a third of the time in
    which the service starts.
    """

    def __init__(self, schema: CoreSchema) -> None:
        self.schema = schema

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # A copy, since Pydantic writes descriptions into it.
        return cast("CoreSchema", dict(self.schema))


Int: TypeAlias = Annotated[int, Ready(core_schema.int_schema(strict=True, ge=-LARGEST_INTEGER - 1, le=LARGEST_INTEGER))]
Float: TypeAlias = Annotated[float, Ready(core_schema.float_schema(strict=True))]
Bool: TypeAlias = Annotated[bool, Ready(core_schema.bool_schema(strict=True))]
Str: TypeAlias = Annotated[str, Ready(core_schema.str_schema(strict=True, max_length=LONGEST_TEXT))]
Number: TypeAlias = Int | Float | Bool
Ints: TypeAlias = Annotated[tuple[Int, ...], Field(max_length=64)]
Floats: TypeAlias = Annotated[tuple[Float, ...], Field(max_length=64)]
Infinite: TypeAlias = Literal["inf", "-inf"]
"""JSON has no number for it."""
_INFINITIES: Final = get_args(Infinite)
FillValue: TypeAlias = Number | Infinite
PerAxis: TypeAlias = Int | Ints
"""One number for every spatial axis, or a list with a number for each."""


class Stacked:
    """Marks an argument that is a number of layers: it counts towards the limit on a document's layers."""


Depth: TypeAlias = Annotated[
    Int, Stacked(), Field(description="How many layers are stacked, each taking what the one below returns.")
]
BatchFirst: TypeAlias = Annotated[
    Bool, Field(description="Whether a batched input is `[N, L, features]` rather than `[L, N, features]`.")
]
Inplace: TypeAlias = Annotated[Bool, Field(description="Overwrite the input; shapes do not change.")]
Probability: TypeAlias = Annotated[Float, Field(description="How probably an element is zeroed.")]
Bias: TypeAlias = Annotated[Bool, Field(description="Whether there is a learned additive bias.")]
Eps: TypeAlias = Annotated[Float, Field(description="Added to a denominator for numerical stability.")]
Dim: TypeAlias = Annotated[Int, Field(description="The axis; negative ones count from the last.")]
Dims: TypeAlias = Annotated[Int | Ints, Field(description="One axis or a list of them.")]
Device: TypeAlias = Annotated[
    Str | None, Field(description="Where the weights are created; only `cpu` makes a difference-free model.")
]
WeightDType: TypeAlias = Annotated[
    DType | None, Field(description="Element type of the weights; PyTorch's default is float32.")
]


class AlwaysInferred:
    """The type of an argument that a ``Lazy…`` form does not take: no value is one."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def refuse(_: Any) -> Any:
            raise PydanticCustomError("extra_forbidden", "Extra inputs are not permitted")

        return core_schema.no_info_plain_validator_function(refuse)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"not": {}}


def inferred(description: str) -> Any:
    """An argument that may be left out, and is then taken from what arrives, as ``Lazy…`` modules do."""
    return Field(default_factory=lambda: UNKNOWN_SIZE, description=description)


def spread(value: int | float | tuple[Any, ...], axes: int) -> tuple[Any, ...]:
    """``value`` for each of ``axes`` axes; a list of one is spread as PyTorch spreads it."""
    if not isinstance(value, tuple):
        return (value,) * axes
    return value * axes if len(value) == 1 else value


def number(value: Any) -> Any:
    """``"inf"`` and ``"-inf"`` as the numbers they stand for; anything else as it is."""
    return float(value) if value in _INFINITIES else value
