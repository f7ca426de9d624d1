"""Language models: an LSTM, BERT, GPT-2, T5 and a decoder in the style of Llama."""

from math import log
from typing import Any

from service.reference.architecture import Json, Published, Reference, block, layer, linear

HUGGING_FACE = (
    "the model's parameters as counted in Hugging Face's transformers, https://huggingface.co/docs/transformers"
)


def tokens(*shape: int) -> Json:
    """The indices of words."""
    return {"shape": list(shape), "dtype": "int64"}


def _embedding(name: str, count: int, size: int, **others: Any) -> Json:
    return layer("Embedding", name, num_embeddings=count, embedding_dim=size, **others)


def _lstm() -> list[Json]:
    return [
        _embedding("encoder", 10_000, 650), layer("Dropout", "drop1", p=0.5),
        layer("LSTM", "rnn", input_size=650, hidden_size=650, num_layers=2, dropout=0.5, batch_first=True),
        layer("Dropout", "drop2", p=0.5, inputs=["rnn[0]"]),
        linear("decoder", 650, 10_000),
    ]  # fmt: skip


def _positions(source: str, dtype: str = "int64") -> list[Json]:
    """0, 1, 2 and so on, for texts of any length."""
    return [
        layer("getitem", "text", index=0, inputs=[source]),
        layer("ones_like", "ones", dtype=dtype),
        layer("cumsum", "counted", dim=0),
        layer("sub", "positions", other=1),
    ]


def _heads(name: str, source: str, heads: int, size: int) -> list[Json]:
    """What a linear layer returned, a head at a time."""
    return [
        layer("unflatten", f"{name}_split", dim=-1, sizes=[heads, size], inputs=[source]),
        layer("transpose", f"{name}_heads", dim0=1, dim1=2),
    ]


def _together() -> list[Json]:
    """What the heads returned, side by side again."""
    return [layer("transpose", "by_position", dim0=1, dim1=2), layer("flatten", "joined", start_dim=2)]


BERT_LENGTH, BERT_WIDTH = 128, 768


def _bert_layer() -> list[Json]:
    eps = {"normalized_shape": BERT_WIDTH, "eps": 1e-12}
    projections = [linear(name, BERT_WIDTH, BERT_WIDTH, inputs=["input"]) for name in ("query", "key", "value")]
    split = [each for name in ("query", "key", "value") for each in _heads(name, name, 12, 64)]
    attention = block(
        "self", *projections, *split,
        layer("scaled_dot_product_attention", "mixed", inputs=["query_heads", "key_heads", "value_heads"]),
        *_together(),
    )  # fmt: skip
    return [
        block(
            "attention", attention,
            block("output", linear("dense", BERT_WIDTH, BERT_WIDTH), layer("Dropout", "dropout", p=0.1),
                  layer("add", "sum", inputs=["dropout", "attention.input"]),
                  layer("LayerNorm", "LayerNorm", **eps)),
        ),
        block("intermediate", linear("dense", BERT_WIDTH, 3072), layer("GELU", "intermediate_act_fn")),
        block("output", linear("dense", 3072, BERT_WIDTH), layer("Dropout", "dropout", p=0.1),
              layer("add", "sum", inputs=["dropout", "attention"]), layer("LayerNorm", "LayerNorm", **eps)),
    ]  # fmt: skip


def _bert() -> list[Json]:
    return [
        block(
            "embeddings",
            _embedding("word_embeddings", 30_522, BERT_WIDTH, padding_idx=0, inputs=["input[0]"]),
            *_positions("input[0]"),
            _embedding("position_embeddings", 512, BERT_WIDTH),
            _embedding("token_type_embeddings", 2, BERT_WIDTH, inputs=["input[1]"]),
            layer("add", "words", inputs=["word_embeddings", "token_type_embeddings"]),
            layer("add", "sum", inputs=["words", "position_embeddings"]),
            layer("LayerNorm", "LayerNorm", normalized_shape=BERT_WIDTH, eps=1e-12),
            layer("Dropout", "dropout", p=0.1),
            inputs=["input_ids", "token_type_ids"],
        ),
        block("encoder", block("layer", *_bert_layer(), repeat=12)),
        block("pooler", layer("getitem", "first", index=[":", 0]), linear("dense", BERT_WIDTH, BERT_WIDTH),
              layer("Tanh", "activation")),
    ]  # fmt: skip


