"""Operations that reduce axes to one value each: sum, mean, prod and logsumexp.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#reduction-ops; what they accept beyond
their documentation is that of the overloads in ``aten/src/ATen/native/native_functions.yaml``.
"""

from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from service.core.dtypes import ANY, FLOATING, INEXACT, REAL, DType, inexact
from service.core.sizes import Shape, above
from service.core.tensors import Tensor
from service.layers.arguments import Bool, Dim, Dims
from service.layers.base import example
from service.layers.call import Call
from service.layers.operation import Operation

INTEGRAL_SUM: Final[DType] = "int64"

ReducedDims = Annotated[Dims | None, Field(description="The axes to reduce: one, or a list; all if left out.")]
ReducedDim = Annotated[Dim | None, Field(description="The axis to reduce; all if left out.")]
KeepDim = Annotated[Bool, Field(description="Whether reduced axes stay, with size 1.")]
ResultDType = Annotated[DType | None, Field(description="Element type to which the input is converted first.")]


def summed(dtype: DType) -> DType:
    """The element type of a sum or product: integers are summed up as int64."""
    return dtype if dtype in INEXACT else INTEGRAL_SUM


class Reduction(Operation):
    """What reductions share: which axes go, and what remains."""

    family = "reduction"
    takes: ClassVar[frozenset[str]] = ANY
    has_identity: ClassVar[bool] = True
    """Whether there is a result where nothing is reduced, as the sum of no numbers is 0."""
    empty_takes_any: ClassVar[bool] = False
    """Whether every element type is accepted where the result has no entries to compute."""
    keepdim_needs_dim: ClassVar[bool] = False
    """Whether no overload takes ``keepdim`` unless ``dim`` is given."""

    dim: Any = None
    keepdim: KeepDim = False

    def check_arguments(self, call: Call) -> None:
        if self.keepdim_needs_dim and self.gives("keepdim") and not self.gives("dim"):
            call.refuse(
                "keepdim",
                f"{{layer}} is a {self.type} with keepdim but without dim; PyTorch takes keepdim only along with dim",
                argument="keepdim",
                expected="dim as well",
                received=self.keepdim,
            )

    def gives(self, argument: str) -> bool:
        """Whether the document gives an argument, be it by its default value."""
        return argument in self.model_fields_set

    def axes(self, call: Call, input: Tensor) -> tuple[int, ...]:
        """The axes that are reduced."""
        if self.dim is None or self.dim == ():
            return tuple(range(input.rank))
        return call.require_dims("dim", self.dim, input.rank)

    def remaining(self, input: Tensor, axes: tuple[int, ...]) -> Shape:
        """What is left of the shape."""
        if self.keepdim:
            return tuple(1 if axis in axes else size for axis, size in enumerate(input.shape))
        return tuple(size for axis, size in enumerate(input.shape) if axis not in axes)

    def expect_entries(self, call: Call, input: Tensor, axes: tuple[int, ...]) -> None:
        """No reduced axis is empty."""
        empty = [axis for axis in axes if axis < input.rank and input.shape[axis] == 0]
        if empty:
            call.refuse(
                "empty",
                f"{{layer}} reduces axis {empty[0]} of {input}, which is empty; {self.type} of nothing is not defined",
                argument="dim",
                expected="an axis with entries",
                received=0,
            )

    def result_dtype(self, call: Call, input: Tensor) -> DType:  # noqa: ARG002
        """The result's element type."""
        return input.dtype

    def forward(self, call: Call, input: Tensor) -> Tensor:
        axes = self.axes(call, input)
        shape = self.remaining(input, axes)
        if not (self.empty_takes_any and 0 in shape):
            call.expect_dtype(input, self.takes)
        if not self.has_identity:
            self.expect_entries(call, input, axes)
        return Tensor(shape, self.result_dtype(call, input))


class Sum(Reduction, type="sum"):
    """Adds up along axes."""

    function = "torch.sum"
    keepdim_needs_dim = True
    examples = (
        example((2, 3, 4)),
        example((2, 3, 4), dim=1),
        example((2, 3, 4), dim=[0, -1], keepdim=True, dtype="float64"),
        example(Tensor((5, 3), "int32"), dim=0),
    )

    dim: ReducedDims = None
    dtype: ResultDType = None

    def result_dtype(self, call: Call, input: Tensor) -> DType:  # noqa: ARG002
        return self.dtype or summed(input.dtype)


