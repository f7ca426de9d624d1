from tests.diagnosis.architectures import conv, document, layer, linear
from tests.diagnosis.lessons.lesson import Lesson, lesson

JOINS: dict[str, Lesson] = {
    "a residual without padding": lesson(
        document(conv(3, 16, name="stem"), conv(16, 16, name="a"), layer("ReLU"), conv(16, 16, name="b"),
                 layer("add", inputs=["b", "stem"])),
        "Give a and b padding 1, which keeps the size but for the stride.", "Interpolate what stem returns to 26 × 26.",
    ),
    "a residual with an even kernel": lesson(
        document(conv(3, 16, name="stem"), conv(16, 16, 4, "a", padding=1), layer("add", inputs=["a", "stem"])),
        'Give a padding "same", which keeps the size but for the stride.',
    ),
    "a residual without padding, of more channels": lesson(
        document(conv(3, 16, name="stem", padding=1), conv(16, 32, name="a", stride=2), layer("ReLU"),
                 conv(32, 32, name="b"), layer("add", inputs=["b", "stem"])),
        "Give a and b padding 1, and project what stem returns with a 1 × 1 convolution to 32 channels and stride 2.",
    ),
    "a residual of sequences": lesson(
        document(layer("Conv1d", "c", in_channels=8, out_channels=8, kernel_size=3),
                 layer("add", inputs=["c", "input"]), input=(2, 8, 20)), "Give c padding 1, which keeps the size",
    ),
    "branches of several kernels": lesson(
        document(
            conv(3, 16, 1, "b1"), conv(3, 16, 3, "b3", inputs=["input"]), conv(3, 16, 5, "b5", inputs=["input"]),
            layer("cat", inputs=["b1", "b3", "b5"], dim=1),
        ),
        "Give b3 padding 1 and b5 padding 2, which keeps the size but for the stride.",
    ),
    "a branch that pools": lesson(
        document(conv(3, 16, 1, "b1"), layer("MaxPool2d", "p", kernel_size=3, stride=1, inputs=["input"]),
                 layer("cat", inputs=["b1", "p"], dim=1)), "Give p padding 1, which keeps the size but for the stride.",
    ),
    "a decoder that lost the remainder": lesson(
        document(
            conv(3, 8, 3, "e", padding=1), layer("MaxPool2d", kernel_size=2), layer("Upsample", "u", scale_factor=2),
            layer("cat", inputs=["u", "e"], dim=1), input=(1, 3, 33, 33),
        ),
        "Interpolate what u returns to 33 × 33.", "Feed the model [1, 3, 32, 32].", "Feed the model [1, 3, 34, 34].",
    ),
    "a decoder one short each time": lesson(
        document(
            conv(1, 8, name="e1", stride=2, padding=1), layer("ReLU"), conv(8, 8, name="e2", stride=2, padding=1),
            *(layer("ConvTranspose2d", name, in_channels=8, out_channels=out, kernel_size=3, stride=2, padding=1)
              for name, out in (("d1", 8), ("d2", 1))),
            layer("sub", inputs=["d2", "input"]), input=(8, 1, 28, 28),
        ),
        "Set output_padding of d1 and d2 to 1.", "Interpolate what d2 returns to 28 × 28.",
    ),
    "a branch that shrinks": lesson(
        document(
            conv(3, 16, 1, "a"),
            layer("MaxPool2d", "p", kernel_size=3, stride=2, padding=1, inputs=["input"]),
            layer("cat", inputs=["a", "p"], dim=1),
        ),
        "Set stride of p to 1.", "Interpolate what p returns to 32 × 32.",
    ),
    "factors in the wrong order": lesson(
        document(linear(16, 32, "h", inputs=["x"]), layer("bmm", "agg", inputs=["h", "adj"]), linear(32, 4),
                 inputs={"x": [2, 10, 16], "adj": [2, 10, 10]}),
        'Let agg take ["adj", "h"].',
    ),
    "positions of another length": lesson(
        document(linear(8, 16, "l"), layer("parameter", "pos", shape=[1, 11, 16]), layer("add", inputs=["l", "pos"]),
                 input=(2, 10, 8)), "Set shape of pos to [1, 10, 16].",
    ),
    "a class token for one sample": lesson(
        document(linear(8, 16, "l"), layer("parameter", "cls", shape=[1, 1, 16]),
                 layer("cat", inputs=["cls", "l"], dim=1), input=(2, 10, 8)),
        "Expand what cls returns to [2, 1, 16].",
    ),
    "keys not transposed": lesson(
        document(linear(8, 8, "q"), linear(8, 8, "k", inputs=["input"]), layer("bmm", inputs=["q", "k"]),
                 input=(2, 5, 8)), "Transpose what k returns before bmm (layer 2).",
    ),
    "queries and keys of other features": lesson(
        document(
            linear(8, 8, "q"), linear(8, 6, "k", inputs=["input"]), layer("transpose", "kt", dim0=1, dim1=2),
            layer("matmul", inputs=["q", "kt"]), input=(2, 5, 8),
        ),
        "Set out_features of k to 8.", "Set out_features of q to 6.",
    ),
    "a matrix not transposed": lesson(
        document(layer("mv", inputs=["a", "b"]), inputs={"a": [8, 5], "b": [8]}), "Transpose a before mv (layer 0)."
    ),
    "letters of an einsum": lesson(
        document(layer("einsum", "e", equation="bij,bjk->bik", inputs=["a", "b"]),
                 inputs={"a": [2, 3, 4], "b": [2, 5, 4]}),
        'Set equation of e to "bij,bkj->bik".',
    ),
    "letters of all operands": lesson(
        document(layer("einsum", "e", equation="bhid,bhjd->bhij", inputs=["a", "b"]),
                 inputs={"a": [2, 5, 4, 8], "b": [2, 7, 4, 8]}),
        'Set equation of e to "bihd,bjhd->bhij".',
    ),
    "a weight that is transposed": lesson(
        document(layer("parameter", "w", shape=[8, 16]), layer("linear", "l", inputs=["input", "w"]), input=(2, 8)),
        "Set shape of w to [16, 8].", "Transpose what w returns before l.",
    ),
    "a weight for other features": lesson(
        document(layer("parameter", "w", shape=[16, 9]), layer("linear", "l", inputs=["input", "w"]), input=(2, 8)),
        "Set shape of w to [16, 8].",
    ),
    "the batch in the wrong axis": lesson(
        document(layer("MultiheadAttention", "a", embed_dim=32, num_heads=4, inputs=["q", "c", "c"]),
                 inputs={"q": [2, 10, 32], "c": [2, 7, 32]}), "Set batch_first of a to true.",
    ),
}  # fmt: skip
