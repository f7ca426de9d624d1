"""The operation grouped_mm, which multiplies groups of rows with a matrix each, as a mixture of experts does.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grouped_mm.html and, for what is refused,
``aten/src/ATen/native/GroupedMMUtils.h``.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import BYTES, DType
from service.core.formulas import Formula
from service.core.sizes import Size, above, differ, indivisible, is_known
from service.core.tensors import Tensor, strided, strides_of
from service.layers.base import example
from service.layers.call import Call
from service.layers.matrix import Product
from service.layers.notebook import Rejection

MULTIPLIED: Final = frozenset({"float32", "bfloat16", "float16"})
ALIGNMENT: Final = 16
"""Bytes of which a row is a multiple."""
GROUPED: Final = Formula("rows × inner × columns")
BATCHED: Final = Formula("groups × rows × inner × columns")


class GroupedMM(Product, type="grouped_mm"):
    """Multiplies groups of rows with a matrix for each group."""

    function = "torch.nn.functional.grouped_mm"

    out_dtype: Annotated[
        DType | None, Field(description="Element type of the result; none but that of the inputs is taken.")
    ] = None

    examples = (
        example((6, 8), (3, 8, 16), keywords={"offs": Tensor((3,), "int32")}),
        example((3, 4, 8), (3, 8, 12)),
        example((4, 8), (8, 8), keywords={"offs": Tensor((2,), "int32")}),
        example((2, 4, 8), (8, 8), keywords={"offs": Tensor((2,), "int32")}),
        example(
            Tensor((6, 8), "bfloat16"), Tensor((3, 8, 16), "bfloat16", (128, 1, 8)),
            keywords={"offs": Tensor((3,), "int32")}, out_dtype="bfloat16",
        ),
    )  # fmt: skip

    def forward(self, call: Call, mat_a: Tensor, mat_b: Tensor, *, offs: Tensor | None = None) -> Tensor:
        call.expect_dtype(mat_a, MULTIPLIED)
        call.expect_dtype(mat_b, MULTIPLIED, input=1)
        call.require_rank(mat_a, 2, 3, layout="[…, rows, inner]")
        call.require_rank(mat_b, 2, 3, layout="[…, inner, columns]", input=1)
        if mat_a.rank == 3 or mat_b.rank == 3:
            self.expect_meeting(call, mat_a, mat_b)
        for tensor in (mat_a, mat_b):
            self.expect_aligned(call, tensor)
        groups = self.require_groups(call, mat_a, mat_b, offs)
        if above(groups, 0):
            call.expect_dtype(mat_b, frozenset({mat_a.dtype}), input=1)
        call.expect_one_of("out_dtype", self.out_dtype, (None, mat_a.dtype))
        rows, inner, columns = mat_a.shape[-2], mat_a.shape[-1], mat_b.shape[-1]
        if mat_a.rank == mat_b.rank == 3:
            call.count_macs(BATCHED, groups=groups, rows=rows, inner=inner, columns=columns)
        else:
            call.count_macs(GROUPED, rows=rows, inner=inner, columns=columns)
        step = ALIGNMENT // BYTES[mat_a.dtype]
        padded = (columns + step - 1) // step * step
        if mat_a.rank != mat_b.rank:
            return strided((rows, columns), mat_a.dtype, (padded, 1))
        return strided((groups, rows, columns), mat_a.dtype, (rows * padded, padded, 1))

    def require_groups(self, call: Call, mat_a: Tensor, mat_b: Tensor, offs: Tensor | None) -> Size:
        """How many groups there are: where they end is given unless both inputs are batches."""
        batches = [tensor for tensor in (mat_a, mat_b) if tensor.rank == 3]
        if (offs is None) != (len(batches) == 2):
            call.refuse(
                "offsets",
                f"{{layer}} is a grouped_mm of {mat_a} and {mat_b}, and takes "
                + ("no offs: each matrix meets its own" if offs else "offs: where each group of the matrix ends"),
            )
            raise Rejection
        if offs is not None:
            call.require_rank(offs, 1, layout="[groups]", input=2)
            call.expect_dtype(offs, frozenset({"int32"}), input=2)
            batches.append(offs)
        counts = [tensor.shape[0] for tensor in batches]
        if differ(counts[0], counts[-1]):
            call.disagree(
                f"{{layer}} is a grouped_mm of {mat_a} and {mat_b} with {counts[-1]} groups; {counts[0]} matrices "
                "do not meet them",
                *batches,
                axis=0,
            )
        return counts[-1]

    def expect_aligned(self, call: Call, tensor: Tensor) -> None:
        """Rows, or columns, lie one behind the other, and each starts at a multiple of 16 bytes."""
        *_, down, across = strides_of(tensor)
        rows, columns = tensor.shape[-2:]
        if not all(map(is_known, (down, across, rows, columns))):
            return
        for near, far, length in ((down, across, rows), (across, down, columns)):
            if near == 1 and far >= max(1, length):
                if not indivisible(far, ALIGNMENT // BYTES[tensor.dtype]):
                    return
                break
        call.refuse(
            "alignment",
            f"{{layer}} is a grouped_mm, whose matrices lie in memory with rows, or columns, of multiples of "
            f"{ALIGNMENT} bytes; {tensor} does not",
        )
