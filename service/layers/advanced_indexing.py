"""Indexing by tensors: lists of places, and masks of truth values.

Source: https://numpy.org/doc/stable/user/basics.indexing.html#advanced-indexing. The result lies in memory as
``aten/src/ATen/native/TensorAdvancedIndexing.cpp`` computes it: element by element, from the tensor and the indices.
"""

from collections.abc import Mapping
from typing import Final

from service.core.dtypes import BOOLEAN, INDICES, INTEGRAL
from service.core.layouts import elementwise_layout
from service.core.sizes import UNKNOWN_SIZE, above, differ
from service.core.tensors import Tensor, strides_of
from service.core.views import expanded, permuted
from service.layers.call import Call
from service.layers.notebook import Rejection

MASKS: Final = BOOLEAN | {"uint8"}


def is_mask(index: Tensor) -> bool:
    """Whether it tells of every place whether it is taken, rather than naming places."""
    return index.dtype in MASKS


def axes_named(index: Tensor) -> int:
    """How many axes an index takes up."""
    return index.rank if is_mask(index) else 1


def expect_index(call: Call, index: Tensor, position: int) -> None:
    """It is an index by its element type."""
    call.expect_dtype(index, INTEGRAL | BOOLEAN if index.rank == 0 else INDICES | MASKS, input=position)


def places_of(call: Call, mask: Tensor, view: Tensor, axis: int) -> dict[int, Tensor]:
    """The lists of places, one for each axis that a mask takes up, whose length only its values tell."""
    covered = view.shape[axis : axis + mask.rank]
    if any(map(differ, mask.shape, covered)):
        call.disagree(
            f"{{layer}} is a {call.type} of {view} by a mask {mask}, which has to have the sizes of the axes that it "
            f"stands for: {list(covered)}",
            view,
            mask,
            axis=axis,
        )
    return {axis + place: Tensor((UNKNOWN_SIZE,), "int64") for place in range(mask.rank)}


def indexed(call: Call, view: Tensor, indices: Mapping[int, Tensor]) -> Tensor:
    """The entries of ``view`` at ``indices``, each of which stands for an axis."""
    picked = call.require_broadcast(*indices.values())
    axes = tuple(indices)
    for axis in axes:
        if view.shape[axis] == 0 and above(Tensor(picked).elements, 0):
            call.refuse(
                "out-of-range",
                f"{{layer}} is a {call.type} of {view}, and axis {axis} has no entries to point at",
                received=list(picked),
            )
            raise Rejection
    if axes != tuple(range(axes[0], axes[-1] + 1)):
        # Axes apart from each other are brought to the front, and so is what is picked.
        view = permuted(view, axes + tuple(axis for axis in range(view.rank) if axis not in axes))
        axes = tuple(range(len(axes)))
    first, behind = axes[0], axes[-1] + 1
    shape = (*view.shape[:first], *picked, *view.shape[behind:])
    strides = strides_of(view)
    entries = Tensor(shape, view.dtype, (*strides[:first], *(0,) * len(picked), *strides[behind:]))
    spread = (expanded(index, picked) for index in indices.values())
    places = (
        Tensor(
            (*(1,) * first, *picked, *(1,) * (view.rank - behind)),
            "int64",
            (*(0,) * first, *strides_of(index), *(0,) * (view.rank - behind)),
        )
        for index in spread
    )
    return elementwise_layout(shape, view.dtype, entries, *places)
