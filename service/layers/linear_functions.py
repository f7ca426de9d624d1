"""Linear maps as functions, which take their weights as inputs: linear, bilinear, embedding and embedding_bag.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear.html and its neighbours.
"""

from service.core.broadcasting import broadcast, expands_to
from service.core.dtypes import FLOATING, INDICES, INEXACT, NUMERIC, category
from service.core.entries import Entries
from service.core.faults import Fault
from service.core.sizes import UNKNOWN_SIZE, Shape, above, differ, is_known, product, written
from service.core.tensors import Tensor, Value, is_contiguous
from service.layers.base import example
from service.layers.call import Call
from service.layers.embedding import (
    ByFrequency,
    EmbeddingBag,
    IncludeLastOffset,
    MaxNorm,
    Mode,
    NormType,
    PaddingIdx,
    Sparse,
    beyond_rows,
    refuse_empty_norm,
)
from service.layers.linear import MACS_BILINEAR
from service.layers.matrix import Kernel, Product, kernel_of
from service.layers.notebook import Rejection
from service.layers.operation import Operation


class LinearOperation(Product, type="linear"):
    """Multiplies the last axis by a matrix that arrives and adds a bias."""

    function = "torch.nn.functional.linear"
    examples = (
        example((128, 20), (30, 20), (30,)),
        example((2, 5, 7, 16), (4, 16)),
        example((2, 5, 16), (4, 16), (5, 4)),
        example((16,), (4, 16), (4,)),
        example((5, 2, 16), (16,)),
    )

    def forward(self, call: Call, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        call.require_axes(input, 1, "[…, in_features]")
        call.require_rank(weight, 1, 2, layout="[out_features, in_features]", input=1)
        transposed = weight.reshaped(*reversed(weight.shape))
        self.expect_meeting(call, input, transposed)
        shape = (*input.shape[:-1], *weight.shape[:-1])
        if bias is not None:
            self.expect_bias(call, input, weight, bias, shape)
        kernel: Kernel = "mm" if weight.rank == 2 else kernel_of(input, weight)
        return self.multiplied(call, kernel, input, transposed, shape)

    def expect_bias(self, call: Call, input: Tensor, weight: Tensor, bias: Tensor, shape: Shape) -> None:
        """The bias is expanded to the rows of one matrix where PyTorch sees one, and otherwise added to the product."""
        single = bias.rank == 1 or sum(size != 1 for size in bias.shape) == 1
        if input.rank == 2 or (single and is_contiguous(input) and is_contiguous(bias)):
            target = (product(shape[:-1]), *shape[-1:])
            fits = weight.rank == 2 and expands_to(bias.shape, target)
            # With nothing to multiply, PyTorch multiplies the bias by 1, which makes integers of booleans.
            nothing = input.shape[-1] == 0 and above(product(shape), 0)
            call.expect_dtype(bias, NUMERIC if nothing and input.dtype == "bool" else frozenset({input.dtype}), input=2)
        else:
            fits = expands_to(bias.shape, shape)
            if category(bias.dtype) > category(input.dtype):
                call.expect_dtype(bias, frozenset({input.dtype}), input=2)
        if not fits:
            call.disagree(
                f"{{layer}} is a linear whose product has shape {written(shape)}; a bias {bias} cannot be added to it",
                input, weight, bias,
            )  # fmt: skip


class BilinearOperation(Operation, type="bilinear"):
    """Multiplies every pair of features of two inputs, and sums them with weights that arrive."""

    function = "torch.nn.functional.bilinear"
    family = "bilinear"
    examples = (
        example((128, 20), (128, 30), (40, 20, 30), (40,)),
        example((2, 3, 4), (2, 3, 5), (6, 4, 5)),
    )

    def forward(self, call: Call, input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        for position, tensor in enumerate((input1, input2)):
            call.require_axes(tensor, 1, "[…, features]", input=position)
        call.require_axes(weight, 3, "[out_features, in1_features, in2_features]", input=2)
        if above(weight.elements * product(input1.shape[:-1]), 0):  # Where nothing is multiplied, nobody looks.
            call.require_rank(weight, 3, layout="[out_features, in1_features, in2_features]", input=2)
        call.expect_dtype(weight, NUMERIC, input=2)
        kind = frozenset({weight.dtype})
        for position, arriving in enumerate((input1, input2, weight, bias)):
            if arriving is not None:
                call.expect_dtype(arriving, kind, input=position)
        for tensor in (input1, input2):
            call.expect_filled(tensor, -1)
        leading, features = input1.shape[:-1], (input1.shape[-1], input2.shape[-1])
        if input1.rank != input2.rank or any(map(differ, leading, input2.shape)):
            call.disagree(
                f"{{layer}} is a bilinear and takes two inputs that differ in the last axis only; {input1} and "
                f"{input2} arrive",
                input1,
                input2,
            )
        if any(map(differ, weight.shape[1:3], features)):
            call.disagree(
                f"{{layer}} is a bilinear whose weight {weight} takes {weight.shape[1]} and {weight.shape[2]} "
                f"features, but {features[0]} and {features[1]} arrive",
                weight,
            )
        shape = (*leading, weight.shape[0])
        # PyTorch looks at the first size of the bias, and then adds it as it adds any tensor.
        total = shape if bias is None else broadcast(shape, bias.shape)
        if bias is not None and (not bias.rank or differ(bias.shape[0], weight.shape[0]) or total is None):
            call.disagree(
                f"{{layer}} is a bilinear whose weight {weight} makes {weight.shape[0]} features, so that its bias has "
                f"shape [{weight.shape[0]}]; {bias} arrives",
                weight,
                bias,
            )
        call.count_macs(
            MACS_BILINEAR, leading=leading, in1_features=features[0], in2_features=features[1],
            out_features=weight.shape[0],
        )  # fmt: skip
        return Tensor(total or shape, weight.dtype)


class ByTable(Operation):
    """What looks rows up in a table that arrives."""

    family = "embedding"
    looks_up = True

    def refuses_entries(self, inputs: tuple[Value, ...], arriving: Entries) -> Fault | None:
        table = inputs[1] if len(inputs) > 1 else None
        rows = table.shape[0] if isinstance(table, Tensor) and table.rank else UNKNOWN_SIZE
        return beyond_rows(self.type, None, rows, arriving) if is_known(rows) else None


class EmbeddingOperation(ByTable, type="embedding"):
    """Replaces every index by a row of a table that arrives."""

    function = "torch.nn.functional.embedding"

    padding_idx: PaddingIdx = None
    max_norm: MaxNorm = None
    norm_type: NormType = 2.0
    scale_grad_by_freq: ByFrequency = False
    sparse: Sparse = False

    examples = (
        example(Tensor((2, 4), "int64"), (10, 3)),
        example(Tensor((2, 4), "int32"), (10, 3), padding_idx=-1, max_norm=1.0),
        example(Tensor((), "int64"), (10, 3), sparse=True),
    )

    def forward(self, call: Call, input: Tensor, weight: Tensor) -> Tensor:
        call.expect_dtype(input, INDICES)
        call.require_rank(weight, 2, layout="[rows, features]", input=1)
        rows, features = weight.shape
        if self.padding_idx is not None and (above(self.padding_idx, rows - 1) or above(-rows, self.padding_idx)):
            call.refuse(
                "padding-idx",
                f"{{layer}} is an embedding with padding_idx = {self.padding_idx}, which is none of the {rows} rows of "
                f"{weight}",
                argument="padding_idx",
                expected=[-rows, rows - 1],
                received=self.padding_idx,
            )
        if rows == 0 and above(input.elements, 0):
            call.disagree(
                f"{{layer}} is an embedding by {weight}, which has no row for the indices {input}", input, weight
            )
        if self.max_norm is not None and above(input.elements, 0):
            if features == 0 and self.norm_type < 0:
                refuse_empty_norm(call, self.norm_type)
            call.expect_dtype(weight, INEXACT, input=1)
        return Tensor((*input.shape, features), weight.dtype)


class Bags(EmbeddingBag):
    """A bag of rows by the sizes of the table that arrives before the offsets."""

    offsets_at = 2


class EmbeddingBagOperation(ByTable, type="embedding_bag"):
    """Looks rows of a table that arrives up and sums, averages or maximizes them by bags of indices."""

    function = "torch.nn.functional.embedding_bag"

    max_norm: MaxNorm = None
    norm_type: NormType = 2.0
    scale_grad_by_freq: ByFrequency = False
    mode: Mode = "mean"
    sparse: Sparse = False
    include_last_offset: IncludeLastOffset = False
    padding_idx: PaddingIdx = None

    examples = (
        example(Tensor((2, 4), "int64"), (10, 3)),
        example(Tensor((8,), "int64"), (10, 3), Tensor((3,), "int64"), mode="max"),
        example(Tensor((8,), "int64"), (10, 3), Tensor((3,), "int32"), include_last_offset=True, padding_idx=2),
        example(
            Tensor((2, 4), "int32"), (10, 3), keywords={"per_sample_weights": Tensor((2, 4))}, mode="sum", max_norm=1.0
        ),
    )

    def forward(
        self,
        call: Call,
        input: Tensor,
        weight: Tensor,
        offsets: Tensor | None = None,
        *,
        per_sample_weights: Tensor | None = None,
    ) -> Tensor:
        # PyTorch once took them the other way round, and still does where that is plain.
        is_swapped = weight.dtype == "int64" and input.dtype in FLOATING
        indices, table = (weight, input) if is_swapped else (input, weight)
        call.require_rank(table, 2, layout="[rows, features]", input=1)
        if not call.expect_dtype(table, FLOATING, input=1):
            raise Rejection
        rows, features = table.shape
        given = {name: getattr(self, name) for name in type(self).model_fields if name != "type"}
        bags = Bags.model_construct(
            type=self.type, num_embeddings=rows, embedding_dim=features, dtype=table.dtype, **given
        )
        if is_known(rows) and is_known(features):
            bags.check_arguments(call)
        output: Tensor = bags.forward(call, indices, offsets, per_sample_weights)
        return output
