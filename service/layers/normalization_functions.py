"""Normalizations as functions, which take their weights and statistics as inputs: layer_norm, batch_norm and others.

Sources: https://docs.pytorch.org/docs/stable/nn.functional.html#normalization-functions, and
``aten/src/ATen/native/layer_norm.cpp``, ``group_norm.cpp`` and ``Normalization.cpp`` for what they refuse.
"""

from collections.abc import Collection
from typing import Annotated, Any

from pydantic import Field

from service.core.broadcasting import result_type
from service.core.dtypes import FLOATING, INEXACT, DType
from service.core.layouts import has_repeated, like
from service.core.sizes import Shape, Size, differ, product, written
from service.core.tensors import Tensor, is_contiguous
from service.core.views import selected
from service.layers.arguments import Bool, Eps, Float, Int, Ints
from service.layers.base import example
from service.layers.batch_normalization import expect_positive_eps, is_compact, normalized
from service.layers.call import Call
from service.layers.normalization import BESIDE_FLOAT32, TrailingAxesNorm, expect_several
from service.layers.notebook import PRESERVED, Rejection
from service.layers.operation import Operation

NormalizedShape = Annotated[Ints, Field(description="Sizes of the last axes, which are normalized together.")]
Momentum = Annotated[Float, Field(description="How much of a running statistic the batch replaces.")]


class NormFunction(Operation):
    """What the functions share: weights of a given shape arrive with what is normalized."""

    def expect_weights(self, call: Call, shape: Shape, **arriving: Tensor | None) -> DType | None:
        """Those that arrive have the shape, and one element type, which is returned."""
        names = tuple(type(self).signature().parameters)
        given = {name: tensor for name, tensor in arriving.items() if tensor is not None}
        for name, tensor in given.items():
            if tensor.rank != len(shape) or any(map(differ, tensor.shape, shape)):
                call.disagree(
                    f"{{layer}} is a {self.type} whose {name} has to have the shape {written(shape)}; {tensor} arrives",
                    tensor,
                )
        kinds = {tensor.dtype for tensor in given.values()}
        position = {parameter.name: place for place, parameter in enumerate(names)}
        for name, tensor in given.items():
            if len(kinds) > 1:
                call.expect_dtype(tensor, frozenset({next(iter(given.values())).dtype}), input=position[name])
        return next(iter(given.values())).dtype if given else None


def expect_computable(call: Call, input: Tensor, weights: DType | None) -> None:
    """The CPU kernels take the element type beside that of the weights, if there are any."""
    call.expect_dtype(input, FLOATING)
    if weights is not None and input.dtype in FLOATING and input.dtype != weights:
        call.expect_dtype(input, BESIDE_FLOAT32 if weights == "float32" else frozenset({weights}))


class LayerNormFunction(TrailingAxesNorm, NormFunction, type="layer_norm"):
    """Brings every sample to mean 0 and variance 1 over its last axes."""

    function = "torch.nn.functional.layer_norm"
    behind_first = ("normalized_shape",)
    family = "layer-norm"

    normalized_shape: NormalizedShape
    eps: Eps = 1e-5

    examples = (
        example((20, 5, 10), normalized_shape=[10]),
        example((2, 4, 8, 8), (4, 8, 8), (4, 8, 8), normalized_shape=[4, 8, 8]),
        example(Tensor((20, 5, 10), "bfloat16"), (10,), (10,), normalized_shape=[10]),
    )

    def forward(self, call: Call, input: Tensor, weight: Tensor | None = None, bias: Tensor | None = None) -> Tensor:
        self.arrives(call, input)
        expect_computable(call, input, self.expect_weights(call, self.shape, weight=weight, bias=bias))
        return input.reshaped(*input.shape)


class RMSNormFunction(TrailingAxesNorm, NormFunction, type="rms_norm"):
    """Brings every sample to a root mean square of 1 over its last axes."""

    function = "torch.nn.functional.rms_norm"
    behind_first = ("normalized_shape",)
    family = "rms-norm"

    normalized_shape: NormalizedShape
    eps: Annotated[
        Float | None,
        Field(description="Added to a denominator for numerical stability; the type's smallest step if left out."),
    ] = None

    examples = (
        example((20, 5, 10), normalized_shape=[10]),
        example((2, 4, 8, 8), (4, 8, 8), normalized_shape=[4, 8, 8], eps=1e-6),
    )

    def forward(self, call: Call, input: Tensor, weight: Tensor | None = None) -> Tensor:
        self.arrives(call, input)
        call.expect_dtype(input, INEXACT)
        self.expect_weights(call, self.shape, weight=weight)
        return like(input, input.shape)


