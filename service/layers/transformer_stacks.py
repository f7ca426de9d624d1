"""TransformerEncoder and TransformerDecoder, which stack copies of a layer.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoder.html,
https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoder.html and
``torch/nn/modules/transformer.py``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import AfterValidator, AliasChoices, Field

from service.core.formulas import Formula
from service.core.tensors import Tensor, Value
from service.layers.arguments import Bool, Depth
from service.layers.attention_masks import NO_MASKS, Masks, expect_packable, named
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.nesting import as_part, explicit
from service.layers.normalization import LayerNorm, RMSNorm
from service.layers.transformer_layers import (
    CausalHint,
    TransformerDecoderLayer,
    TransformerEncoderLayer,
    TransformerLayer,
    decoder_masks,
)
from service.layers.weights import Weights, prefixed

MACS_OTHERS: Final = Formula("others [further layers] × each")

Norm: TypeAlias = Annotated[
    Annotated[LayerNorm | RMSNorm, Field(discriminator="type"), AfterValidator(explicit)] | None,
    Field(description="A LayerNorm or RMSNorm behind the last layer; none if left out."),
]
FLAT: Final = {"type": "TransformerEncoderLayer", "d_model": 8, "nhead": 2, "dim_feedforward": 16}


class Stack(Layer):
    """What encoder and decoder share: copies of a layer one behind the other, then a normalization."""

    family = "transformer"
    tells_apart = True
    key: ClassVar[str]
    """The field with the layer that is copied."""

    num_layers: Depth
    norm: Norm

    @property
    def layer(self) -> TransformerLayer:
        """The layer that is copied."""
        layer: TransformerLayer = getattr(self, self.key)
        return layer

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("num_layers", self.num_layers, 1)
        with as_part(call, self.key):
            self.layer.check_arguments(call)
        if self.norm is not None:
            with as_part(call, "norm"):
                self.norm.check_arguments(call)

    def weights(self) -> Weights:
        layer = tuple(self.layer.weights())
        for number in range(self.num_layers):
            yield from prefixed(f"layers.{number}.", layer)
        if self.norm is not None:
            yield from prefixed("norm.", self.norm.weights())

    def declares(self, *inputs: Value) -> Value:
        return self.layer.declares(*inputs)

    @contextmanager
    def stacked(self, call: Call) -> Iterator[None]:
        """Within, the first layer's rule is applied; the others repeat it, since they take what it returns."""
        before = call.macs
        with as_part(call, self.key):
            yield
        if self.num_layers > 1:
            call.count_macs(MACS_OTHERS, others=self.num_layers - 1, each=call.macs - before)

    def normalized(self, call: Call, output: Tensor) -> Tensor:
        """What the last normalization returns."""
        if self.norm is None:
            return output
        seen = call.field
        with as_part(call, "norm"):
            output = self.norm.forward(call, output)
        call.field = seen
        return output


class TransformerEncoder(Stack):
    """Stacks copies of a TransformerEncoderLayer, each with weights of its own."""

    key = "encoder_layer"
    forward_arguments = frozenset({"is_causal"})

    encoder_layer: Annotated[TransformerEncoderLayer, AfterValidator(explicit)] = Field(
        validation_alias=AliasChoices("layer", "encoder_layer"), description="The layer that is copied."
    )
    num_layers: Depth
    norm: Norm = None
    enable_nested_tensor: Annotated[Bool, Field(description="Whether padding may be left out in evaluation.")] = True
    mask_check: Annotated[Bool, Field(description="Whether the padding mask is looked at before that.")] = True
    is_causal: CausalHint = None

    examples = (
        example((5, 3, 8), layer=FLAT, num_layers=2),
        example((3, 5, 8), Tensor((5, 5), "bool"), layer=FLAT | {"batch_first": True, "activation": "gelu"},
                num_layers=3, norm={"type": "LayerNorm", "normalized_shape": 8}, is_causal=False),
        example((3, 5, 8), layer=FLAT | {"batch_first": True}, num_layers=1, mask_check=False,
                keywords={"src_key_padding_mask": Tensor((3, 5), "bool")}),
        example((3, 5, 8), (6, 5, 5), layer=FLAT | {"batch_first": True, "norm_first": True, "bias": False},
                num_layers=2, norm={"type": "RMSNorm", "normalized_shape": 8}, is_causal=False,
                keywords={"src_key_padding_mask": Tensor((3, 5), "bool")}),
        example((5, 8), layer=FLAT, num_layers=2, is_causal=True, keywords={"mask": Tensor((5, 5))}),
    )  # fmt: skip

    def forward(
        self, call: Call, src: Tensor, mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None
    ) -> Tensor:
        masks = Masks(named("src_key_padding_mask", 2, src_key_padding_mask), named("mask", 1, mask))
        return self.encode(call, src, masks)

    def may_leave_padding_out(self, call: Call, src: Tensor, masks: Masks) -> bool:
        """Whether PyTorch considers to compute without what is padded."""
        layer = self.encoder_layer
        return (
            self.enable_nested_tensor
            and layer.has_fast_path
            and not layer.norm_first
            and not call.training
            and src.rank == 3
            and masks.padding is not None
        )

    def encode(self, call: Call, src: Tensor, masks: Masks) -> Tensor:
        """The forward pass, whatever the masks are called."""
        masks.expect_types(call)
        if self.may_leave_padding_out(call, src, masks):
            expect_packable(call, src, masks, looked_at=self.mask_check)
            if masks.attn is None:
                masks = NO_MASKS
                with as_part(call, self.key):
                    call.expect_at_least("dim_feedforward", self.encoder_layer.dim_feedforward, 1)
        masks = masks.added(src.dtype)
        with self.stacked(call):
            output = self.encoder_layer.encode(call, src, masks, is_causal=self.is_causal is True)
        return self.normalized(call, output)


class TransformerDecoder(Stack):
    """Stacks copies of a TransformerDecoderLayer, each with weights of its own."""

    key = "decoder_layer"
    forward_arguments = frozenset({"tgt_is_causal", "memory_is_causal"})

    decoder_layer: Annotated[TransformerDecoderLayer, AfterValidator(explicit)] = Field(
        validation_alias=AliasChoices("layer", "decoder_layer"), description="The layer that is copied."
    )
    num_layers: Depth
    norm: Norm = None
    tgt_is_causal: CausalHint = None
    memory_is_causal: Annotated[Bool, Field(description="A hint that memory_mask is the causal one.")] = False

    examples = (
        example((5, 3, 8), (7, 3, 8), layer=FLAT | {"type": "TransformerDecoderLayer"}, num_layers=2),
        example((3, 5, 8), (3, 7, 8), Tensor((5, 5), "bool"), num_layers=2,
                layer=FLAT | {"type": "TransformerDecoderLayer", "batch_first": True, "norm_first": True},
                norm={"type": "LayerNorm", "normalized_shape": 8}, tgt_is_causal=True,
                keywords={"memory_key_padding_mask": Tensor((3, 7), "bool")}),
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
        return self.decode(call, tgt, memory, own, others)

    def decode(self, call: Call, tgt: Tensor, memory: Tensor, own: Masks, others: Masks) -> Tensor:
        """The forward pass, whatever the masks are called."""
        hints = (self.tgt_is_causal is True, self.memory_is_causal)
        with self.stacked(call):
            output = self.decoder_layer.decode(call, tgt, memory, own, others, hints=hints)
        return self.normalized(call, output)
