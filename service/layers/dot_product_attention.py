"""The operation scaled_dot_product_attention, by whichever of its two CPU implementations PyTorch picks.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html and, for
the choice, ``aten/src/ATen/native/transformers/sdp_utils_cpp.cpp``. The attention is that of Vaswani et al.,
*Attention is all you need*, https://arxiv.org/abs/1706.03762.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.broadcasting import expands_to
from service.core.dtypes import FLOATING, with_number
from service.core.formulas import Formula
from service.core.layouts import preserved
from service.core.sizes import differ, indivisible, written
from service.core.tensors import Tensor, strides_of
from service.layers.arguments import Bool, Float
from service.layers.base import example
from service.layers.call import Call
from service.layers.operation import Operation

MACS: Final = Formula(
    "scored… [batches] × target × source × features + mixed… [batches] × target × source × value_features"
)


class ScaledDotProductAttention(Operation, type="scaled_dot_product_attention"):
    """Mixes values, each weighted by how well its key matches the query."""

    family = "attention"
    function = "torch.nn.functional.scaled_dot_product_attention"

    dropout_p: Annotated[Float, Field(description="How probably a weight is zeroed, whatever the mode.")] = 0.0
    is_causal: Annotated[Bool, Field(description="Whether a query sees only keys up to its own position.")] = False
    scale: Annotated[
        Float | None, Field(description="Factor of the scores; the inverse root of the features if left out.")
    ] = None
    enable_gqa: Annotated[Bool, Field(description="Whether several heads of queries may share one of keys.")] = False

    examples = (
        example((2, 4, 5, 8), (2, 4, 7, 8), (2, 4, 7, 8)),
        example((2, 4, 5, 8), (2, 4, 7, 8), (2, 4, 7, 6), (5, 7), scale=0.5),
        example((2, 4, 5, 8), (2, 4, 5, 8), (2, 4, 5, 8), is_causal=True),
        example((2, 4, 5, 8), (2, 2, 7, 8), (2, 2, 7, 8), enable_gqa=True),
        example((4, 5, 8), (1, 7, 8), (1, 7, 8), dropout_p=0.1, keywords={"attn_mask": Tensor((4, 5, 7), "bool")}),
        example((2, 4, 5, 8), (2, 4, 7, 8), (2, 4, 7, 8), Tensor((2, 1, 1, 7), "bool")),
        example((5, 8), (7, 8), (7, 8)),
    )

    def forward(self, call: Call, query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
        for position, tensor in enumerate((query, key, value)):
            call.require_axes(tensor, 2, "[…, length, features]", input=position)
            call.expect_dtype(tensor, frozenset({query.dtype}), input=position)
        if attn_mask is not None:
            call.expect_dtype(attn_mask, frozenset({"bool", "float32", query.dtype}), input=3)
        if query.shape[-2] == 0 or value.elements == 0:
            # There is nothing to mix, and PyTorch looks no further: it returns a product with the integer 0.
            return Tensor((*query.shape[:-1], value.shape[-1]), with_number(query.dtype, 0))
        call.expect_dtype(query, FLOATING)
        call.expect_between("dropout_p", self.dropout_p, float("-inf"), 1)
        fused = self.is_fused(query, key, value, attn_mask)
        if fused:
            self.expect_computable(call, key, value)
        elif self.is_causal and attn_mask is not None:
            call.refuse(
                "causal-and-mask",
                f"{{layer}} is a {self.type} with is_causal = true, and so takes no attn_mask; {attn_mask} arrives",
                argument="is_causal",
                expected=False,
                received=True,
            )
        if attn_mask is not None and self.may_fuse(query, key, value):
            call.require_axes(attn_mask, 2, "[…, queries, keys]", input=3)
        if self.enable_gqa:
            key, value = self.shared_heads(call, query, key, value)
        output = self.attended(call, query, key, value, attn_mask)
        return preserved(query) if fused else output

    def may_fuse(self, query: Tensor, key: Tensor, value: Tensor) -> bool:
        """Whether rank, dropout, batches and heads let PyTorch consider its fused kernel."""
        tensors = (query, key, value)
        if self.dropout_p > 0 or any(tensor.rank != 4 for tensor in tensors):
            return False
        heads, *others = (tensor.shape[1] for tensor in tensors)
        if self.enable_gqa:
            unfit = differ(*others) or 0 in others or indivisible(heads, others[0])
        else:
            unfit = any(differ(heads, other) for other in others)
        return not unfit and not any(differ(query.shape[0], tensor.shape[0]) for tensor in tensors)

    def is_fused(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> bool:
        """Whether PyTorch picks its fused kernel, which is laxer about what contradicts itself."""
        tensors = (query, key, value)
        return (
            self.may_fuse(*tensors)
            and not any(differ(query.shape[3], tensor.shape[3]) for tensor in tensors)
            and key.shape[2] != 0
            and all(strides_of(tensor)[-1] == 1 for tensor in tensors)
            and (mask is None or (mask.rank in (2, 4) and expands_to(mask.shape, (*query.shape[:3], key.shape[2]))))
        )

    def expect_computable(self, call: Call, key: Tensor, value: Tensor) -> None:
        """What the fused kernel would go wrong about."""
        call.expect_at_least("dropout_p", self.dropout_p, 0)
        if differ(key.shape[2], value.shape[2]):
            call.disagree(
                f"{{layer}}: there are {key.shape[2]} keys, but {value.shape[2]} values", key, value, axis=2,
                undefined=True,
            )  # fmt: skip

    def shared_heads(self, call: Call, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values with a head for every head of the query."""
        for position, tensor in enumerate((query, key, value)):
            call.require_axes(tensor, 3, "[…, heads, length, features]", input=position)
        heads, *others = (tensor.shape[-3] for tensor in (query, key, value))
        if any(differ(heads, other) for other in others):
            if 0 in others or any(indivisible(heads, other) for other in others):
                call.disagree(
                    f"{{layer}} is a {self.type} with enable_gqa = true: {others[0]} heads of keys and {others[1]} of "
                    f"values have to divide {heads} heads of queries",
                    query, key, value, axis=-3, undefined=0 in others,
                )  # fmt: skip
            key, value = (tensor.reshaped(*tensor.shape[:-3], heads, *tensor.shape[-2:]) for tensor in (key, value))
        return key, value

    def attended(self, call: Call, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        """Scores, then the mask, then the mixture of the values."""
        target, features = query.shape[-2:]
        source = key.shape[-2]
        if differ(features, key.shape[-1]):
            call.disagree(
                f"{{layer}}: queries have {features} features, but keys have {key.shape[-1]}", query, key, axis=-1
            )
        batch = call.require_broadcast(query.reshaped(*query.shape[:-2]), key.reshaped(*key.shape[:-2]))
        scores = (*batch, target, source)
        if mask is not None and not expands_to(mask.shape, scores):
            call.disagree(f"{{layer}}: attn_mask has to expand to {written(scores)}; {mask} arrives", mask)
        if differ(source, value.shape[-2]):
            call.disagree(f"{{layer}}: there are {source} keys, but {value.shape[-2]} values", key, value, axis=-2)
        mixed = call.require_broadcast(query.reshaped(*batch), value.reshaped(*value.shape[:-2]))
        call.count_macs(
            MACS, scored=batch, mixed=mixed, target=target, source=source, features=features,
            value_features=value.shape[-1],
        )  # fmt: skip
        return query.reshaped(*mixed, target, value.shape[-1])