GPT_LENGTH, GPT_WIDTH = 128, 768


def _gpt2() -> list[Json]:
    return [
        _embedding("wte", 50_257, GPT_WIDTH),
        *_positions("input"),
        _embedding("wpe", 1024, GPT_WIDTH),
        layer("add", "embedded", inputs=["wte", "wpe"]), layer("Dropout", "drop", p=0.1),
        block(
            "h",
            layer("LayerNorm", "ln_1", normalized_shape=GPT_WIDTH),
            block(
                "attn",
                linear("c_attn", GPT_WIDTH, 3 * GPT_WIDTH), layer("chunk", "parts", chunks=3, dim=-1),
                *_heads("query", "parts[0]", 12, 64), *_heads("key", "parts[1]", 12, 64),
                *_heads("value", "parts[2]", 12, 64),
                layer("scaled_dot_product_attention", "mixed", is_causal=True,
                      inputs=["query_heads", "key_heads", "value_heads"]),
                *_together(),
                linear("c_proj", GPT_WIDTH, GPT_WIDTH), layer("Dropout", "resid_dropout", p=0.1),
            ),
            layer("add", "attended", inputs=["input", "attn"]),
            layer("LayerNorm", "ln_2", normalized_shape=GPT_WIDTH),
            block("mlp", linear("c_fc", GPT_WIDTH, 4 * GPT_WIDTH), layer("GELU", "act", approximate="tanh"),
                  linear("c_proj", 4 * GPT_WIDTH, GPT_WIDTH), layer("Dropout", "dropout", p=0.1)),
            layer("add", "out", inputs=["attended", "mlp"]),
            repeat=12,
        ),
        layer("LayerNorm", "ln_f", normalized_shape=GPT_WIDTH),
        # The embeddings of words are also what words are predicted with.
        layer("linear", "logits", inputs=["ln_f", "wte.weight"]),
    ]  # fmt: skip


T5_LENGTH, T5_WIDTH, T5_HEADS = 64, 512, 8


def _t5_attention(name: str, memory: str, bias: str) -> Json:
    """Attention without scaling; a learned number for every distance is added to the scores."""
    parts: list[Json] = []
    for part, source in (("q", "input"), ("k", memory), ("v", memory)):
        parts.append(linear(part, T5_WIDTH, T5_WIDTH, bias=False, inputs=[source]))
        parts += _heads(part, part, T5_HEADS, 64)
    biased = [layer("add", "biased", inputs=["scores", bias])] if bias else []
    return block(
        name, *parts,
        layer("transpose", "k_across", dim0=-2, dim1=-1, inputs=["k_heads"]),
        layer("matmul", "scores", inputs=["q_heads", "k_across"]),
        *biased,
        layer("softmax", "weights", dim=-1), layer("Dropout", "dropout", p=0.1),
        layer("matmul", "mixed", inputs=["dropout", "v_heads"]),
        *_together(),
        linear("o", T5_WIDTH, T5_WIDTH, bias=False),
    )  # fmt: skip


def _t5_sublayer(*layers: Json) -> Json:
    """Normalized, worked on, and added to what came in."""
    last = layers[-1]["name"]
    return block(
        None, layer("RMSNorm", "layer_norm", normalized_shape=T5_WIDTH, eps=1e-6), *layers,
        layer("Dropout", "dropout", p=0.1, inputs=[last]), layer("add", "out", inputs=["input", "dropout"]),
    )  # fmt: skip