class GroupNormFunction(NormFunction, type="group_norm"):
    """Brings every group of channels to mean 0 and variance 1 within each sample."""

    function = "torch.nn.functional.group_norm"
    behind_first = ("num_groups",)
    family = "group-norm"

    num_groups: Annotated[Int, Field(description="How many groups the channels are parted into.")]
    eps: Eps = 1e-5

    examples = (
        example((20, 6, 10, 10), num_groups=3),
        example((4, 6, 10), (6,), (6,), num_groups=2),
        example(Tensor((4, 6, 10), "bfloat16"), (6,), (6,), num_groups=2),
    )

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("num_groups", self.num_groups, 1)

    def forward(self, call: Call, input: Tensor, weight: Tensor | None = None, bias: Tensor | None = None) -> Tensor:
        call.sees(PRESERVED)
        call.require_axes(input, 2, "[N, C, …]")
        channels = input.shape[1]
        call.expect_multiple("channels", channels, "num_groups", self.num_groups)
        values: Size = input.shape[0] * channels // self.num_groups * product(input.shape[2:])
        expect_several(call, input, values, "group of channels")
        expect_computable(call, input, self.expect_weights(call, (channels,), weight=weight, bias=bias))
        return like(input, input.shape)


class ChannelNormFunction(NormFunction):
    """What batch_norm and instance_norm share."""

    def takes_statistics(self) -> bool:
        """Whether it normalizes by what arrives rather than by the running statistics."""
        raise NotImplementedError

    def handed_on(self, call: Call, input: Tensor, samples: Size, *factors: Tensor | None) -> Tensor:
        """An empty input, which PyTorch merely multiplies by the first weight and adds the first bias to."""
        result = input
        for factor in filter(None, factors):
            call.require_axes(factor, 1, "[C]")
            if samples * factor.shape[0] == 0:
                call.disagree(
                    f"{{layer}} is a {self.type} and scales an empty input by its first weight, but {factor} has none",
                    factor,
                )
            first = selected(factor, 0)
            result = Tensor(call.require_broadcast(result, first), result_type(result, first))
        return result

    def expect_statistics(self, call: Call, mean: Tensor | None, variance: Tensor | None) -> None:
        """Running statistics arrive where they are used."""
        absent = [mean, variance].count(None)
        if absent == 1 or (absent and not self.takes_statistics()):
            call.refuse(
                "statistics",
                f"{{layer}} is a {self.type} that normalizes by running statistics or keeps them, and running_mean or "
                "running_var does not arrive",
                expected="running_mean and running_var",
            )
            raise Rejection


