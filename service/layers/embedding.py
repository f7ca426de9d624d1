"""Tables that indices look rows up in: Embedding and EmbeddingBag.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html and
https://docs.pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html
"""

import math
from typing import Annotated, ClassVar, Final

from pydantic import Field

from service.core import faults
from service.core.dtypes import FLOATING, INDICES, promote
from service.core.entries import Entries
from service.core.faults import Fault, NoSuchRow
from service.core.sizes import UNKNOWN, UNKNOWN_SIZE, Size, above, differ
from service.core.tensors import Tensor, Value
from service.layers.arguments import Bool, Device, Float, Int, Str, WeightDType
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.weights import Weight, Weights

MODES: Final = ("sum", "mean", "max")

NumEmbeddings = Annotated[Int, Field(description="Rows of the table: indices are below it.")]
EmbeddingDim = Annotated[Int, Field(description="Numbers in a row.")]
PaddingIdx = Annotated[Int | None, Field(description="A row that stays zero; negative ones count from the last.")]
MaxNorm = Annotated[Float | None, Field(description="Rows with a larger norm are scaled down to it when looked up.")]
NormType = Annotated[Float, Field(description="The p of the p-norm for max_norm.")]
ByFrequency = Annotated[
    Bool, Field(description="Whether a row's gradient is divided by how often the batch looks it up.")
]
Sparse = Annotated[Bool, Field(description="Whether the gradient is a sparse tensor.")]
Mode = Annotated[Str, Field(description="`sum`, `mean` or `max`.", examples=list(MODES))]
IncludeLastOffset = Annotated[
    Bool, Field(description="Whether offsets ends with the number of indices, so that it names one bag less.")
]


class Table(Layer):
    """What both forms share."""

    family = "embedding"
    looks_up = True

    num_embeddings: NumEmbeddings
    embedding_dim: EmbeddingDim
    padding_idx: PaddingIdx
    max_norm: MaxNorm
    norm_type: NormType

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("num_embeddings", self.num_embeddings, 0)
        call.expect_at_least("embedding_dim", self.embedding_dim, 0)
        rows = self.num_embeddings
        if self.padding_idx is not None and not -rows <= self.padding_idx < rows:
            call.refuse(
                "padding-idx",
                f"{{layer}} is a {self.type} with padding_idx = {self.padding_idx}, which is none of its {rows} rows",
                argument="padding_idx",
                expected=[-rows, rows - 1],
                received=self.padding_idx,
            )

    def weights(self) -> Weights:
        yield Weight("weight", (self.num_embeddings, self.embedding_dim), ("rows",), self.weight_dtype)

    def refuses_entries(self, inputs: tuple[Value, ...], arriving: Entries) -> Fault | None:  # noqa: ARG002
        return beyond_rows(self.type, "num_embeddings", self.num_embeddings, arriving)

    def expect_rows(self, call: Call, input: Tensor, *, undefined: bool = False) -> None:
        """There is a row for an index to name, and it has a norm if that is to be limited."""
        if not above(input.elements, 0):
            return
        if self.num_embeddings == 0:
            call.disagree(
                f"{{layer}} is a {self.type} with num_embeddings = 0, so there is no row for the indices {input}",
                input,
                undefined=undefined,
            )
        if self.max_norm is not None and self.embedding_dim == 0 and self.norm_type < 0:
            refuse_empty_norm(call, self.norm_type)


def beyond_rows(kind: str, argument: str | None, rows: int, arriving: Entries) -> Fault | None:
    """What is wrong if an index that arrives names none of the rows."""
    is_beyond = arriving.most >= rows
    if not is_beyond and arriving.least >= 0:
        return None
    wrong = arriving.most if is_beyond else arriving.least
    said = f" with {argument} = {rows}" if argument else f" in a table of {rows} rows"
    arrive = f"{wrong} arrives" if arriving.least == arriving.most else f"{arriving.least} to {arriving.most} arrive"
    return NoSuchRow(
        code="no-such-row",
        message=f"{{layer}} is an {kind}{said}, so that indices are from 0 to {rows - 1}, but {arrive}",
        argument=argument,
        expected=f"at least {wrong + 1}" if is_beyond else "indices of 0 and more",
        received=rows,
        bounds=(wrong + 1, math.inf) if is_beyond else None,
    )


def refuse_empty_norm(call: Call, norm_type: float) -> None:
    """Rows without entries have no norm of a negative p."""
    call.refuse(
        "norm-type",
        f"{{layer}} is a {call.type} with norm_type = {norm_type}, a norm that its rows, which are empty, do not have",
        argument="norm_type",
        expected="at least 0",
        received=norm_type,
    )


class Embedding(Table):
    """Replaces every index by a learned row of a table."""

    num_embeddings: NumEmbeddings
    embedding_dim: EmbeddingDim
    padding_idx: PaddingIdx = None
    max_norm: MaxNorm = None
    norm_type: NormType = 2.0
    scale_grad_by_freq: ByFrequency = False
    sparse: Sparse = False
    device: Device = None
    dtype: WeightDType = None

    examples = (
        example(Tensor((2, 4), "int64"), num_embeddings=10, embedding_dim=3),
        example(Tensor((2, 4), "int32"), num_embeddings=10, embedding_dim=3, padding_idx=-1, max_norm=1.0),
        example(Tensor((), "int64"), num_embeddings=10, embedding_dim=3, sparse=True),
    )

    def declares(self, *inputs: Value) -> Value:
        if inputs and isinstance(inputs[0], Tensor):
            return Tensor((*inputs[0].shape, self.embedding_dim), self.weight_dtype)
        return UNKNOWN

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.expect_dtype(input, INDICES)
        self.expect_rows(call, input)
        return Tensor((*input.shape, self.embedding_dim), self.weight_dtype)


