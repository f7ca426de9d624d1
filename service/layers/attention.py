"""MultiheadAttention.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html, and for what is accepted
``torch/nn/functional.py`` (``multi_head_attention_forward``). The attention is that of Vaswani et al.,
*Attention is all you need*, https://arxiv.org/abs/1706.03762.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import FLOATING
from service.core.formulas import Formula
from service.core.sizes import UNKNOWN_SIZE, Size, differ
from service.core.tensors import NOTHING, Tensor, Value
from service.layers.arguments import BatchFirst, Bias, Bool, Device, Float, Int, WeightDType, inferred
from service.layers.attention_masks import Attending, Masks, expect_masks, expect_merged, expect_splittable, named
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.weights import Weight, Weights

MACS_PROJECTIONS: Final = Formula("batch [sequences] × (target × embed_dim + source × (kdim + vdim)) × embed_dim")
MACS_ATTENTION: Final = Formula("2 × batch [sequences] × heads [heads] × target × source × head_dim")
MACS_OUTPUT: Final = Formula("batch [sequences] × target × embed_dim × embed_dim")

NumHeads = Annotated[Int, Field(description="How many heads attend side by side, each with a part of the features.")]
SELF: Final = Tensor((3, 5, 8))
SELF_BFLOAT: Final = Tensor((3, 5, 8), "bfloat16")


class MultiheadAttention(Layer):
    """Lets every query mix the values, weighted in several heads by how well the keys match it."""

    family = "attention"
    tells_apart = True
    forward_arguments = frozenset({"need_weights", "average_attn_weights", "is_causal"})

    embed_dim: Annotated[Int, Field(description="Features of the queries and of the result.")] = inferred(
        "Features of the queries and of the result; inferred if left out."
    )
    num_heads: NumHeads
    dropout: Annotated[Float, Field(description="How probably a weight is zeroed while training.")] = 0.0
    bias: Bias = True
    add_bias_kv: Annotated[Bool, Field(description="Whether one learned key and value is added to the others.")] = False
    add_zero_attn: Annotated[Bool, Field(description="Whether a key and value of zeros is added to the others.")] = (
        False
    )
    kdim: Annotated[Int | None, Field(description="Features of the keys; embed_dim if left out.")] = None
    vdim: Annotated[Int | None, Field(description="Features of the values; embed_dim if left out.")] = None
    batch_first: BatchFirst = False
    device: Device = None
    dtype: WeightDType = None
    need_weights: Annotated[Bool, Field(description="Whether the attention weights are returned too.")] = True
    average_attn_weights: Annotated[
        Bool, Field(description="Whether returned weights are averaged over the heads.")
    ] = True
    is_causal: Annotated[Bool, Field(description="A hint that attn_mask is the causal one.")] = False

    examples = (
        example((5, 3, 8), (7, 3, 8), (7, 3, 8), embed_dim=8, num_heads=2),
        example(SELF, SELF, SELF, embed_dim=8, num_heads=4, batch_first=True, need_weights=False),
        example(SELF, SELF, SELF, Tensor((3, 5), "bool"), embed_dim=8, num_heads=2, batch_first=True,
                keywords={"attn_mask": Tensor((6, 5, 5), "bool")}, average_attn_weights=False),
        example((3, 5, 8), (3, 7, 6), (3, 7, 4), embed_dim=8, num_heads=2, kdim=6, vdim=4, batch_first=True,
                add_bias_kv=True, add_zero_attn=True, bias=False),
        example((5, 8), (7, 8), (7, 8), embed_dim=8, num_heads=2, keywords={"attn_mask": Tensor((5, 7))},
                is_causal=True, need_weights=False),
        example((5, 8), (7, 8), (7, 8), (7,), embed_dim=8, num_heads=2, keywords={"attn_mask": Tensor((2, 5, 7))}),
        example(SELF_BFLOAT, SELF_BFLOAT, SELF_BFLOAT, embed_dim=8, num_heads=2, dropout=0.1, dtype="bfloat16",
                keywords={"attn_mask": Tensor((3, 3), "bool")}),
    )  # fmt: skip

    @property
    def key_features(self) -> Size:
        """``kdim``, or what stands for it."""
        return self.embed_dim if self.kdim is None else self.kdim

    @property
    def value_features(self) -> Size:
        """``vdim``, or what stands for it."""
        return self.embed_dim if self.vdim is None else self.vdim

    @property
    def is_packed(self) -> bool:
        """Whether queries, keys and values have the same features, so that one matrix projects them."""
        return self.key_features == self.embed_dim == self.value_features

    @property
    def extra_keys(self) -> int:
        """How many keys are added to those that arrive."""
        return self.add_bias_kv + self.add_zero_attn

    def infer(self, query: Tensor, *_: Value | None) -> Mapping[str, Size]:
        return {"embed_dim": query.shape[-1]} if query.shape else {}

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("embed_dim", self.embed_dim, 1)
        call.expect_at_least("num_heads", self.num_heads, 1)
        if self.num_heads > 0:
            call.expect_multiple("embed_dim", self.embed_dim, "num_heads", self.num_heads)
        call.expect_at_least("kdim", self.key_features, 0)
        call.expect_at_least("vdim", self.value_features, 0)

    def weights(self) -> Weights:
        features, dtype = self.embed_dim, self.weight_dtype
        if self.is_packed:
            yield Weight("in_proj_weight", (3 * features, features), ("projections",), dtype)
        else:
            for name, arriving in zip("qkv", (features, self.key_features, self.value_features), strict=True):
                yield Weight(f"{name}_proj_weight", (features, arriving), ("projections",), dtype)
        if self.bias:
            yield Weight("in_proj_bias", (3 * features,), ("biases",), dtype)
        if self.add_bias_kv:
            yield Weight("bias_k", (1, 1, features), (), dtype)
            yield Weight("bias_v", (1, 1, features), (), dtype)
        yield Weight("out_proj.weight", (features, features), ("outputs",), dtype)
        if self.bias:
            yield Weight("out_proj.bias", (features,), ("biases",), dtype)

    def declares(self, *inputs: Value) -> Value:
        query = inputs[0] if inputs else None
        leading = query.shape[:-1] if isinstance(query, Tensor) else (UNKNOWN_SIZE,) * 2
        output = Tensor((*leading, self.embed_dim), self.weight_dtype)
        weights = (*((UNKNOWN_SIZE,) * (len(leading) - self.average_attn_weights + 1)), UNKNOWN_SIZE)
        return output, Tensor(weights, self.weight_dtype) if self.need_weights else NOTHING

    def forward(
        self,
        call: Call,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        *,
        attn_mask: Tensor | None = None,
    ) -> Value:
        masks = Masks(named("key_padding_mask", 3, key_padding_mask), named("attn_mask", 4, attn_mask))
        return self.attend(call, query, key, value, masks)

    def attend(self, call: Call, query: Tensor, key: Tensor, value: Tensor, masks: Masks) -> tuple[Tensor, Value]:
        """The forward pass, whatever the masks are called."""
        shape = self.arrives(call, query, key, value)
        if not shape.is_empty:
            # There is no softmax of complex numbers.
            call.expect_one_of("dtype", self.weight_dtype, sorted(FLOATING))
        may_merge = query is key is value and self.merges(call, query, masks)
        if may_merge and self.bias:
            expect_merged(call, masks, shape, empty=shape.is_empty)
        else:
            self.expect_unmerged(call, masks, shape)
            if may_merge:
                expect_splittable(call, masks, shape)
        self.count(call, shape)
        return self.returned(shape, query, fast=may_merge and self.bias)

    def arrives(self, call: Call, query: Tensor, key: Tensor, value: Tensor) -> Attending:
        """Checks queries, keys and values; what attends to what."""
        layout = "[N, L, features]" if self.batch_first else "[L, N, features]"
        call.require_rank(query, 2, 3, layout=f"{layout} or [L, features]", channels=self.embed_dim, channel_axis=-1)
        sizes = ("embed_dim", self.embed_dim), ("kdim", self.key_features), ("vdim", self.value_features)
        for position, (tensor, (argument, size)) in enumerate(zip((query, key, value), sizes, strict=True)):
            call.require_rank(tensor, query.rank, input=position)
            given = argument if getattr(self, argument) is not None else "embed_dim"
            call.expect_size(given, size, tensor, -1, "features", input=position)
            call.expect_dtype(tensor, frozenset({self.weight_dtype}), input=position)
        if any(map(differ, key.shape[:-1], value.shape[:-1])):
            call.disagree(f"{{layer}}: every key needs a value, but keys are {key} and values {value}", key, value)
        batched = query.rank == 3
        steps = 1 if self.batch_first and batched else 0
        batch, keys_batch = (query.shape[1 - steps], key.shape[1 - steps]) if batched else (1, 1)
        source = key.shape[steps]
        if differ(batch, keys_batch) and (source != 0 or self.add_bias_kv):
            call.disagree(
                f"{{layer}}: queries come in a batch of {batch}, but keys in one of {keys_batch}", query, key,
                axis=1 - steps,
            )  # fmt: skip
        return Attending(batch, self.num_heads, query.shape[steps], source, self.extra_keys, batched, query.dtype)

    def merges(self, call: Call, query: Tensor, masks: Masks) -> bool:
        """Whether self-attention goes PyTorch's fast path as far as where it merges the masks."""
        return (
            not call.training
            and query.rank == 3
            and self.batch_first
            and self.num_heads % 2 == 0
            and self.is_packed
            and not self.extra_keys
            and not masks.has_floats
        )

    def expect_unmerged(self, call: Call, masks: Masks, shape: Attending) -> None:
        """What the ordinary path refuses."""
        if self.is_causal and masks.attn is None:
            call.refuse(
                "causal-without-mask",
                f"{{layer}} is a {call.type} with is_causal = true, which is but a hint about attn_mask; none arrives",
                argument="is_causal",
                expected=False,
                received=True,
            )
        only_hinted = self.is_causal and masks.padding is None and not self.need_weights
        expect_masks(call, masks, shape, only_hinted=only_hinted, fused=not self.need_weights)
        if call.training and (self.need_weights or not shape.is_empty):
            call.expect_between("dropout", self.dropout, float("-inf") if self.need_weights else 0, 1)

    def count(self, call: Call, shape: Attending) -> None:
        """The matrix products."""
        call.count_macs(
            MACS_PROJECTIONS, batch=shape.batch, target=shape.target, source=shape.source, embed_dim=self.embed_dim,
            kdim=self.key_features, vdim=self.value_features,
        )  # fmt: skip
        call.count_macs(
            MACS_ATTENTION, batch=shape.batch, heads=self.num_heads, target=shape.target, source=shape.keys,
            head_dim=self.embed_dim // self.num_heads,
        )  # fmt: skip
        call.count_macs(MACS_OUTPUT, batch=shape.batch, target=shape.target, embed_dim=self.embed_dim)

    def returned(self, shape: Attending, query: Tensor, *, fast: bool) -> tuple[Tensor, Value]:
        """The mixture, and the weights where they are asked for."""
        strides = None
        if shape.batched and self.batch_first and not fast:
            # It was computed with the steps in front.
            strides = (self.embed_dim, shape.batch * self.embed_dim, 1)
        output = Tensor((*query.shape[:-1], self.embed_dim), self.weight_dtype, strides)
        if not self.need_weights or (fast and shape.is_empty):
            return output, NOTHING
        batch = (shape.batch,) if shape.batched else ()
        heads = () if self.average_attn_weights else (self.num_heads,)
        return output, Tensor((*batch, *heads, shape.target, shape.keys), self.weight_dtype)