class BatchNormFunction(ChannelNormFunction, type="batch_norm"):
    """Brings every channel of a batch to mean 0 and variance 1."""

    function = "torch.nn.functional.batch_norm"
    family = "batch-norm"

    training: Annotated[Bool, Field(description="Whether the batch's own statistics normalize it.")] = False
    momentum: Momentum = 0.1
    eps: Eps = 1e-5

    examples = (
        example((4, 16, 8, 8), (16,), (16,)),
        example((4, 16, 8), (16,), (16,), (16,), (16,)),
        example((4, 16), (16,), (16,), (16,), (16,), training=True),
        example(Tensor((4, 16, 8), "bfloat16"), (16,), (16,), (16,), (16,)),
        example((1, 16, 27), training=True),
    )

    def called_with(self, *inputs: Any, named: Collection[str] = ()) -> tuple[tuple[Any, ...], dict[str, Any]]:
        # The function does without running statistics only if it is told so.
        arguments, keywords = super().called_with(*inputs, named=named)
        absent = [name for name in ("running_mean", "running_var")[len(inputs) - 1 :] if name not in named]
        return arguments, keywords | dict.fromkeys(absent)

    def takes_statistics(self) -> bool:
        return self.training

    def forward(  # noqa: PLR0917 (PyTorch's own parameters)
        self, call: Call, input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
        weight: Tensor | None = None, bias: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        call.sees(PRESERVED)
        if 0 not in input.shape:
            call.require_axes(input, 2, "[N, C, …]")
        expect_positive_eps(call, self.eps, taking_statistics=self.training)
        if self.training:
            expect_several(call, input, product((input.shape[0], *input.shape[2:])), "channel")
        if 0 not in input.shape:
            self.expect_statistics(call, running_mean, running_var)
        if 0 in input.shape:
            return self.handed_on(call, input, 1, weight, bias)
        statistics = (running_mean, running_var, weight, bias)
        if not (is_compact(input) and all(is_contiguous(tensor) for tensor in statistics if tensor is not None)):
            for position, tensor in enumerate(statistics, 1):
                if tensor is not None:
                    call.require_rank(tensor, 1, layout="[C]", input=position)
        # Otherwise only the number of weights counts, however many axes they have.
        weight, bias = (tensor and tensor.reshaped(tensor.elements) for tensor in (weight, bias))
        kind = self.expect_weights(
            call, (input.shape[1],), running_mean=running_mean, running_var=running_var, weight=weight, bias=bias
        )
        expect_computable(call, input, kind)
        return normalized(input)


class InstanceNormFunction(ChannelNormFunction, type="instance_norm"):
    """Brings every channel of each sample to mean 0 and variance 1."""

    function = "torch.nn.functional.instance_norm"
    family = "instance-norm"

    use_input_stats: Annotated[Bool, Field(description="Whether each sample's own statistics normalize it.")] = True
    momentum: Momentum = 0.1
    eps: Eps = 1e-5

    examples = (
        example((4, 16, 8, 8)),
        example((4, 16, 8), keywords={"weight": Tensor((16,)), "bias": Tensor((16,))}),
        example((4, 16, 8, 8), (16,), (16,), (16,), (16,), use_input_stats=False),
    )

    def takes_statistics(self) -> bool:
        return self.use_input_stats

    def expect_rewritable(self, call: Call, *statistics: Tensor | None) -> None:
        """The running statistics, into which new ones are written, have memory for each channel."""
        for tensor in statistics:
            if tensor is not None and has_repeated(tensor):
                call.refuse(
                    "shared-memory",
                    f"{{layer}} is a {self.type} and writes into its running statistics, but elements of {tensor}, "
                    "which arrives expanded, share memory",
                    expected="a tensor that was not expanded",
                )

    @staticmethod
    def repeatable(call: Call, tensor: Tensor | None) -> Tensor | None:
        """A list that PyTorch repeats for every sample; a number is a list of one."""
        if tensor is None:
            return None
        call.require_rank(tensor, 0, 1, layout="[C]")
        return tensor if tensor.rank else tensor.reshaped(1)

    def forward(  # noqa: PLR0917 (PyTorch's own parameters)
        self, call: Call, input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
        weight: Tensor | None = None, bias: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        call.sees(PRESERVED)
        call.require_axes(input, 2, "[N, C, …]")
        if 0 not in input.shape or not self.use_input_stats:
            self.expect_statistics(call, running_mean, running_var)
        if self.use_input_stats:
            expect_several(call, input, product(input.shape[2:]), "channel of a sample")
        running_mean, running_var, weight, bias = (
            self.repeatable(call, tensor) for tensor in (running_mean, running_var, weight, bias)
        )
        if 0 in input.shape:
            if self.use_input_stats:
                self.expect_weights(call, input.shape[1:2], running_mean=running_mean)
                self.expect_weights(call, input.shape[1:2], running_var=running_var)
            return self.handed_on(call, input, input.shape[0], weight, bias)
        kind = (weight or input).dtype
        if running_mean is not None and running_var is not None and running_mean.dtype != kind:
            # Both are converted if the first one is not of the type that is computed with.
            running_mean, running_var = running_mean._replace(dtype=kind), running_var._replace(dtype=kind)
        given = self.expect_weights(
            call, (input.shape[1],), running_mean=running_mean, running_var=running_var, weight=weight, bias=bias
        )
        expect_computable(call, input, given)
        if self.use_input_stats:
            self.expect_rewritable(call, running_mean, running_var)
        return input.reshaped(*input.shape)
