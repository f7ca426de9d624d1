"""Models of the ``transformers`` library for sound, time series and several kinds of input at once, small."""

from typing import Any

import torch

from tests.export.models.pretrained_images import VIT
from tests.export.models.pretrained_text import BART, SMALL, TOKENS, made

WAVE: dict[str, Any] = {
    **{key: value for key, value in SMALL.items() if key != "max_position_embeddings"},
    "conv_dim": [16, 16],
    "conv_kernel": [10, 3],
    "conv_stride": [5, 2],
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}
SHORT = {"shape": (2, 5), "dtype": "int64"}
TEXT: dict[str, Any] = {**SMALL, "projection_dim": 16}
SOUND = {"input_values": (2, 400)}
BOTH = {"input_ids": TOKENS, "pixel_values": (2, 3, 32, 32)}

SAMPLES = (
    made("Wav2Vec2ForCTC", SOUND, **WAVE),
    made("HubertModel", SOUND, **WAVE),
    made("WavLMModel", SOUND, **WAVE),
    made("SEWModel", SOUND, **WAVE, squeeze_factor=2),
    made("UniSpeechSatModel", SOUND, **WAVE),
    made("Data2VecAudioModel", SOUND, **WAVE),
    made(
        "ASTForAudioClassification",
        {"input_values": (2, 64, 16)},
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        patch_size=8,
        frequency_stride=8,
        time_stride=8,
        max_length=64,
        num_mel_bins=16,
    ),
    made(
        "WhisperForConditionalGeneration",
        {"input_features": (2, 8, 40), "decoder_input_ids": SHORT, "use_cache": False},
        **{**BART, "max_position_embeddings": 64},
        num_mel_bins=8,
        max_source_positions=20,
        max_target_positions=20,
        pad_token_id=0,
        decoder_start_token_id=1,
        bos_token_id=2,
        eos_token_id=3,
    ),
    made(
        "Speech2TextModel",
        {"input_features": (2, 40, 8), "decoder_input_ids": SHORT, "use_cache": False},
        **BART,
        input_feat_per_channel=8,
        conv_channels=16,
        max_source_positions=64,
        max_target_positions=64,
    ),
    made(
        "SpeechT5ForTextToSpeech",
        {"input_ids": TOKENS, "decoder_input_values": (2, 6, 80)},
        vocab_size=99,
        hidden_size=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
    ),
    made(
        "DacModel", {"input_values": (2, 1, 640)}, "cpu", encoder_hidden_size=8, decoder_hidden_size=64, n_codebooks=2
    ),
    made("CLIPModel", BOTH, text_config=TEXT, vision_config=VIT, projection_dim=16),
    made("SiglipModel", BOTH, text_config=SMALL, vision_config=VIT),
    made("BlipForConditionalGeneration", BOTH, text_config=SMALL, vision_config=VIT),
    made(
        "GroupViTModel",
        BOTH,
        text_config=TEXT,
        vision_config={**VIT, "depths": [1, 1], "num_group_tokens": [4, 0], "num_output_groups": [4, 4]},
    ),
    made("ViltModel", {**BOTH, "pixel_mask": torch.ones(2, 32, 32, dtype=torch.int64)}, "cpu", **{**SMALL, **VIT}),
    made(
        "FlavaModel",
        BOTH,
        image_config=VIT,
        text_config=SMALL,
        multimodal_config={
            key: VIT[key] for key in ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
        },
    ),
    made(
        "LlavaForConditionalGeneration",
        {"input_ids": TOKENS},
        text_config={"model_type": "llama", **SMALL},
        vision_config={"model_type": "clip_vision_model", **VIT},
    ),
    made(
        "PatchTSTModel",
        {"past_values": (2, 32, 3)},
        num_input_channels=3,
        context_length=32,
        patch_length=8,
        d_model=32,
        num_attention_heads=4,
        num_hidden_layers=2,
        ffn_dim=64,
    ),
    made("TimesformerModel", {"pixel_values": (1, 2, 3, 32, 32)}, **VIT, num_frames=2),
    made("VideoMAEModel", {"pixel_values": (1, 4, 3, 32, 32)}, **VIT, num_frames=4),
    made(
        "PerceiverModel",
        {"inputs": (2, 10, 16)},
        d_model=16,
        d_latents=32,
        num_latents=8,
        num_blocks=1,
        num_self_attends_per_block=2,
        num_self_attention_heads=4,
        num_cross_attention_heads=4,
    ),
    made(
        "DecisionTransformerModel",
        {
            "states": (2, 6, 17),
            "actions": (2, 6, 4),
            "rewards": (2, 6, 1),
            "returns_to_go": (2, 6, 1),
            "timesteps": {"shape": (2, 6), "dtype": "int64"},
        },
        hidden_size=32,
        n_layer=2,
        n_head=4,
    ),
)
