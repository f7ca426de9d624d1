"""Transformer: an encoder and a decoder.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.Transformer.html and
``torch/nn/modules/transformer.py``. The model is that of Vaswani et al., *Attention is all you need*,
https://arxiv.org/abs/1706.03762.
"""

from typing import Annotated, TypeVar, cast

from pydantic import Field

from service.core.sizes import differ
from service.core.tensors import Tensor, Value
from service.layers.arguments import BatchFirst, Bias, Bool, Depth, Device, Eps, Probability, WeightDType
from service.layers.attention import NumHeads
from service.layers.attention_masks import Masks, named
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.normalization import LayerNorm
from service.layers.notebook import Rejection
from service.layers.transformer_layers import (
    Activation,
    CausalHint,
    Features,
    Feedforward,
    NormFirst,
    TransformerDecoderLayer,
    TransformerEncoderLayer,
    TransformerLayer,
    decoder_masks,
)
from service.layers.transformer_stacks import TransformerDecoder, TransformerEncoder
from service.layers.weights import Weights, prefixed

AnyTransformerLayer = TypeVar("AnyTransformerLayer", bound=TransformerLayer)


def _part(whole: "Transformer", layer: type[AnyTransformerLayer]) -> AnyTransformerLayer:
    """A layer of the encoder or the decoder."""
    shared = {name: getattr(whole, name) for name in layer.model_fields if name in Transformer.model_fields}
    return cast("AnyTransformerLayer", layer.model_construct(**shared | {"type": layer.__name__}))


class Transformer(Layer):
    """Encodes one sequence, and decodes another in the light of it."""

    family = "transformer"
    tells_apart = True
    forward_arguments = frozenset({"src_is_causal", "tgt_is_causal", "memory_is_causal"})

    d_model: Features = 512
    nhead: NumHeads = 8
    num_encoder_layers: Depth = 6
    num_decoder_layers: Depth = 6
    dim_feedforward: Feedforward = 2048
    dropout: Probability = 0.1
    activation: Activation = "relu"
    custom_encoder: Annotated[None, Field(description="Another encoder; only null, for the one described here.")] = None
    custom_decoder: Annotated[None, Field(description="Another decoder; only null, for the one described here.")] = None
    layer_norm_eps: Eps = 1e-5
    batch_first: BatchFirst = False
    norm_first: NormFirst = False
    bias: Bias = True
    device: Device = None
    dtype: WeightDType = None
    src_is_causal: CausalHint = None
    tgt_is_causal: CausalHint = None
    memory_is_causal: Annotated[Bool, Field(description="A hint that memory_mask is the causal one.")] = False

    examples = (
        example((7, 3, 8), (5, 3, 8), d_model=8, nhead=2, num_encoder_layers=1, num_decoder_layers=2,
                dim_feedforward=16),
        example((3, 7, 8), (3, 5, 8), d_model=8, nhead=2, num_encoder_layers=2, num_decoder_layers=1,
                dim_feedforward=16, batch_first=True, norm_first=True, activation="gelu",
                src_is_causal=False, tgt_is_causal=True,
                keywords={"tgt_mask": Tensor((5, 5), "bool"), "src_mask": Tensor((7, 7))}),
        example((7, 8), (5, 8), d_model=8, nhead=1, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=16,
                bias=False, keywords={"memory_mask": Tensor((5, 7)), "src_key_padding_mask": Tensor((7,), "bool")}),
    )  # fmt: skip

    @property
    def encoder(self) -> TransformerEncoder:
        """The encoder."""
        return TransformerEncoder.model_construct(
            type="TransformerEncoder", encoder_layer=_part(self, TransformerEncoderLayer), norm=self.norm,
            num_layers=self.num_encoder_layers, is_causal=self.src_is_causal,
        )  # fmt: skip

    @property
    def decoder(self) -> TransformerDecoder:
        """The decoder."""
        return TransformerDecoder.model_construct(
            type="TransformerDecoder", decoder_layer=_part(self, TransformerDecoderLayer), norm=self.norm,
            num_layers=self.num_decoder_layers, tgt_is_causal=self.tgt_is_causal,
            memory_is_causal=self.memory_is_causal,
        )  # fmt: skip

    @property
    def norm(self) -> LayerNorm:
        """The normalization behind each of the two."""
        return LayerNorm.model_construct(
            type="LayerNorm", normalized_shape=self.d_model, eps=self.layer_norm_eps, bias=self.bias, dtype=self.dtype
        )

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("num_encoder_layers", self.num_encoder_layers, 1)
        call.expect_at_least("num_decoder_layers", self.num_decoder_layers, 1)
        _part(self, TransformerEncoderLayer).check_arguments(call)

    def weights(self) -> Weights:
        yield from prefixed("encoder.", self.encoder.weights())
        yield from prefixed("decoder.", self.decoder.weights())

    def declares(self, *inputs: Value) -> Value:
        return self.decoder.declares(*inputs[1:])

    def forward(  # noqa: PLR0917 (PyTorch takes as many)
        self,
        call: Call,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
    ) -> Tensor:
        _part(self, TransformerEncoderLayer).expect_features(call, src, tgt)
        axis = 0 if self.batch_first else 1
        if src.rank == 3 and differ(src.shape[axis], tgt.shape[axis]):
            call.disagree(f"{{layer}}: src, {src}, and tgt, {tgt}, have different batches", src, tgt, axis=axis)
            raise Rejection
        masks = Masks(named("src_key_padding_mask", 5, src_key_padding_mask), named("src_mask", 2, src_mask))
        memory = self.encoder.encode(call, src, masks)
        own, others = decoder_masks(tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask, first=(3, 6))
        return self.decoder.decode(call, tgt, memory, own, others)
