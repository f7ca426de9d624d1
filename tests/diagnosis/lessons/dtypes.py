from typing import Any

from tests.diagnosis.architectures import conv, document, layer, linear
from tests.diagnosis.lessons.lesson import Lesson, lesson


def of(dtype: str, *shape: int) -> dict[str, Any]:
    return {"shape": list(shape), "dtype": dtype}


ATTENTION = layer("MultiheadAttention", "a", embed_dim=32, num_heads=4, batch_first=True)

DTYPES: dict[str, Lesson] = {
    "a mask of integers": lesson(
        document({**ATTENTION, "inputs": ["x", "x", "x", "key_padding_mask=m"]},
                 inputs={"x": [2, 10, 32], "m": of("int64", 2, 10)}),
        "Feed m as bool.", "Convert what arrives at a to bool.",
    ),
    "a mask of integers for a product of queries and keys": lesson(
        document(layer("scaled_dot_product_attention", "s", inputs=["x", "x", "x", "attn_mask=m"]),
                 inputs={"x": [2, 4, 10, 32], "m": of("int64", 10, 10)}),
        "Feed m as bool.", "Convert what arrives at s to bool.",
    ),
    "a mask of integers that fills": lesson(
        document(layer("masked_fill", "f", value=0.0, inputs=["x", "m"]),
                 inputs={"x": [2, 10], "m": of("int64", 2, 10)}), "Feed m as bool.",
    ),
    "floats for an embedding": lesson(
        document(layer("Embedding", "e", num_embeddings=100, embedding_dim=16), linear(16, 2), input=(2, 7)),
        "Feed the input as int64.", "Convert what arrives at e to int64.",
    ),
    "an image of bytes": lesson(
        document(conv(3, 8), layer("BatchNorm2d", num_features=8), input=of("uint8", 1, 3, 32, 32)),
        "Feed the input as float32.", "Convert what arrives at Conv2d (layer 0) to float32.",
    ),
    "a conversion in the middle": lesson(
        document(linear(8, 8), layer("to", "t", dtype="int64"), linear(8, 2, "fc"), input=(2, 8)), "Take t away.",
        "Set dtype of t to float32.", "Convert what arrives at fc to float32.",
    ),
    "a conversion before an embedding": lesson(
        document(layer("to", "t", dtype="float32"), layer("Embedding", num_embeddings=100, embedding_dim=16),
                 input=of("int64", 2, 10)), "Take t away.", "Set dtype of t to int64.",
    ),
    "one layer in double precision": lesson(
        document(linear(8, 8), layer("ReLU"), linear(8, 2, "fc", dtype="float64"), input=(2, 8)),
        "Make the weights of fc float32.", "Convert what arrives at fc to float64.",
    ),
    "an input in double precision": lesson(
        document(linear(8, 8), layer("ReLU"), linear(8, 2), input=of("float64", 2, 8)), "Feed the input as float32.",
        "Make the weights of all layers float64.",
    ),
    "words without an embedding": lesson(
        document(layer("TransformerEncoderLayer", "enc", d_model=32, nhead=4, batch_first=True),
                 input=of("int64", 2, 10)), "Look the indices up in an Embedding before enc",
    ),
    "words without an embedding, all three inputs": lesson(
        document({**ATTENTION, "inputs": ["input", "input", "input"]}, input=of("int64", 2, 10)),
        "Look the indices up in an Embedding before a",
    ),
    "double precision for all three inputs": lesson(
        document({**ATTENTION, "inputs": ["x", "x", "x"]}, inputs={"x": of("float64", 2, 10, 32)}),
        "Feed x as float32.", "Convert what arrives at a to float32.",
    ),
    "classes one-hot": lesson(
        document(layer("one_hot", num_classes=10), linear(10, 8, "fc"), input=of("int64", 2, 5)),
        "Convert what arrives at fc to float32.",
    ),
}  # fmt: skip