def expect_real(call: Call, input: Tensor, dtype: DType | None) -> None:
    """What is not a number is passed over in numbers that are not complex."""
    if input.dtype in FLOATING and above(input.elements, 0):
        call.expect_one_of("dtype", dtype, (None, *sorted(REAL)))


class NanSum(Reduction, type="nansum"):
    """Adds up along axes, passing over what is not a number."""

    function = "torch.nansum"
    examples = (example((2, 3, 4)), example((2, 3, 4), dim=[0, -1], keepdim=True), example(Tensor((5, 3), "int32")))

    dim: ReducedDims = None
    dtype: ResultDType = None

    def result_dtype(self, call: Call, input: Tensor) -> DType:
        call.expect_dtype(input, REAL)
        expect_real(call, input, self.dtype)
        return self.dtype or summed(input.dtype)


class Averaging(Reduction):
    """What mean and nanmean share."""

    dim: ReducedDims = None
    dtype: ResultDType = None

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_one_of("dtype", self.dtype, (None, *sorted(INEXACT)))

    def result_dtype(self, call: Call, input: Tensor) -> DType:
        if self.dtype is None:
            call.expect_dtype(input, INEXACT)
        return self.dtype or inexact(input.dtype)


class Mean(Averaging, type="mean"):
    """Averages along axes."""

    function = "torch.mean"
    keepdim_needs_dim = True
    examples = (
        example((2, 8, 7, 7), dim=[2, 3]),
        example((2, 3, 4)),
        example((2, 3, 4), dim=1, keepdim=True),
        example(Tensor((5, 3), "int64"), dim=0, dtype="float32"),
    )


class NanMean(Averaging, type="nanmean"):
    """Averages along axes, passing over what is not a number."""

    function = "torch.nanmean"
    takes = FLOATING
    examples = (example((2, 3, 4)), example((2, 3, 4), dim=[0, -1], keepdim=True, dtype="float64"))

    def result_dtype(self, call: Call, input: Tensor) -> DType:
        expect_real(call, input, self.dtype)
        return super().result_dtype(call, input)


class Prod(Reduction, type="prod"):
    """Multiplies all entries, or those along one axis."""

    function = "torch.prod"
    keepdim_needs_dim = True
    examples = (
        example((2, 3, 4)),
        example((2, 3, 4), dim=1, keepdim=True),
        example(Tensor((2, 3), "bool"), dim=0),
        example((2, 3), dim=-1, dtype="int32"),
    )

    dim: ReducedDim = None
    dtype: ResultDType = None

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        refuse_null_dim(self, call)

    def result_dtype(self, call: Call, input: Tensor) -> DType:  # noqa: ARG002
        return self.dtype or summed(input.dtype)


def refuse_null_dim(operation: Operation, call: Call) -> None:
    """``dim`` may be left out, but no overload takes None for it."""
    if "dim" in operation.model_fields_set and getattr(operation, "dim", None) is None:
        call.refuse(
            "dim",
            f"{{layer}} is a {operation.type} with dim = null; leave dim out to reduce all axes",
            argument="dim",
            expected="an axis",
        )


class LogSumExp(Reduction, type="logsumexp"):
    """Takes the logarithm of summed exponentials along axes: a smooth maximum."""

    function = "torch.logsumexp"
    examples = (
        example((2, 3, 4), dim=1),
        example((2, 3, 4), dim=[0, 2], keepdim=True),
        example(Tensor((2, 3), "int64"), dim=-1),
    )

    dim: Annotated[Dims, Field(description="The axes to reduce: one, or a list; all for an empty list.")]

    def forward(self, call: Call, input: Tensor) -> Tensor:
        if self.dim == () and not self.keepdim and input.rank and above(input.elements, 0):
            call.refuse(
                "dim",
                f"{{layer}} is a {self.type} with dim = [], which PyTorch takes only along with keepdim = true; "
                f"list all {input.rank} axes instead",
                argument="dim",
                expected=list(range(input.rank)),
                received=[],
            )
        return super().forward(call, input)

    def result_dtype(self, call: Call, input: Tensor) -> DType:  # noqa: ARG002
        return inexact(input.dtype)
