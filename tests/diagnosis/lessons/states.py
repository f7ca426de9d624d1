from typing import Any

from tests.diagnosis.architectures import Raw, conv, document, layer
from tests.diagnosis.lessons.lesson import Lesson, lesson


def pair(type: str, encoder: Raw, **decoder: Any) -> Raw:
    """An encoder whose last state starts a decoder."""
    common = {"input_size": 32, "batch_first": True}
    return document(
        layer(type, "encoder", **common, **encoder),
        layer(type, "decoder", **common, **decoder, inputs=["x", "encoder[1]"]),
        inputs={"x": [2, 10, 32]},
    )


STATES: dict[str, Lesson] = {
    "a state of other features": lesson(
        pair("GRU", {"hidden_size": 64}, hidden_size=128), "Set hidden_size of decoder to 64.",
        "Set hidden_size of encoder to 128.",
    ),
    "a state and a cell of other features": lesson(
        pair("LSTM", {"hidden_size": 64}, hidden_size=128), "Set hidden_size of decoder to 64.",
        "Set hidden_size of encoder to 128.",
    ),
    "the states of two directions": lesson(
        pair("LSTM", {"hidden_size": 64, "bidirectional": True}, hidden_size=64),
        "Set bidirectional of decoder to true.", "Set num_layers of decoder to 2.",
        "Set bidirectional of encoder to false.",
    ),
    "the states of two layers": lesson(
        pair("GRU", {"hidden_size": 64, "num_layers": 2}, hidden_size=64), "Set num_layers of decoder to 2.",
        "Set bidirectional of decoder to true.", "Set num_layers of encoder to 1.",
    ),
    "indices that nobody asked for": lesson(
        document(conv(3, 8), layer("MaxPool2d", "p", kernel_size=2, return_indices=True), conv(8, 16, name="c")),
        "Take p[0] as the input of c.", "Set return_indices of p to false.",
    ),
}  # fmt: skip
"""What a layer returns besides its output."""
