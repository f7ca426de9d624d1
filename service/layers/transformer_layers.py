"""TransformerEncoderLayer and TransformerDecoderLayer: attention, then two linear layers, each beside a shortcut.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html,
https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoderLayer.html and, for the fast path,
``torch/nn/modules/transformer.py``. Where the normalizations stand is discussed in Xiong et al.,
*On layer normalization in the transformer architecture*, https://arxiv.org/abs/2002.04745.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from service.core.dtypes import FLOATING
from service.core.formulas import Formula
from service.core.layouts import elementwise_layout
from service.core.sizes import UNKNOWN_SIZE, Size
from service.core.tensors import Tensor, Value
from service.layers.arguments import (
    BatchFirst,
    Bias,
    Bool,
    Device,
    Eps,
    Int,
    Probability,
    Str,
    WeightDType,
    inferred,
)
from service.layers.attention import MultiheadAttention, NumHeads
from service.layers.attention_masks import NO_MASKS, Attending, Masks, expect_merged, named
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.linear import Linear
from service.layers.normalization import LayerNorm
from service.layers.notebook import Rejection
from service.layers.weights import Weights, prefixed

MACS_FEEDFORWARD: Final = Formula("2 × positions… [positions] × d_model × dim_feedforward")

Features = Annotated[Int, Field(description="Features of every position, on the way in and out.")]
Feedforward = Annotated[Int, Field(description="Features between the two linear layers.")]
Activation = Annotated[
    Str, Field(description="Between the linear layers: `relu` or `gelu`.", examples=["relu", "gelu"])
]
NormFirst = Annotated[
    Bool, Field(description="Whether each part normalizes what it reads rather than what the shortcut is added to.")
]
CausalHint = Annotated[Bool | None, Field(description="A hint that the mask is the causal one; detected if left out.")]


class TransformerLayer(Layer):
    """What the layers of an encoder and of a decoder share."""

    family = "transformer"
    tells_apart = True
    attentions: ClassVar[tuple[str, ...]]
    """The names of its attentions, the first of which is self-attention."""

    d_model: Features = inferred("Features of every position, on the way in and out; inferred if left out.")
    nhead: NumHeads
    dim_feedforward: Feedforward = 2048
    dropout: Probability = 0.1
    activation: Activation = "relu"
    layer_norm_eps: Eps = 1e-5
    batch_first: BatchFirst = False
    norm_first: NormFirst = False
    bias: Bias = True
    device: Device = None
    dtype: WeightDType = None

    @property
    def has_fast_path(self) -> bool:
        """Whether its arguments let PyTorch run it as one operation in evaluation."""
        return self.batch_first and self.bias and self.nhead % 2 == 0

    def infer(self, input: Tensor, *_: Any) -> Mapping[str, Size]:
        return {"d_model": input.shape[-1]} if input.shape else {}

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("d_model", self.d_model, 1)
        call.expect_at_least("nhead", self.nhead, 1)
        if self.nhead > 0:
            call.expect_multiple("d_model", self.d_model, "nhead", self.nhead)
        call.expect_at_least("dim_feedforward", self.dim_feedforward, 0)
        call.expect_between("dropout", self.dropout, 0, 1)
        call.expect_one_of("activation", self.activation, ("relu", "gelu"))

    def attention(self, *, is_causal: bool = False) -> MultiheadAttention:
        """One of its attentions."""
        return MultiheadAttention.model_construct(
            type="MultiheadAttention", embed_dim=self.d_model, num_heads=self.nhead, dropout=self.dropout,
            bias=self.bias, batch_first=self.batch_first, dtype=self.dtype, need_weights=False, is_causal=is_causal,
        )  # fmt: skip

    def linear(self, in_features: Size, out_features: Size) -> Linear:
        """One of its linear layers."""
        return Linear.model_construct(
            type="Linear", in_features=in_features, out_features=out_features, bias=self.bias, dtype=self.dtype
        )

    def weights(self) -> Weights:
        norm = LayerNorm.model_construct(
            type="LayerNorm", normalized_shape=self.d_model, bias=self.bias, dtype=self.dtype
        )
        for name in self.attentions:
            yield from prefixed(f"{name}.", self.attention().weights())
        yield from prefixed("linear1.", self.linear(self.d_model, self.dim_feedforward).weights())
        yield from prefixed("linear2.", self.linear(self.dim_feedforward, self.d_model).weights())
        for number in range(1, len(self.attentions) + 2):
            yield from prefixed(f"norm{number}.", norm.weights())

    def declares(self, *inputs: Value) -> Value:
        first = inputs[0] if inputs else None
        leading = first.shape[:-1] if isinstance(first, Tensor) else (UNKNOWN_SIZE,) * 2
        return Tensor((*leading, self.d_model), self.weight_dtype)

    def expect_features(self, call: Call, *tensors: Tensor) -> None:
        """Ranks, features and element types are those that every part works with."""
        call.expect_one_of("dtype", self.weight_dtype, sorted(FLOATING))
        layout = "[N, L, d_model]" if self.batch_first else "[L, N, d_model]"
        for position, tensor in enumerate(tensors):
            call.require_rank(
                tensor, *(2, 3) if position == 0 else (tensors[0].rank,), layout=layout, input=position,
                channels=self.d_model, channel_axis=-1,
            )  # fmt: skip
            call.expect_size("d_model", self.d_model, tensor, -1, "features", input=position)
            call.expect_dtype(tensor, frozenset({self.weight_dtype}), input=position)
        if call.faults:
            raise Rejection

    def attend(self, call: Call, input: Tensor, memory: Tensor | None, masks: Masks, *, is_causal: bool) -> Tensor:
        """What an attention and its shortcut make of the input; of itself where there is no memory."""
        query = input.reshaped(*input.shape) if self.norm_first else input
        key = query if memory is None else memory
        mixed, _ = self.attention(is_causal=is_causal).attend(call, query, key, key, masks)
        return self.shortcut(input, mixed)

    def feed_forward(self, call: Call, input: Tensor) -> Tensor:
        """What the linear layers and their shortcut make of the input."""
        call.count_macs(
            MACS_FEEDFORWARD, positions=input.shape[:-1], d_model=self.d_model, dim_feedforward=self.dim_feedforward
        )
        return self.shortcut(input, input.reshaped(*input.shape))

    def shortcut(self, input: Tensor, processed: Tensor) -> Tensor:
        """The sum of both, normalized unless that was done before."""
        if not self.norm_first:
            return input.reshaped(*input.shape)
        return elementwise_layout(input.shape, input.dtype, input, processed)


class TransformerEncoderLayer(TransformerLayer):
    """Lets the positions of a sequence attend to each other, and then transforms each of them."""

    forward_arguments = frozenset({"is_causal"})
    attentions = ("self_attn",)

    is_causal: Annotated[Bool, Field(description="A hint that src_mask is the causal one.")] = False

    examples = (
        example((5, 3, 8), d_model=8, nhead=2, dim_feedforward=16),
        example((3, 5, 8), (5, 5), d_model=8, nhead=2, dim_feedforward=16, batch_first=True, activation="gelu"),
        example(Tensor((3, 5, 8), "bfloat16"), d_model=8, nhead=2, dim_feedforward=16, batch_first=True,
                dtype="bfloat16"),
        example((3, 5, 8), Tensor((6, 5, 5), "bool"), Tensor((3, 5), "bool"), d_model=8, nhead=2, dim_feedforward=16,
                batch_first=True, norm_first=True),
        example((5, 8), d_model=8, nhead=4, dim_feedforward=16, norm_first=True, bias=False,
                keywords={"src_key_padding_mask": Tensor((5,), "bool")}),
    )  # fmt: skip

    def forward(
        self, call: Call, src: Tensor, src_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None
    ) -> Tensor:
        masks = Masks(named("src_key_padding_mask", 2, src_key_padding_mask), named("src_mask", 1, src_mask))
        return self.encode(call, src, masks, is_causal=self.is_causal)

    def encode(self, call: Call, src: Tensor, masks: Masks, *, is_causal: bool) -> Tensor:
        """The forward pass, whatever the masks are called."""
        masks.expect_types(call)
        if call.training or src.rank != 3 or not self.has_fast_path:
            self.expect_features(call, src)
            attended = self.attend(call, src, None, masks.added(src.dtype), is_causal=is_causal)
            return self.feed_forward(call, attended)
        length = src.shape[1]
        shape = Attending(src.shape[0], self.nhead, length, length, extra=0, batched=True, dtype=src.dtype)
        expect_merged(call, masks, shape, empty=src.elements == 0)
        if src.elements == 0:
            # The fast path returns a copy before it looks at anything else.
            return src
        self.expect_features(call, src)
        attended = self.attend(call, src.reshaped(*src.shape), None, NO_MASKS, is_causal=False)
        return self.feed_forward(call, attended)


class TransformerDecoderLayer(TransformerLayer):
    """Lets the positions of one sequence attend to each other and to those of another, and then transforms each."""

    forward_arguments = frozenset({"tgt_is_causal", "memory_is_causal"})
    attentions = ("self_attn", "multihead_attn")

    tgt_is_causal: Annotated[Bool, Field(description="A hint that tgt_mask is the causal one.")] = False
    memory_is_causal: Annotated[Bool, Field(description="A hint that memory_mask is the causal one.")] = False

    examples = (
        example((5, 3, 8), (7, 3, 8), d_model=8, nhead=2, dim_feedforward=16),
        example((3, 5, 8), (3, 7, 8), (5, 5), (5, 7), d_model=8, nhead=2, dim_feedforward=16, batch_first=True,
                norm_first=True, tgt_is_causal=True),
        example((3, 5, 8), (3, 7, 8), Tensor((6, 5, 5), "bool"), d_model=8, nhead=2, dim_feedforward=16,
                batch_first=True, keywords={"tgt_key_padding_mask": Tensor((3, 5), "bool"),
                                            "memory_key_padding_mask": Tensor((3, 7), "bool")}),
        example((5, 8), (7, 8), d_model=8, nhead=4, dim_feedforward=16, activation="gelu", bias=False,
                keywords={"memory_key_padding_mask": Tensor((7,), "bool")}),
    )  # fmt: skip

    def forward(  # noqa: PLR0917 (PyTorch takes as many)
        self,
        call: Call,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
    ) -> Tensor:
        own, others = decoder_masks(tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        return self.decode(call, tgt, memory, own, others, hints=(self.tgt_is_causal, self.memory_is_causal))

    def decode(
        self, call: Call, tgt: Tensor, memory: Tensor, own: Masks, others: Masks, *, hints: tuple[bool, bool]
    ) -> Tensor:
        """The forward pass: ``own`` masks are those of self-attention, ``others`` those of the memory."""
        self.expect_features(call, tgt, memory)
        attended = self.attend(call, tgt, None, own, is_causal=hints[0])
        informed = self.attend(call, attended, memory, others, is_causal=hints[1])
        return self.feed_forward(call, informed)


def decoder_masks(
    tgt: Tensor | None,
    memory: Tensor | None,
    tgt_padding: Tensor | None,
    memory_padding: Tensor | None,
    *,
    first: tuple[int, int] = (2, 4),
) -> tuple[Masks, Masks]:
    """A decoder's masks by the attention they belong to; ``first`` says where among the inputs each pair begins."""
    pairs, paddings = first
    return (
        Masks(named("tgt_key_padding_mask", paddings, tgt_padding), named("tgt_mask", pairs, tgt)),
        Masks(named("memory_key_padding_mask", paddings + 1, memory_padding), named("memory_mask", pairs + 1, memory)),
    )
