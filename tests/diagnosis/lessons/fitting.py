from tests.diagnosis.architectures import document, layer
from tests.diagnosis.lessons.dtypes import ATTENTION, of
from tests.diagnosis.lessons.lesson import Lesson, lesson

FITTING: dict[str, Lesson] = {
    "a mask of padding passed as one of pairs": lesson(
        document({**ATTENTION, "inputs": ["x", "x", "x", "attn_mask=m"]},
                 inputs={"x": [2, 10, 32], "m": of("bool", 2, 10)}),
        "Pass m to a as key_padding_mask.", "Feed m [10, 10].",
    ),
    "a mask of pairs passed as one of padding": lesson(
        document(
            layer("TransformerEncoderLayer", "a", d_model=32, nhead=4, batch_first=True,
                  inputs=["x", "src_key_padding_mask=m"]),
            inputs={"x": [2, 10, 32], "m": of("bool", 10, 10)},
        ),
        "Pass m to a as src_mask.", "Feed m [2, 10].",
    ),
    "a mask of padding with the steps first": lesson(
        document({**ATTENTION, "inputs": ["x", "x", "x", "key_padding_mask=m"]},
                 inputs={"x": [2, 10, 32], "m": of("bool", 10, 2)}),
        "Permute m by [1, 0] before a.", "Feed m [2, 10].",
    ),
    "a mask for each sample": lesson(
        document({**ATTENTION, "inputs": ["x", "x", "x", "attn_mask=m"]},
                 inputs={"x": [2, 10, 32], "m": of("bool", 2, 10, 10)}), "Feed m [10, 10].",
    ),
    "a stored mask for other lengths": lesson(
        document(layer("buffer", "m", shape=[8, 8], dtype="bool"),
                 layer("TransformerEncoderLayer", "a", d_model=32, nhead=4, batch_first=True,
                       inputs=["input", "src_mask=m"]), input=(2, 10, 32)),
        "Set shape of m to [10, 10].",
    ),
    "all states for the last": lesson(
        document(layer("GRU", "enc", input_size=8, hidden_size=16, batch_first=True, inputs=["x"]),
                 layer("GRU", "dec", input_size=8, hidden_size=16, batch_first=True, inputs=["y", "enc[0]"]),
                 inputs={"x": [4, 12, 8], "y": [4, 9, 8]}),
        "Take enc[1] instead of enc[0].",
    ),
    "a state with the batch first": lesson(
        document(layer("GRU", "g", input_size=8, hidden_size=16, batch_first=True, inputs=["x", "h"]),
                 inputs={"x": [2, 5, 8], "h": [2, 1, 16]}),
        "Permute h by [1, 0, 2] before g.", "Feed h [1, 2, 16].",
    ),
}  # fmt: skip