class EmbeddingBag(Table):
    """Looks rows up by index and sums, averages or maximizes them by bags of indices."""

    offsets_at: ClassVar[int] = 1
    """Where offsets stand among the inputs."""

    num_embeddings: NumEmbeddings
    embedding_dim: EmbeddingDim
    max_norm: MaxNorm = None
    norm_type: NormType = 2.0
    scale_grad_by_freq: ByFrequency = False
    mode: Mode = "mean"
    sparse: Sparse = False
    include_last_offset: IncludeLastOffset = False
    padding_idx: PaddingIdx = None
    device: Device = None
    dtype: WeightDType = None

    examples = (
        example(Tensor((2, 4), "int64"), num_embeddings=10, embedding_dim=3),
        example(Tensor((8,), "int64"), Tensor((3,), "int64"), num_embeddings=10, embedding_dim=3, mode="max"),
        example(
            Tensor((8,), "int64"), Tensor((3,), "int32"),
            num_embeddings=10, embedding_dim=3, include_last_offset=True, padding_idx=2,
        ),
        example(
            Tensor((2, 4), "int32"), keywords={"per_sample_weights": Tensor((2, 4))},
            num_embeddings=10, embedding_dim=3, mode="sum", max_norm=1.0,
        ),
        example(
            Tensor((8,), "int64"), Tensor((2,), "int64"), Tensor((8,)), num_embeddings=10, embedding_dim=3, mode="sum"
        ),
    )  # fmt: skip

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_one_of("mode", self.mode, MODES)
        if self.mode == "max":
            call.expect_one_of("scale_grad_by_freq", self.scale_grad_by_freq, (False,))
            call.expect_one_of("sparse", self.sparse, (False,))
        call.expect_one_of("dtype", self.weight_dtype, sorted(FLOATING))

    def declares(self, *inputs: Value) -> Value:  # noqa: ARG002
        return Tensor((UNKNOWN_SIZE, self.embedding_dim), self.weight_dtype)

    def forward(
        self, call: Call, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None
    ) -> Tensor:
        call.require_rank(input, 1, 2, layout="[indices] with offsets, or [bags, indices]")
        if input.rank == 1:
            bags = self.bags_by_offsets(call, input, offsets)
        else:
            bags = self.bags_by_rows(call, input, offsets)
        if per_sample_weights is not None:
            self.expect_weights(call, input, per_sample_weights)
        return Tensor((bags, self.embedding_dim), self.weight_dtype)

    def bags_by_rows(self, call: Call, input: Tensor, offsets: Tensor | None) -> Size:
        """How many bags the rows of the input are."""
        if offsets is not None:
            self.refuse_offsets(call, f"takes no offsets beside {input}, whose rows are the bags")
        call.expect_dtype(input, INDICES)
        if input.shape[1] == 0:
            call.disagree(f"{{layer}} is an {self.type} and its bags are empty: {input} arrives", input, axis=1)
        self.expect_rows(call, input)
        return input.shape[0]

    def bags_by_offsets(self, call: Call, input: Tensor, offsets: Tensor | None) -> Size:
        """How many bags the offsets part the input into."""
        if offsets is None:
            self.refuse_offsets(call, f"needs offsets beside {input}, which say where each bag begins")
            return UNKNOWN_SIZE
        call.require_rank(offsets, 1, layout="[bags]", input=self.offsets_at)
        if promote(input.dtype, offsets.dtype) not in INDICES or self.max_norm is not None:
            call.expect_dtype(input, INDICES)
        if promote(input.dtype, offsets.dtype) not in INDICES:
            call.expect_dtype(offsets, INDICES, input=self.offsets_at)
        (indices,), (bags,) = input.shape, offsets.shape
        if self.include_last_offset:
            if bags == 0:
                call.disagree(
                    f"{{layer}} is an {self.type} with include_last_offset = true, but offsets is empty", offsets
                )
                return UNKNOWN_SIZE
            bags = bags - 1
        if bags == 0 and above(indices, 0):
            call.disagree(
                f"{{layer}} is an {self.type}, and {offsets} offsets leave no bag for the {indices} indices",
                input,
                offsets,
                undefined=True,
            )
        # Which rows are read depends on the offsets' values, and so does what becomes of reading none.
        self.expect_rows(call, input, undefined=True)
        return bags

    def refuse_offsets(self, call: Call, problem: str) -> None:
        """Offsets are missing, or are too many."""
        names = ("input", "offsets", "per_sample_weights")
        call.note(
            faults.WrongInputs(
                code="embedding-offsets",
                message=f"{{layer}} is an {self.type} and {problem}",
                expected=list(names),
                names=names,
                required=1,
            )
        )

    def expect_weights(self, call: Call, input: Tensor, per_sample_weights: Tensor) -> None:
        """There is a weight for every index, and a sum for it to enter."""
        call.expect_one_of("mode", self.mode, ("sum",))
        if input.rank != per_sample_weights.rank or any(map(differ, input.shape, per_sample_weights.shape)):
            call.disagree(
                f"{{layer}} is an {self.type} and takes a weight for each index; {per_sample_weights} arrives for "
                f"{input}",
                input,
                per_sample_weights,
            )
        call.expect_dtype(per_sample_weights, frozenset({self.weight_dtype}), input=self.offsets_at + 1)