def _t5_distances(name: str, words: str, *, ahead: bool) -> Json:
    """The bucket of each two words, of which there are 32: one for each short distance, wider ones farther away."""
    exact = 8 if ahead else 16
    return block(
        name,
        layer("getitem", "text", index=[0, ":", 0], inputs=["input"]), layer("ones_like", dtype="int64"),
        layer("cumsum", "positions", dim=0), layer("unsqueeze", "queries", dim=1),
        layer("sub", "distance", inputs=["positions", "queries"]),
        *([layer("abs", "size")] if ahead else [layer("clamp", max=0), layer("neg", "size")]),
        layer("clamp", "near", max=exact - 1),
        layer("clamp", min=exact, inputs=["size"]), layer("div", other=exact), layer("log"),
        layer("mul", other=exact / log(128 / exact)), layer("to", dtype="int64"), layer("add", other=1),
        layer("clamp", "steps", max=exact), layer("ge", "is_far", other=exact, inputs=["size"]),
        layer("mul", "far", inputs=["steps", "is_far"]), layer("add", "bucket", inputs=["near", "far"]),
        *([layer("gt", "is_ahead", other=0, inputs=["distance"]), layer("mul", "side", other=16),
           layer("add", "sided", inputs=["bucket", "side"])] if ahead else []),
        inputs=[words],
    )  # fmt: skip


def _t5_stack(name: str, words: str, memory: str) -> list[Json]:
    forward = block("DenseReluDense", linear("wi", T5_WIDTH, 2048, bias=False), layer("ReLU", "act"),
                    layer("Dropout", "dropout", p=0.1), linear("wo", 2048, T5_WIDTH, bias=False))  # fmt: skip
    sublayers = [_t5_sublayer(_t5_attention("SelfAttention", "input", f"{name}_bias"))]
    if memory:
        sublayers.append(_t5_sublayer(_t5_attention("EncDecAttention", memory, "")))
    sublayers.append(_t5_sublayer(forward))
    return [
        _t5_distances(f"{name}_distances", words, ahead=not memory),
        # Each bucket has a number for every head.
        _embedding(f"{name}_relative_attention_bias", 32, T5_HEADS),
        layer("permute", f"{name}_by_head", dims=[2, 0, 1]), layer("unsqueeze", f"{name}_bias", dim=0),
        layer("Dropout", f"{name}_drop", p=0.1, inputs=[words]),
        block(f"{name}_block", *sublayers, repeat=6),
        layer("RMSNorm", f"{name}_final_layer_norm", normalized_shape=T5_WIDTH, eps=1e-6),
        layer("Dropout", f"{name}_out", p=0.1),
    ]  # fmt: skip


def _t5() -> list[Json]:
    return [
        _embedding("shared", 32_128, T5_WIDTH, inputs=["input_ids"]),
        *_t5_stack("encoder", "shared", ""),
        layer("reuse", "decoder_words", layer="shared", inputs=["decoder_input_ids"]),
        *_t5_stack("decoder", "decoder_words", "encoder_out"),
        layer("mul", "scaled", other=T5_WIDTH**-0.5),
        layer("linear", "logits", inputs=["scaled", "shared.weight"]),
    ]


LLAMA_LENGTH, LLAMA_WIDTH = 64, 2048


def _rotated(name: str, source: str, heads: int) -> list[Json]:
    """Queries or keys turned by an angle that grows with their position."""
    return [
        *_heads(name, source, heads, 64),
        layer("chunk", f"{name}_halves", chunks=2, dim=-1),
        layer("neg", f"{name}_negated", inputs=[f"{name}_halves[1]"]),
        layer("cat", f"{name}_turned", dim=-1, inputs=[f"{name}_negated", f"{name}_halves[0]"]),
        layer("mul", f"{name}_by_cos", inputs=[f"{name}_heads", "cos"]),
        layer("mul", f"{name}_by_sin", inputs=[f"{name}_turned", "sin"]),
        layer("add", f"{name}_rotated", inputs=[f"{name}_by_cos", f"{name}_by_sin"]),
    ]


