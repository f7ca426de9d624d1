"""Python's brackets on a tensor: integers, slices, ``...``, ``None`` and tensors.

Source: https://numpy.org/doc/stable/user/basics.indexing.html#basic-indexing, but for what PyTorch leaves out
(steps below 1) and adds (several ``...``, which take nothing more).
"""

import re
from collections.abc import Collection
from types import EllipsisType
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field

from service.core.faults import WrongInputs
from service.core.formulas import Formula
from service.core.sizes import Size, is_known, is_unknown
from service.core.tensors import NOTHING, Tensor, Value, is_tuple
from service.core.views import selected, sliced, unsqueezed
from service.layers.advanced_indexing import axes_named, expect_index, indexed, is_mask, places_of
from service.layers.arguments import Int, Str
from service.layers.base import example
from service.layers.call import Call
from service.layers.indexing import check_index
from service.layers.inputs import refuse_tuple
from service.layers.notebook import Rejection
from service.layers.operation import Operation

_NUMBER: Final = "-?[0-9]{1,18}"
SLICE: Final = re.compile(rf"\s*({_NUMBER})?\s*:\s*({_NUMBER})?\s*(?::\s*({_NUMBER})?\s*)?")
TENSOR: Final = "tensor"
ONE: Final = Tensor((1,), "bool")
SLICED: Final = Formula("ceil((stop − start) / step)")

Written = Annotated[
    Str,
    Field(
        pattern=rf"^(\.\.\.|{TENSOR}|\s*({_NUMBER})?\s*:\s*({_NUMBER})?\s*(:\s*({_NUMBER})?\s*)?)$",
        examples=f"... : 1: :2 1:3 -2: :-1 ::2 1::3 -3:-1 2:1 :-9 ::-1 ::0 {TENSOR}".split(),
    ),
]
Item: TypeAlias = Int | Written | None
Meaning: TypeAlias = int | str | slice | EllipsisType | None


def meaning(item: int | str | None) -> Meaning:
    """What Python makes of an item between the brackets."""
    if not isinstance(item, str):
        return item
    found = SLICE.fullmatch(item)
    if found:
        return slice(*(part and int(part) for part in found.groups()))
    return item if item == TENSOR else ...


