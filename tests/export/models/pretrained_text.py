"""Language models of the ``transformers`` library, small, made from their configurations."""

from typing import Any

import transformers
from torch.nn import Module

from tests.export.comparing import Sample

TOKENS = {"shape": (2, 11), "dtype": "int64"}
SMALL: dict[str, Any] = {
    "vocab_size": 99,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
}
GROUPED = {**SMALL, "num_key_value_heads": 2}


LARGEST: dict[str, Any] = {
    "vocab_size": 128256,
    "hidden_size": 8192,
    "num_hidden_layers": 80,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "intermediate_size": 28672,
}


def made(
    model: str,
    inputs: Any,
    device: str = "meta",
    configuration: str | None = None,
    name: str | None = None,
    **given: Any,
) -> Sample:
    """A model by the name of its class, and its configuration by its arguments."""

    def build() -> Module:
        kind = getattr(transformers, model)
        config = (getattr(transformers, configuration) if configuration else kind.config_class)(**given)
        return kind._from_config(config)  # noqa: SLF001

    return Sample(name or model, build, inputs, device=device)


def text(model: str, **given: Any) -> Sample:
    return made(model, {"input_ids": TOKENS, "use_cache": False}, **given)


def pair(model: str, **given: Any) -> Sample:
    return made(
        model,
        {"input_ids": TOKENS, "decoder_input_ids": {"shape": (2, 5), "dtype": "int64"}, "use_cache": False},
        **given,
    )


BART: dict[str, Any] = {
    "vocab_size": 99,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 64,
}
T5: dict[str, Any] = {"vocab_size": 99, "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4}

SAMPLES = (
    text("LlamaForCausalLM", name="Llama of 70 billion parameters", **LARGEST),
    made("BertModel", {"input_ids": TOKENS, "attention_mask": TOKENS}, **SMALL),
    made("BertForMaskedLM", {"input_ids": TOKENS}, **SMALL),
    made("RobertaForSequenceClassification", {"input_ids": TOKENS}, **SMALL),
    made("DistilBertModel", {"input_ids": TOKENS}, vocab_size=99, dim=32, n_layers=2, n_heads=4, hidden_dim=64),
    made("AlbertModel", {"input_ids": TOKENS}, **SMALL, embedding_size=16),
    made("ElectraForPreTraining", {"input_ids": TOKENS}, **SMALL, embedding_size=16),
    made(
        "DebertaV2Model",
        {"input_ids": TOKENS},
        **SMALL,
        relative_attention=True,
        pos_att_type=["p2c", "c2p"],
        position_buckets=8,
    ),
    made("MPNetModel", {"input_ids": TOKENS}, **SMALL),
    made(
        "ModernBertModel",
        {"input_ids": TOKENS},
        **SMALL,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        cls_token_id=1,
        sep_token_id=2,
    ),
    made("FNetModel", {"input_ids": TOKENS}, **SMALL),
    made("XLNetModel", {"input_ids": TOKENS}, "cpu", vocab_size=99, d_model=32, n_layer=2, n_head=4, d_inner=64),
    text("GPT2LMHeadModel", vocab_size=99, n_positions=64, n_embd=32, n_layer=2, n_head=4),
    text("GPTNeoXForCausalLM", **SMALL),
    text("GPTJForCausalLM", vocab_size=99, n_positions=64, n_embd=32, n_layer=2, n_head=4, rotary_dim=4),
    text(
        "OPTForCausalLM",
        vocab_size=99,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        ffn_dim=64,
        word_embed_proj_dim=32,
        max_position_embeddings=64,
    ),
    text("BloomForCausalLM", vocab_size=99, hidden_size=32, n_layer=2, n_head=4),
    text("FalconForCausalLM", vocab_size=99, hidden_size=32, num_hidden_layers=2, num_attention_heads=4),
    text("LlamaForCausalLM", **GROUPED),
    text("MistralForCausalLM", **GROUPED),
    text("Qwen2ForCausalLM", **GROUPED),
    text("Qwen3ForCausalLM", **GROUPED, head_dim=8),
    text("Gemma2ForCausalLM", **GROUPED, head_dim=8),
    text("PhiForCausalLM", **SMALL),
    text("MixtralForCausalLM", **GROUPED, num_local_experts=4),
    text("MixtralForCausalLM", **GROUPED, num_local_experts=4, experts_implementation="batched_mm"),
    text(
        "Qwen2MoeForCausalLM",
        **GROUPED,
        num_experts=4,
        num_experts_per_tok=2,
        moe_intermediate_size=16,
        shared_expert_intermediate_size=32,
    ),
    text(
        "DeepseekV3ForCausalLM",
        **SMALL,
        moe_intermediate_size=16,
        n_routed_experts=8,
        n_group=2,
        topk_group=1,
        num_experts_per_tok=2,
        kv_lora_rank=8,
        q_lora_rank=8,
        qk_rope_head_dim=4,
        v_head_dim=8,
        qk_nope_head_dim=8,
        first_k_dense_replace=1,
    ),
    text("MambaForCausalLM", vocab_size=99, hidden_size=32, num_hidden_layers=2, state_size=4),
    text(
        "Mamba2ForCausalLM",
        vocab_size=99,
        hidden_size=32,
        num_hidden_layers=2,
        state_size=4,
        num_heads=8,
        head_dim=8,
        n_groups=2,
        chunk_size=4,
    ),
    text(
        "RwkvForCausalLM",
        vocab_size=99,
        hidden_size=32,
        num_hidden_layers=2,
        attention_hidden_size=32,
        context_length=16,
    ),
    pair("T5ForConditionalGeneration", **T5),
    pair("BartForConditionalGeneration", **BART),
    pair("PegasusForConditionalGeneration", **BART),
    pair("MarianMTModel", **BART, pad_token_id=0),
)
