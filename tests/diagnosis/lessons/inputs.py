from tests.diagnosis.architectures import conv, document, layer, linear
from tests.diagnosis.lessons.lesson import Lesson, lesson

RESIDUAL = (
    conv(8, 8, name="a", padding=1), layer("BatchNorm2d", num_features=8), layer("ReLU"),
    conv(8, 8, name="b", padding=1),
)  # fmt: skip

INPUTS: dict[str, Lesson] = {
    "a residual without its shortcut": lesson(
        document(conv(3, 8, 1, "stem"), *RESIDUAL, layer("add", "s")), 'Let s take ["b", "stem"].',
    ),
    "a residual block without its shortcut": lesson(
        document(conv(3, 8, 1, "stem"), layer("Sequential", "block", layers=[*RESIDUAL, layer("add", "s")])),
        'Let block.s take ["b", "input"].',
    ),
    "a branch that nobody takes": lesson(
        document(conv(3, 8, 1, "a"), conv(3, 8, name="b", padding=1, inputs=["input"]), layer("cat", "c", dim=1),
                 conv(16, 4, 1)),
        'Let c take ["b", "a"].',
    ),
    "a decoder without a memory": lesson(
        document(
            layer("TransformerEncoderLayer", "enc", d_model=32, nhead=4, batch_first=True, inputs=["src"]),
            layer("TransformerDecoderLayer", "dec", d_model=32, nhead=4, batch_first=True), linear(32, 5),
            inputs={"src": [2, 10, 32], "tgt": [2, 7, 32]},
        ),
        'Let dec take ["tgt", "enc"].', 'Let dec take ["enc", "tgt"].', 'Let dec take ["enc", "enc"].',
    ),
    "a transformer without a target": lesson(
        document(layer("Transformer", "t", d_model=32, nhead=4, batch_first=True, inputs=["src"]),
                 inputs={"src": [2, 10, 32], "tgt": [2, 7, 32]}),
        'Let t take ["src", "tgt"].', 'Let t take ["src", "src"].',
    ),
    "an attention in a chain": lesson(
        document(linear(16, 64, "l"), layer("MultiheadAttention", "a", embed_dim=64, num_heads=8, batch_first=True),
                 input=(2, 5, 16)),
        'Let a take ["l", "l", "l"].',
    ),
    "an unpooling without indices": lesson(
        document(layer("MaxPool2d", "p", kernel_size=2), conv(3, 3, name="c", padding=1),
                 layer("MaxUnpool2d", "u", kernel_size=2)),
        'Set return_indices of p to true, and let u take ["c", "p[1]"].',
    ),
    "an unpooling of values": lesson(
        document(layer("MaxPool2d", "p", kernel_size=2), layer("MaxUnpool2d", "u", kernel_size=2, inputs=["p", "p"])),
        'Set return_indices of p to true, and let u take ["p[0]", "p[1]"].',
    ),
    "an unpooling of a pair": lesson(
        document(layer("MaxPool2d", "p", kernel_size=2, return_indices=True), layer("MaxUnpool2d", "u", kernel_size=2)),
        'Let u take ["p[0]", "p[1]"].',
    ),
    "indices without bags": lesson(
        document(layer("EmbeddingBag", "e", num_embeddings=100, embedding_dim=16),
                 input={"shape": [20], "dtype": "int64"}),
        "Feed the model [1, 20].", "Give what arrives at e an axis for a single bag.",
    ),
    "two tensors for one layer": lesson(
        document(linear(8, 8, "a"), linear(8, 8, "b", inputs=["input"]), linear(16, 4, "fc", inputs=["a", "b"]),
                 input=(2, 8)),
        "Join them along axis 1 before fc.",
    ),
    "two images for one layer": lesson(
        document(conv(3, 8, name="e", padding=1), conv(8, 8, name="d", padding=1),
                 conv(16, 4, name="f", inputs=["d", "e"])),
        "Join them along axis 1 before f.",
    ),
    "two tensors for an activation": lesson(
        document(conv(3, 8, 1, "a"), conv(3, 8, 1, "b", inputs=["input"]), layer("ReLU", "r", inputs=["a", "b"])),
        "Add them up before r.", "Join them along axis 1 before r.", 'Let r take ["a"].',
    ),
    "all inputs of the model": lesson(
        document(linear(16, 4, "fc"), inputs={"x": [2, 8], "y": [2, 8]}), "Join them along axis 1 before fc."
    ),
    "a part of a state": lesson(
        document(layer("LSTM", "e", input_size=8, hidden_size=16),
                 layer("LSTM", "d", input_size=8, hidden_size=16, inputs=["input", "e[1][0]"]),
                 linear(16, 2, inputs=["d[0]"]), input=(5, 2, 8)),
        "Take e[1] as the state of d.", 'Let d take ["input"].',
    ),
    "the state of another kind": lesson(
        document(layer("GRU", "e", input_size=8, hidden_size=16),
                 layer("LSTM", "d", input_size=8, hidden_size=16, inputs=["input", "e[1]"]),
                 linear(16, 2, inputs=["d[0]"]), input=(5, 2, 8)),
        "Make e an LSTM, too.", 'Let d take ["input"].',
    ),
    "a tuple for a layer": lesson(
        document(layer("LSTM", "l", input_size=8, hidden_size=16, batch_first=True), linear(16, 2, "fc"),
                 input=(2, 5, 8)), "Take l[0] as the input of fc.",
    ),
    "a piece too many": lesson(
        document(linear(8, 16), layer("chunk", "c", chunks=2, dim=-1), linear(8, 2, "fc", inputs=["c[2]"]),
                 input=(2, 8)), "Take c[1] as the input of fc.", "Take c[0] as the input of fc.",
    ),
}  # fmt: skip
