"""What PyTorch makes of attention's two masks: which keys to ignore, and which pairs of query and key.

Source: ``torch/nn/functional.py`` (``multi_head_attention_forward``) and ``MultiheadAttention.merge_masks``.
"""

from typing import NamedTuple

from service.core.dtypes import BOOLEAN, FLOATING, DType, promote
from service.core.sizes import Shape, Size, differ, indivisible, product, written
from service.core.tensors import Tensor
from service.layers.call import Call


class Masks(NamedTuple):
    """The masks that arrive."""

    padding: Tensor | None
    attn: Tensor | None

    @property
    def has_floats(self) -> bool:
        """Whether one of them is added to the scores rather than chosen by."""
        return any(mask is not None and mask.dtype in FLOATING for mask in self)

    def dtype(self, query: DType) -> DType:
        """The element type of both together; a mask of booleans becomes one of the query's type."""
        found = [query if mask.dtype == "bool" else mask.dtype for mask in self if mask is not None]
        return query if not found else promote(found[0], found[-1])


class Attending(NamedTuple):
    """How many attend to how many."""

    batch: Size
    heads: Size
    target: Size
    """Queries of each sequence."""
    source: Size
    """Keys of each sequence."""
    extra: int
    """Keys that the layer adds."""
    batched: bool
    dtype: DType

    @property
    def keys(self) -> Size:
        """Keys with those that the layer adds."""
        return self.source + self.extra

    @property
    def is_empty(self) -> bool:
        """Whether nothing is computed."""
        return product((self.batch, self.target, self.keys)) == 0


def expect_masks(call: Call, masks: Masks, shape: Attending, *, only_hinted: bool, fused: bool) -> None:
    """The masks fit exactly. ``only_hinted`` leaves attn_mask unused; ``fused`` has no weights returned."""
    padding, attn = masks
    _expect_types(call, masks)
    if padding is not None:
        _expect_shape(call, "key_padding_mask", padding, (shape.batch, shape.source)[not shape.batched :])
    per_head = (shape.batch * shape.heads, shape.target, shape.source)
    if attn is not None:
        if attn.rank != 3 and (attn.rank != 2 or not only_hinted):
            _expect_shape(call, "attn_mask", attn, per_head[1:])
        elif attn.rank == 3 and not (only_hinted and shape.batched):
            _expect_shape(call, "attn_mask", attn, per_head)
    if only_hinted or call.faults:
        return
    dtype = masks.dtype(shape.dtype)
    if dtype != shape.dtype and not (fused and dtype == "float32"):
        call.disagree(f"{{layer}}: masks of {dtype} cannot be added to scores of {shape.dtype}", *_present(masks))
    splits = padding is not None or (attn is not None and attn.rank == 3)
    if fused and splits and differ(per_head[0], 1) and product((shape.batch, shape.keys)) == 0:
        call.disagree("{layer}: masks without elements cannot be split into heads", *_present(masks))


def expect_merged(call: Call, masks: Masks, shape: Attending) -> None:
    """The masks can be merged as the fast path does it, which goes by their numbers of elements."""
    padding, attn = masks
    _expect_types(call, masks)
    pairs = shape.target * shape.target
    if attn is not None:
        fits = not differ(attn.elements, pairs)
        if attn.rank == 3:
            per_sequence = shape.batch * pairs
            shared = padding is not None and not differ(attn.elements, per_sequence)
            fits = not indivisible(attn.elements, per_sequence) and (
                shared or not differ(attn.elements, per_sequence * shape.heads)
            )
        if not fits:
            _expect_shape(call, "attn_mask", attn, (shape.target, shape.target))
        if padding is not None and differ(padding.elements, shape.batch * shape.target):
            _expect_shape(call, "key_padding_mask", padding, (shape.batch, shape.target))
    elif padding is not None and not shape.is_empty:
        scores = (shape.batch, shape.heads, shape.target, shape.target)
        if padding.rank != 4 or any(map(differ, padding.shape, scores)):
            _expect_shape(call, "key_padding_mask", padding, (shape.batch, shape.target))


def _present(masks: Masks) -> list[Tensor]:
    return [mask for mask in masks if mask is not None]


def _expect_types(call: Call, masks: Masks) -> None:
    for position, mask in enumerate(masks, 3):
        if mask is not None:
            call.expect_dtype(mask, BOOLEAN | FLOATING, input=position)


def _expect_shape(call: Call, name: str, mask: Tensor, shape: Shape) -> None:
    if mask.rank != len(shape) or any(map(differ, mask.shape, shape)):
        call.disagree(f"{{layer}}: {name} has to be {written(shape)}; {mask} arrives", mask)
