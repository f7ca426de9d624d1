"""Python's brackets on a tensor: integers, slices, ``...`` and ``None``.

Source: https://numpy.org/doc/stable/user/basics.indexing.html#basic-indexing, but for what PyTorch leaves out
(steps below 1) and adds (several ``...``, which take nothing more).
"""

import re
from types import EllipsisType
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field

from service.core.formulas import Formula
from service.core.sizes import Size, is_known
from service.core.tensors import Tensor
from service.core.views import selected, sliced, unsqueezed
from service.layers.arguments import Int, Str
from service.layers.base import example
from service.layers.call import Call, Rejection
from service.layers.indexing import check_index
from service.layers.operation import Operation

_NUMBER: Final = "-?[0-9]{1,18}"
SLICE: Final = re.compile(rf"\s*({_NUMBER})?\s*:\s*({_NUMBER})?\s*(?::\s*({_NUMBER})?\s*)?")
SLICED: Final = Formula("ceil((stop − start) / step)")

Written = Annotated[
    Str,
    Field(
        pattern=rf"^(\.\.\.|\s*({_NUMBER})?\s*:\s*({_NUMBER})?\s*(:\s*({_NUMBER})?\s*)?)$",
        examples=["...", ":", "1:", ":2", "1:3", "-2:", ":-1", "::2", "1::3", "-3:-1", "2:1", ":-9", "::-1", "::0"],
    ),
]
Item: TypeAlias = Int | Written | None
Meaning: TypeAlias = int | slice | EllipsisType | None


def meaning(item: int | str | None) -> Meaning:
    """What Python makes of an item between the brackets."""
    if not isinstance(item, str):
        return item
    found = SLICE.fullmatch(item)
    return slice(*(part and int(part) for part in found.groups())) if found else ...


class GetItem(Operation, type="getitem"):
    """Indexes a tensor as Python's brackets do, with a view as the result."""

    function = "torch.Tensor.__getitem__"
    family = "index"

    index: Annotated[
        Item | Annotated[tuple[Item, ...], Field(max_length=64)],
        Field(
            description='An integer, a slice such as "1:3" or "::2", "..." for the axes not named, '
            "null for a new axis; or a list of them."
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
    )

    @property
    def meant(self) -> tuple[Meaning, ...]:
        """The items between the brackets."""
        return tuple(map(meaning, self.index if isinstance(self.index, tuple) else (self.index,)))

    def called_with(self, *inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (*inputs, self.meant if isinstance(self.index, tuple) else self.meant[0]), {}

    def forward(self, call: Call, input: Tensor) -> Tensor:
        named = sum(isinstance(item, (int, slice)) for item in self.meant)
        if named > input.rank:
            self._refuse(call, f"names {named} axes, but {input} has {input.rank}")
        view, axis = input, 0
        for item in self.meant:
            if item is ...:
                axis += input.rank - named
            elif item is None and axis <= view.rank:
                view, axis = unsqueezed(view, axis), axis + 1
            elif axis >= view.rank:
                self._refuse(call, f"leads past the last axis of {input} by its several '...'")
            elif isinstance(item, slice):
                view, axis = self._sliced(call, view, axis, item), axis + 1
            elif item is not None:
                check_index(call, "index", item, view, axis)
                view = selected(view, axis)
        return view

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
