"""What PyTorch makes of attention's two masks: which keys to ignore, and which pairs of query and key.

Source: ``torch/nn/functional.py`` (``multi_head_attention_forward``) and ``MultiheadAttention.merge_masks``.
"""

from typing import Final, NamedTuple

from service.core.dtypes import BOOLEAN, FLOATING, DType, promote
from service.core.sizes import Shape, Size, differ, indivisible, product, written
from service.core.tensors import Tensor
from service.layers.call import Call


class Mask(NamedTuple):
    """A mask that arrives, under the name and position it has among the layer's inputs."""

    name: str
    input: int
    tensor: Tensor


class Masks(NamedTuple):
    """The masks of one attention."""

    padding: Mask | None
    attn: Mask | None

    @property
    def present(self) -> tuple[Mask, ...]:
        """Those that arrive."""
        return tuple(mask for mask in self if mask is not None)

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Those that arrive, without their names."""
        return tuple(mask.tensor for mask in self.present)

    @property
    def has_floats(self) -> bool:
        """Whether one of them is added to the scores rather than chosen by."""
        return any(tensor.dtype in FLOATING for tensor in self.tensors)

    def dtype(self, query: DType) -> DType:
        """The element type of both together; a mask of booleans becomes one of the query's type."""
        found = [query if tensor.dtype == "bool" else tensor.dtype for tensor in self.tensors]
        return query if not found else promote(found[0], found[-1])

    def added(self, query: DType) -> "Masks":
        """The masks as what is added to the scores: of numbers instead of booleans."""
        return Masks(_added(self.padding, query), _added(self.attn, query))

    def expect_types(self, call: Call) -> None:
        """They are of booleans or of numbers that can be added to the scores."""
        for mask in self.present:
            call.expect_dtype(mask.tensor, BOOLEAN | FLOATING, input=mask.input)


NO_MASKS: Final = Masks(None, None)


def _added(mask: Mask | None, query: DType) -> Mask | None:
    if mask is None or mask.tensor.dtype != "bool":
        return mask
    return mask._replace(tensor=mask.tensor._replace(dtype=query))


def named(name: str, input: int, tensor: Tensor | None) -> Mask | None:
    """A mask, if one arrives."""
    return None if tensor is None else Mask(name, input, tensor)


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
    masks.expect_types(call)
    if padding is not None:
        _expect_shape(call, padding, (shape.batch, shape.source)[not shape.batched :])
    per_head = (shape.batch * shape.heads, shape.target, shape.source)
    if attn is not None:
        rank = attn.tensor.rank
        if rank == 3 and not (only_hinted and shape.batched):
            _expect_shape(call, attn, per_head)
        elif rank != 3 and not (only_hinted and rank == 2):
            _expect_shape(call, attn, per_head[1:])
    if only_hinted or call.faults:
        return
    dtype = masks.dtype(shape.dtype)
    if dtype != shape.dtype and not (fused and dtype == "float32"):
        call.disagree(f"{{layer}}: masks of {dtype} cannot be added to scores of {shape.dtype}", *masks.tensors)
    splits = padding is not None or (attn is not None and attn.tensor.rank == 3)
    if fused and splits and differ(per_head[0], 1) and product((shape.batch, shape.keys)) == 0:
        call.disagree("{layer}: masks without elements cannot be split into heads", *masks.tensors)


def expect_splittable(call: Call, masks: Masks, shape: Attending) -> None:
    """What the fast path asks of a mask before PyTorch finds that it cannot go on there, even of one left unused."""
    if masks.attn is None:
        return
    mask = masks.attn.tensor
    pairs = shape.target * shape.target
    if indivisible(mask.elements, shape.batch * pairs) if mask.rank == 3 else differ(mask.elements, pairs):
        call.disagree(f"{{layer}}: {masks.attn.name}, {mask}, cannot be split into heads of {pairs} pairs", mask)


def expect_merged(call: Call, masks: Masks, shape: Attending, *, empty: bool) -> None:
    """The masks can be merged as the fast path does it, which goes by their numbers of elements.

    Where there is nothing to compute, nobody looks at what the merging leaves.
    """
    padding, attn = masks
    masks.expect_types(call)
    pairs = shape.target * shape.target
    per_key = (shape.batch, shape.target)
    if attn is not None:
        elements, per_sequence = attn.tensor.elements, shape.batch * pairs
        if attn.tensor.rank == 3:
            fits = not indivisible(elements, per_sequence) and (
                not differ(elements, per_sequence * shape.heads)
                or (empty if padding is None else not differ(elements, per_sequence))
            )
        else:
            fits = not differ(elements, pairs)
        if not fits:
            _expect_shape(call, attn, (shape.target, shape.target))
        if padding is not None and differ(padding.tensor.elements, product(per_key)):
            _expect_shape(call, padding, per_key)
    elif padding is not None and not empty:
        scores = (*per_key[:1], shape.heads, shape.target, shape.target)
        if padding.tensor.rank != 4 or any(map(differ, padding.tensor.shape, scores)):
            _expect_shape(call, padding, per_key)


def expect_packable(call: Call, src: Tensor, masks: Masks, *, looked_at: bool) -> None:
    """What leaving out padding needs: a mask for every position, and positions.

    A mask that is to be looked at is so even where attn_mask then keeps the padding in.
    """
    if masks.padding is None or not (looked_at or masks.attn is None):
        return
    _expect_shape(call, masks.padding, src.shape[:2])
    if src.shape[1] == 0 or (masks.attn is None and src.elements == 0):
        call.disagree(f"{{layer}}: there is nothing in {src} that {masks.padding.name} could leave over", src)


def _expect_shape(call: Call, mask: Mask, shape: Shape) -> None:
    if mask.tensor.rank != len(shape) or any(map(differ, mask.tensor.shape, shape)):
        call.disagree(
            f"{{layer}}: {mask.name} has to be {written(shape)}; {mask.tensor} arrives", mask.tensor,
            wanted=shape, input=mask.input,
        )  # fmt: skip
