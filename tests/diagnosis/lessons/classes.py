from tests.diagnosis.architectures import Raw, conv, document, layer, linear
from tests.diagnosis.lessons.lesson import Lesson, lesson


def images_for(axes: int, *kernels: int | list[int]) -> list[Raw]:
    """A small network of convolutions made for so many axes."""
    first, second = kernels
    return [
        layer(f"Conv{axes}d", in_channels=3, out_channels=16, kernel_size=first), layer("ReLU"),
        layer(f"MaxPool{axes}d", kernel_size=2),
        layer(f"Conv{axes}d", in_channels=16, out_channels=32, kernel_size=second), layer("ReLU"),
        layer(f"AdaptiveAvgPool{axes}d", output_size=1), layer("Flatten"), linear(32, 10),
    ]  # fmt: skip


ALL_OF_1D = (
    "Change Conv2d (layer 0), MaxPool2d (layer 2), Conv2d (layer 3) and AdaptiveAvgPool2d (layer 5) to the classes "
    "that end in 1d."
)

CLASSES: dict[str, Lesson] = {
    "images for sequences": lesson(document(*images_for(2, 3, 3), input=(4, 3, 100)), ALL_OF_1D),
    "images for sequences, by lists": lesson(
        document(*images_for(2, [1, 7], [3, 3]), input=(4, 3, 100)), ALL_OF_1D
    ),
    "images for as many sequences as channels": lesson(
        document(conv(3, 16), layer("BatchNorm2d", "n", num_features=16), layer("ReLU"), conv(16, 32, name="c"),
                 input=(3, 3, 100)),
        "Change Conv2d (layer 0), n and c to the classes that end in 1d.",
    ),
    "sequences for images": lesson(
        document(*images_for(1, 3, 3)),
        "Change Conv1d (layer 0), MaxPool1d (layer 2), Conv1d (layer 3) and AdaptiveAvgPool1d (layer 5) to the classes "
        "that end in 2d.",
    ),
    "volumes for images": lesson(
        document(*images_for(3, [3, 5, 5], 3)),
        "Change Conv3d (layer 0), MaxPool3d (layer 2), Conv3d (layer 3) and AdaptiveAvgPool3d (layer 5) to the classes "
        "that end in 2d.",
    ),
    "images for sequences beside images": lesson(
        document(
            conv(3, 16, name="i", inputs=["image"]), layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten", "fi"),
            conv(4, 16, name="s", inputs=["sequence"]), layer("AdaptiveAvgPool2d", "p", output_size=1),
            layer("Flatten", "fs"), layer("cat", inputs=["fi", "fs"], dim=1), linear(32, 2),
            inputs={"image": [2, 3, 32, 32], "sequence": [2, 4, 50]},
        ),
        "Change s and p to the classes that end in 1d.",
    ),
    "a batch normalization of sequences of features": lesson(
        document(linear(8, 16), layer("BatchNorm1d", "n", num_features=16), layer("ReLU"), linear(16, 4),
                 input=(2, 10, 8)),
        "Permute what n takes by [0, 2, 1], and what it returns back by [0, 2, 1].",
        "Make n a LayerNorm with normalized_shape = 16.",
    ),
    "a batch normalization that is referred to": lesson(
        document(
            linear(8, 16, "a"), layer("BatchNorm1d", "n", num_features=16, momentum=0.2, inputs=["a"]),
            layer("ReLU", "r"), layer("add", inputs=["n", "r"]), layer("add", inputs=["3", "n"]), linear(16, 4),
            input=(2, 10, 8), outputs=["5", "n"],
        ),
        "Permute what n takes by [0, 2, 1], and what it returns back by [0, 2, 1].",
        "Make n a LayerNorm with normalized_shape = 16.",
    ),
    "a batch normalization without a name": lesson(
        document(linear(8, 16), layer("BatchNorm1d", num_features=16), layer("ReLU"),
                 layer("add", inputs=["1", "2"]), linear(16, 4), input=(2, 10, 8)),
        "Permute what BatchNorm1d (layer 1) takes by [0, 2, 1]",
    ),
    "a layer normalization of channels": lesson(
        document(conv(3, 64, 4, stride=4), layer("LayerNorm", "n", normalized_shape=64), layer("GELU"),
                 conv(64, 64, 7, padding=3, groups=64), input=(2, 3, 32, 32)),
        "Permute what n takes by [0, 2, 3, 1], and what it returns back by [0, 3, 1, 2].",
        "Make n a GroupNorm with num_groups = 1 and num_channels = 64.",
    ),
    "a mean over axes of images": lesson(
        document(linear(4, 6), layer("mean", "m", dim=[2, 3]), input=(2, 3, 4)), "Set dim of m to [2]."
    ),
    "the columns of an image": lesson(
        document(conv(1, 64, padding=1), layer("MaxPool2d", kernel_size=4),
                 layer("LSTM", "l", input_size=512, hidden_size=32, batch_first=True), linear(32, 10, inputs=["l[0]"]),
                 input=(2, 1, 32, 100)),
        "Make a sequence of the columns of the image before l.",
    ),
    "features of several axes": lesson(
        document(layer("LSTM", "l", input_size=16, hidden_size=8, batch_first=True), input=(2, 5, 4, 4)),
        "Merge the axes behind the first 2 before l.",
    ),
    "sequences of features for several branches": lesson(
        document(
            layer("Embedding", "e", num_embeddings=100, embedding_dim=64),
            *(part for size in (3, 4) for part in (
                layer("Conv1d", f"c{size}", in_channels=64, out_channels=32, kernel_size=size, inputs=["e"]),
                layer("AdaptiveMaxPool1d", f"p{size}", output_size=1),
            )),
            layer("cat", inputs=["p3", "p4"], dim=1), layer("Flatten"), linear(64, 2),
            input={"shape": [8, 20], "dtype": "int64"},
        ),
        "Move the channels to axis 1 before c3 and c4: permute [0, 2, 1].",
    ),
    "a video with its frames first": lesson(
        document(layer("Conv3d", "c", in_channels=3, out_channels=8, kernel_size=3), input=(2, 16, 3, 32, 32)),
        "Move the channels to axis 1 before c: permute [0, 2, 1, 3, 4].", "Feed the model [2, 3, 16, 32, 32].",
    ),
    "patches that are no sequence yet": lesson(
        document(conv(3, 64, 8, stride=8), layer("Flatten", start_dim=2),
                 layer("TransformerEncoderLayer", "enc", d_model=64, nhead=4, batch_first=True), linear(64, 10)),
        "Move axis 1 to the end before enc: permute [0, 2, 1].",
    ),
}  # fmt: skip
