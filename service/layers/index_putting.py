"""The operation index_put: entries replaced that lists of places, or masks, point at.

Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_put_.html
"""

from collections.abc import Collection
from typing import Annotated, Any

from pydantic import Field

from service.core.broadcasting import expands_to
from service.core.dtypes import BOOLEAN, INDICES
from service.core.faults import WrongInputs
from service.core.layouts import preserved
from service.core.sizes import UNKNOWN_SIZE, Size, above, differ, is_known, smallest
from service.core.tensors import Tensor, Value, is_tuple
from service.core.views import unsqueezed
from service.layers.advanced_indexing import MASKS, axes_named, indexed, is_mask, places_of
from service.layers.arguments import Bool
from service.layers.base import example
from service.layers.call import Call
from service.layers.inputs import refuse_tuple
from service.layers.notebook import Rejection
from service.layers.operation import Operation


class IndexPut(Operation, type="index_put"):
    """Replaces the entries that indices point at, one tensor for each of the first axes, by the last input."""

    function = "torch.index_put"
    page = "generated/torch.Tensor.index_put.html"
    family = "index"

    accumulate: Annotated[Bool, Field(description="Whether values are added to what is there.")] = False

    examples = (
        example((4, 5, 6), Tensor((2,), "int64"), (2, 5, 6)),
        example((4, 5, 6), Tensor((2, 1), "int64"), Tensor((3,), "int32"), (3, 6)),
        example((4, 5), Tensor((4, 5), "bool"), ()),
        example(Tensor((4, 5), "int64"), Tensor((3,), "int64"), Tensor((5,), "int64"), accumulate=True),
    )

    def called_with(self, *inputs: Any, named: Collection[str] = ()) -> tuple[tuple[Any, ...], dict[str, Any]]:
        _, keywords = super().called_with(named=named)
        return (*inputs[:1], inputs[1:-1], *inputs[-1:]), keywords

    def forward(self, call: Call, *tensors: Value) -> Tensor:
        whole, *indices, values = self.require_tensors(call, tensors)
        named = max(sum(map(axes_named, indices)), len(indices))  # A mask without axes counts as well.
        if named > whole.rank:
            call.refuse(
                "subscript", f"{{layer}} is an index_put by indices for {named} axes, but {whole} has {whole.rank}"
            )
            raise Rejection
        view, axis = whole, 0
        picked: dict[int, Tensor] = {}
        for index in indices:
            if is_mask(index) and index.rank == 0:
                view = unsqueezed(view, axis)
                picked |= places_of(call, Tensor((1,), "bool"), view, axis)
                axis += 1
            elif is_mask(index):
                picked |= places_of(call, index, view, axis)
                axis += index.rank
            else:
                picked[axis] = index
                axis += 1
        if self.fills(indices, values):
            call.expect_dtype(indices[0], BOOLEAN, input=1)
            return preserved(whole)
        call.expect_dtype(values, frozenset({whole.dtype}), input=len(tensors) - 1)
        masked = [index.elements for index in indices if is_mask(index)]
        target = indexed(call, view, picked) if picked else view
        self.expect_values(call, target, values, smallest(*masked) if masked else UNKNOWN_SIZE)
        return preserved(whole)

    def fills(self, indices: list[Tensor], values: Tensor) -> bool:
        """Whether PyTorch fills what a mask marks with a single value, whatever the value's element type."""
        return values.elements == 1 and len(indices) == 1 and is_mask(indices[0]) and not self.accumulate

    def expect_values(self, call: Call, picked: Tensor, values: Tensor, most: Size) -> None:
        """The values are as many as the entries picked, of which a mask marks ``most``, or broadcast to them."""
        too_many = any(
            not is_known(size) and above(given, most) and differ(given, 1)
            for given, size in zip(reversed(values.shape), reversed(picked.shape), strict=False)
        )
        if too_many or not expands_to(values.shape, picked.shape):
            call.disagree(
                f"{{layer}} is an index_put of {values} where {picked} is picked; the values have to broadcast to that",
                picked,
                values,
                wanted=picked.shape,
            )

    def require_tensors(self, call: Call, tensors: tuple[Value, ...]) -> list[Tensor]:
        """The tensor, an index or more, and the values."""
        for position, tensor in enumerate(tensors):
            if is_tuple(tensor):
                refuse_tuple(call, position, tensor)
        arriving = [tensor for tensor in tensors if isinstance(tensor, Tensor)]
        is_idle = len(arriving) == 2 and arriving[0].elements == 0 and (self.accumulate or arriving[1].elements != 1)
        if len(arriving) < len(tensors) or (len(arriving) < 3 and not is_idle):
            call.reject(
                WrongInputs(
                    code="missing-input",
                    message="{layer} is an index_put and takes a tensor, its indices, and the values; "
                    f"{len(arriving)} tensors are given",
                    expected="at least 3",
                    received=len(arriving),
                    names=("input", "indices", "values"),
                    required=3,
                )
            )
        for position, index in enumerate(arriving[1:-1], 1):
            # PyTorch fails where there are only truth values without axes, unless it fills by them.
            fails = arriving[0].elements != 0 and all(is_mask(each) and not each.rank for each in arriving[1:-1])
            if fails and self.fills(arriving[1:-1], arriving[-1]):
                call.expect_dtype(index, BOOLEAN, input=position)
            else:
                call.expect_dtype(index, INDICES if fails else INDICES | MASKS, input=position)
        if call.faults:
            raise Rejection
        return arriving