def _llama_layer() -> list[Json]:
    rms = {"normalized_shape": LLAMA_WIDTH, "eps": 1e-5}
    projections = [linear("q_proj", LLAMA_WIDTH, 2048, bias=False, inputs=["input"]),
                   linear("k_proj", LLAMA_WIDTH, 256, bias=False, inputs=["input"]),
                   linear("v_proj", LLAMA_WIDTH, 256, bias=False, inputs=["input"])]  # fmt: skip
    return [
        layer("RMSNorm", "input_layernorm", **rms),
        block(
            "self_attn", *projections,
            *_rotated("q", "q_proj", 32), *_rotated("k", "k_proj", 4), *_heads("v", "v_proj", 4, 64),
            layer("scaled_dot_product_attention", "mixed", is_causal=True, enable_gqa=True,
                  inputs=["q_rotated", "k_rotated", "v_heads"]),
            *_together(),
            linear("o_proj", LLAMA_WIDTH, LLAMA_WIDTH, bias=False),
        ),
        layer("add", "attended", inputs=["input", "self_attn"]),
        layer("RMSNorm", "post_attention_layernorm", **rms),
        block(
            "mlp",
            linear("gate_proj", LLAMA_WIDTH, 5632, bias=False), layer("SiLU", "act_fn"),
            linear("up_proj", LLAMA_WIDTH, 5632, bias=False, inputs=["input"]),
            layer("mul", "gated", inputs=["act_fn", "up_proj"]),
            linear("down_proj", 5632, LLAMA_WIDTH, bias=False),
        ),
        layer("add", "out", inputs=["attended", "mlp"]),
    ]  # fmt: skip


def _llama() -> list[Json]:
    return [
        layer("buffer", "inv_freq", shape=[32]),
        *_positions("input", "float32"),
        layer("unsqueeze", "column", dim=1), layer("mul", "half_angles", inputs=["column", "inv_freq"]),
        layer("cat", "angles", dim=-1, inputs=["half_angles", "half_angles"]),
        layer("cos", "cos", inputs=["angles"]), layer("sin", "sin", inputs=["angles"]),
        _embedding("embed_tokens", 32_000, LLAMA_WIDTH, inputs=["input"]),
        block("layers", *_llama_layer(), repeat=22),
        layer("RMSNorm", "norm", normalized_shape=LLAMA_WIDTH, eps=1e-5),
        linear("lm_head", LLAMA_WIDTH, 32_000, bias=False),
    ]  # fmt: skip


LANGUAGE = (
    Reference(
        "lstm-language-model", "LSTM language model", "Two LSTM layers that predict the next word; the medium size.",
        "Zaremba, Sutskever & Vinyals, Recurrent Neural Network Regularization (2014), https://arxiv.org/abs/1409.2329",
        _lstm, {"input": tokens(20, 35)},
    ),
    Reference(
        "bert-base", "BERT-base", "An encoder that reads in both directions; the features of words, and of the whole.",
        "Devlin, Chang, Lee & Toutanova, BERT (2018), https://arxiv.org/abs/1810.04805",
        _bert, {"inputs": {"input_ids": tokens(1, BERT_LENGTH), "token_type_ids": tokens(1, BERT_LENGTH)}},
        Published(109_482_240, HUGGING_FACE), ("encoder", "pooler"),
    ),
    Reference(
        "gpt-2", "GPT-2 small", "A decoder that continues a text; words are predicted with their own embeddings.",
        "Radford, Wu, Child, Luan, Amodei & Sutskever, Language Models Are Unsupervised Multitask Learners (2019), "
        "https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf",
        _gpt2, {"input": tokens(1, GPT_LENGTH)}, Published(124_439_808, HUGGING_FACE),
    ),
    Reference(
        "t5-small", "T5-small", "An encoder and a decoder that share the embeddings of words; distances are learned.",
        "Raffel et al., Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer (2019), "
        "https://arxiv.org/abs/1910.10683", _t5,
        {"inputs": {"input_ids": tokens(1, T5_LENGTH), "decoder_input_ids": tokens(1, T5_LENGTH)}},
        Published(60_506_624, HUGGING_FACE),
    ),
    Reference(
        "tinyllama-1.1b", "TinyLlama 1.1B", "A decoder in the style of Llama: rotated positions, few keys, gates.",
        "Zhang, Zeng, Wang & Lu, TinyLlama (2024), https://arxiv.org/abs/2401.02385; "
        "Touvron et al., LLaMA (2023), https://arxiv.org/abs/2302.13971",
        _llama, {"input": tokens(1, LLAMA_LENGTH)}, Published(1_100_048_384, HUGGING_FACE),
    ),
)  # fmt: skip
