from tests.diagnosis.architectures import conv, document, layer, linear
from tests.diagnosis.lessons.lesson import Lesson, lesson

AXES: dict[str, Lesson] = {
    "joined along the batch": lesson(
        document(linear(10, 8, "a"), linear(10, 8, "b", inputs=["input"]), layer("cat", "c", inputs=["a", "b"]),
                 linear(16, 2, "fc"), input=(4, 10)),
        "Set dim of c to 1.", "Set in_features of fc to 8.",
    ),
    "averaged over the channels": lesson(
        document(conv(3, 8), layer("mean", "m", dim=[1, 2]), linear(8, 2, "fc")),
        "Set dim of m to [2, 3].", "Set in_features of fc to 30.",
    ),
    "squeezed with the batch": lesson(
        document(conv(3, 8), layer("AdaptiveAvgPool2d", output_size=1), layer("squeeze", "s"), linear(8, 2),
                 layer("BatchNorm1d", num_features=2)),
        "Set dim of s to [2, 3].",
    ),
    "an order that leaves an axis out": lesson(
        document(layer("permute", "p", dims=[0, 3, 1]), input=(2, 3, 4, 5)), "Set dims of p to [0, 3, 1, 2].",
    ),
    "enlarged as if it were a sequence": lesson(
        document(conv(3, 8), layer("Upsample", "u", scale_factor=2, mode="linear")), 'Set mode of u to "bilinear".',
    ),
    "a batch of videos of one": lesson(
        document(conv(3, 8, name="c"), input=(1, 4, 3, 32, 32)),
        "Feed the model [4, 3, 32, 32].", "Drop axis 0, of size 1, before c.",
    ),
    "a sequence of the positions": lesson(
        document(conv(1, 64, padding=1), layer("MaxPool2d", kernel_size=[32, 1]),
                 layer("LSTM", "l", input_size=64, hidden_size=32, batch_first=True), linear(32, 10, inputs=["l[0]"]),
                 input=(1, 1, 32, 100)),
        "Make a sequence of the positions of the image before l.",
    ),
    "too few features for an image": lesson(
        document(linear(100, 1024, "fc"), layer("ReLU"),
                 layer("ConvTranspose2d", "up", in_channels=128, out_channels=64, kernel_size=4), input=(16, 100)),
        "Set out_features of fc to 1152, and unflatten them to [128, 3, 3] before up.",
    ),
    "part of what is joined": lesson(
        document(linear(8, 15, "a", inputs=["x"]), linear(4, 16, "b", inputs=["y"]),
                 layer("cat", inputs=["a", "b"], dim=1), linear(32, 2, "fc"), inputs={"x": [4, 8], "y": [4, 4]}),
        "Set in_features of fc to 31.", "Set out_features of a to 16.", "Set out_features of b to 17.",
    ),
    "a batch taken for one sample": lesson(
        document(conv(3, 64, padding=1), layer("MaxPool3d", "p", kernel_size=2), conv(64, 8, name="c")),
        "Make p a MaxPool2d.", "Set in_channels of c to 32.",
    ),
    "positions merged with the channels": lesson(
        document(conv(3, 64, 8, stride=8), layer("Flatten", "f"), layer("transpose", dim0=1, dim1=2),
                 layer("LayerNorm", normalized_shape=64)),
        "Set start_dim of f to 2.",
    ),
    "an expansion that nothing takes back": lesson(
        document(conv(3, 64, 8, stride=8), layer("Flatten", start_dim=2), layer("transpose", "x", dim0=1, dim1=2),
                 linear(64, 256, "up"), layer("add", inputs=["up", "x"]), layer("LayerNorm", normalized_shape=64)),
        "Project what up returns to 64 features with a Linear.", "Set out_features of up to 64.",
    ),
    "no batch": lesson(
        document(conv(3, 6, 5), layer("MaxPool2d", kernel_size=2), layer("Flatten"), linear(1176, 10, "fc"),
                 input=(3, 32, 32)),
        "Feed the model [1, 3, 32, 32].", "Set in_features of fc to 196.",
    ),
    "channels that are averaged away": lesson(
        document(layer("Embedding", num_embeddings=100, embedding_dim=32), layer("mean", dim=2), linear(32, 2),
                 input={"shape": [4, 7], "dtype": "int64"}),
        "Set dim of mean (layer 1) to 1.", "Set in_features of Linear (layer 2) to 7.",
    ),
}  # fmt: skip
"""Axes that are missing, or taken for others."""