class GetItem(Operation, type="getitem"):
    """Indexes a tensor as Python's brackets do, with a view as the result."""

    function = "torch.Tensor.__getitem__"
    page = "tensors.html"
    family = "index"

    index: Annotated[
        Item | Annotated[tuple[Item, ...], Field(max_length=64)],
        Field(
            description='An integer, a slice such as "1:3" or "::2", "..." for the axes not named, '
            'null for a new axis, "tensor" for a tensor that follows among the inputs; or a list of them.'
        ),
    ]

    examples = (
        example((4, 5, 6), index=0),
        example((4, 5, 6), index=[":", -1]),
        example((4, 5, 6), index=["...", "1:4", 0]),
        example((4, 5, 6), index=["1:3", "::2", None]),
        example((4, 5), index=None),
        example((4, 5), index="-2:"),
        example(Tensor((4, 5, 6), "int64", (1, 4, 20)), index=[":", 0, "1::2"]),
        example((4, 5, 6), Tensor((2, 3), "int64"), index="tensor"),
        example((4, 5, 6), Tensor((2, 1), "int64"), Tensor((3,), "int32"), index=["tensor", ":", "tensor"]),
        example((4, 5, 6), Tensor((2,), "int64"), index=["...", "tensor", "1:3"]),
        example((4, 5, 6), Tensor((5, 6), "bool"), index=[0, "tensor"]),
    )

    @property
    def meant(self) -> tuple[Meaning, ...]:
        """The items between the brackets."""
        return tuple(map(meaning, self.index if isinstance(self.index, tuple) else (self.index,)))

    def called_with(
        self,
        *inputs: Any,
        named: Collection[str] = (),  # noqa: ARG002
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        arriving = list(inputs[1:])
        index = tuple(arriving.pop(0) if item == TENSOR and arriving else item for item in self.meant)
        return (*inputs[:1], index if isinstance(self.index, tuple) else index[0], *arriving), {}

    def forward(self, call: Call, *tensors: Value) -> Tensor:
        whole, *indices = self.require_tensors(call, tensors)
        arriving = iter(indices)
        meant = (TENSOR,) * len(indices) if self.index == TENSOR else self.meant
        items = [next(arriving) if item == TENSOR else item for item in meant]
        named = sum(axes_named(i) if isinstance(i, Tensor) else isinstance(i, (int, slice)) for i in items)
        if named > whole.rank:
            self._refuse(call, f"names {named} axes, but {whole} has {whole.rank}")
        view, axis = whole, 0
        picked: dict[int, Tensor] = {}
        for item in items:
            if item is ...:
                axis += whole.rank - named
            elif isinstance(item, Tensor) and is_mask(item) and axis + item.rank <= view.rank:
                # A mask without axes is one for an axis that is added.
                view, mask = (view, item) if item.rank else (unsqueezed(view, axis), ONE)
                picked |= places_of(call, mask, view, axis)
                axis += mask.rank
            elif item is None and axis <= view.rank:
                view, axis = unsqueezed(view, axis), axis + 1
            elif axis >= view.rank:
                self._refuse(call, f"leads past the last axis of {whole} by its several '...'")
            elif isinstance(item, Tensor) and item.rank:
                picked[axis] = item
                axis += 1
            elif isinstance(item, slice):
                view, axis = self._sliced(call, view, axis, item), axis + 1
            else:
                check_index(call, "index", item if isinstance(item, int) else 0, view, axis)
                view = selected(view, axis)
        return indexed(call, view, picked) if picked else view

    def require_tensors(self, call: Call, tensors: tuple[Value, ...]) -> Any:
        """The tensor, and one for every place that is left to one, or none for a new axis; a tuple of tensors in the
        place of the whole index is one."""
        wanted = self.meant.count(TENSOR)
        if self.index == TENSOR and len(tensors) == 1 + wanted and is_tuple(tensors[1]):
            tensors = (*tensors[:1], *tensors[1])
            wanted = len(tensors) - 1
        for position, tensor in enumerate(tensors):
            if is_tuple(tensor):
                refuse_tuple(call, position, tensor)
        arriving = [None if tensor is NOTHING else tensor for tensor in tensors if not is_unknown(tensor)]
        if len(arriving) != 1 + wanted or arriving[0] is None:
            call.reject(
                WrongInputs(
                    code="missing-input" if len(arriving) <= wanted else "unexpected-input",
                    message=f"{{layer}} is a getitem and takes the tensor that is indexed"
                    f"{f' and {wanted} tensors for its index' if wanted else ''}; {len(arriving)} are given",
                    expected=1 + wanted,
                    received=len(arriving),
                    names=("input",),
                    required=1 + wanted,
                )
            )
        for position, index in enumerate(arriving[1:], 1):
            if isinstance(index, Tensor):
                expect_index(call, index, position)
        if call.faults:
            raise Rejection
        return arriving

    def _sliced(self, call: Call, view: Tensor, axis: int, wanted: slice) -> Tensor:
        if wanted.step is not None and wanted.step < 1:
            self._refuse(call, f"has the step {wanted.step}; PyTorch takes steps from 1 on")
        size = view.shape[axis]
        if wanted == slice(None):
            return view
        if not is_known(size):
            return sliced(view, axis, size, wanted.step or 1)
        start, stop, step = wanted.indices(size)
        count: Size = call.size(axis, SLICED, start=start, stop=max(start, stop), step=step)
        return sliced(view, axis, count, step)

    def _refuse(self, call: Call, problem: str) -> None:
        call.refuse(
            "subscript",
            f"{{layer}} is a getitem whose index {problem}",
            argument="index",
            received=self.index,
        )
        raise Rejection
