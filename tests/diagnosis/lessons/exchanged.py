from tests.diagnosis.architectures import conv, document, layer, linear
from tests.diagnosis.lessons.lesson import Lesson, lesson

EXCHANGED: dict[str, Lesson] = {
    "features in and out": lesson(
        document(linear(8, 16), layer("ReLU"), linear(32, 16, "m"), layer("ReLU"), linear(32, 2), input=(2, 8)),
        "Exchange in_features and out_features of m.",
    ),
    "channels in and out": lesson(
        document(conv(16, 3, name="c"), layer("ReLU"), conv(16, 8)), "Exchange in_channels and out_channels of c."
    ),
    "sizes of a recurrent layer": lesson(
        document(layer("LSTM", "l", input_size=32, hidden_size=16, batch_first=True), linear(32, 2, inputs=["l[0]"]),
                 input=(2, 5, 16)),
        "Exchange input_size and hidden_size of l.",
    ),
    "two inputs": lesson(
        document(layer("Bilinear", "b", in1_features=5, in2_features=8, out_features=2, inputs=["x", "y"]),
                 inputs={"x": [2, 8], "y": [2, 5]}),
        'Let b take ["y", "x"].',
    ),
    "a layer applied again to what it does not fit": lesson(
        document(conv(3, 16, name="a", padding=1), layer("ReLU"), layer("reuse", "b", layer="a"), layer("Flatten"),
                 linear(16384, 10)),
        "Make b a Conv2d of its own with in_channels = 16.",
    ),
    "a shared layer that changes the size": lesson(
        document(linear(8, 16, "a"), layer("ReLU"), layer("reuse", "b", layer="a"), input=(2, 8)),
        "Set out_features of a to 8.", "Make b a Linear of its own with in_features = 16.",
    ),
    "keys of other features": lesson(
        document(layer("MultiheadAttention", "a", embed_dim=32, num_heads=4, batch_first=True, inputs=["q", "c", "c"]),
                 inputs={"q": [2, 10, 32], "c": [2, 7, 48]}),
        "Set kdim and vdim of a to 48.", "Project c to 32 features with a Linear before a.",
    ),
    "keys of features declared otherwise": lesson(
        document(layer("MultiheadAttention", "a", embed_dim=32, num_heads=4, kdim=64, vdim=64, batch_first=True,
                       inputs=["q", "c", "c"]), inputs={"q": [2, 10, 32], "c": [2, 7, 48]}),
        "Set kdim and vdim of a to 48.", "Feed c [2, 7, 64].",
    ),
    "a memory of other features": lesson(
        document(layer("TransformerDecoderLayer", "d", d_model=32, nhead=4, batch_first=True, inputs=["x", "m"]),
                 inputs={"x": [2, 10, 32], "m": [2, 7, 48]}),
        "Project m to 32 features with a Linear before d.",
    ),
    "a pool for larger images": lesson(
        document(
            conv(3, 64, 7, stride=2, padding=3), layer("ReLU"), layer("MaxPool2d", kernel_size=3, stride=2, padding=1),
            conv(64, 128, stride=2, padding=1), layer("ReLU"), layer("AvgPool2d", "pool", kernel_size=7),
            layer("Flatten"), linear(128, 10),
        ),
        "Set kernel_size of pool to 4.", "Make pool an AdaptiveAvgPool2d with output_size = 1.",
    ),
    "blocks larger than the image": lesson(
        document(layer("Unfold", "u", kernel_size=40)), "Set kernel_size of u to 32.", "Set padding of u to 4."
    ),
}  # fmt: skip
