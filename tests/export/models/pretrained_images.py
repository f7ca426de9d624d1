"""Vision models of the ``transformers`` library, small, made from their configurations."""

from typing import Any

from tests.export.comparing import Sample
from tests.export.models.pretrained_text import made

VIT: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "image_size": 32,
    "patch_size": 8,
}


def image(model: str, size: int = 32, device: str = "meta", **given: Any) -> Sample:
    return made(model, {"pixel_values": (2, 3, size, size)}, device, **given)


RESNET: dict[str, Any] = {"embedding_size": 8, "hidden_sizes": [8, 16, 24, 32], "depths": [1, 2, 1, 1]}
DETECTION: dict[str, Any] = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "num_queries": 5,
}

SAMPLES = (
    image("ViTForImageClassification", **VIT),
    image("DeiTModel", **VIT),
    image("BeitForImageClassification", **VIT, use_relative_position_bias=True),
    image("Dinov2Model", **VIT),
    image("ViTMAEModel", **VIT),
    image(
        "SwinForImageClassification",
        image_size=32,
        patch_size=4,
        embed_dim=8,
        depths=[2, 2],
        num_heads=[2, 4],
        window_size=4,
    ),
    image("Swinv2Model", image_size=32, patch_size=4, embed_dim=8, depths=[2, 2], num_heads=[2, 4], window_size=4),
    image("ConvNextForImageClassification", hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 2, 1]),
    image("ConvNextV2Model", hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 2, 1]),
    image("ResNetForImageClassification", **RESNET, layer_type="basic"),
    image("RegNetModel", embedding_size=8, hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 2, 1], groups_width=8),
    image("MobileNetV1Model", depth_multiplier=0.25),
    image("MobileNetV2ForImageClassification", depth_multiplier=0.25),
    image(
        "MobileViTModel",
        hidden_sizes=[16, 24, 32],
        neck_hidden_sizes=[8, 8, 16, 16, 24, 24, 32],
        image_size=64,
        size=64,
    ),
    image("EfficientNetModel", width_coefficient=0.25, depth_coefficient=0.5, hidden_dim=320),
    image("PoolFormerModel", hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1]),
    image(
        "LevitModel",
        image_size=64,
        size=64,
        hidden_sizes=[16, 24, 32],
        num_attention_heads=[2, 3, 4],
        depths=[1, 1, 1],
        key_dim=[8, 8, 8],
    ),
    image(
        "PvtV2Model", hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], num_attention_heads=[1, 2, 4, 4], image_size=32
    ),
    image("FocalNetModel", embed_dim=8, depths=[1, 1, 2, 1], image_size=32),
    image("HieraModel", size=64, image_size=[64, 64], embed_dim=16, depths=[1, 1, 1, 1], num_heads=[1, 2, 4, 8]),
    image("BitModel", embedding_size=8, hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], num_groups=2),
    image(
        "SegformerForSemanticSegmentation",
        size=64,
        hidden_sizes=[8, 16, 24, 32],
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 2, 4, 4],
        decoder_hidden_size=16,
    ),
    image("UperNetForSemanticSegmentation", size=64, backbone_config=None, hidden_size=16),
    image(
        "DPTForDepthEstimation",
        **{**VIT, "num_hidden_layers": 4},
        neck_hidden_sizes=[8, 8, 16, 16],
        fusion_hidden_size=16,
        backbone_out_indices=[0, 1, 2, 3],
    ),
    image("YolosForObjectDetection", **{**VIT, "image_size": [32, 32]}, num_detection_tokens=5),
    image("DetrForObjectDetection", 64, **DETECTION, use_timm_backbone=False, use_pretrained_backbone=False),
)
