from tests.diagnosis.architectures import SOUND, Raw, conv, document, layer, linear
from tests.diagnosis.lessons.lesson import Lesson, lesson


def vit(heads: int) -> Raw:
    raw = SOUND["vit"]()
    raw["layers"][4]["layers"][1]["num_heads"] = heads
    return raw


MULTIPLES: dict[str, Lesson] = {
    "groups": lesson(
        document(
            conv(3, 30, 3, "a"), layer("BatchNorm2d", "n", num_features=30), layer("ReLU"),
            conv(30, 30, 3, "b", groups=4), layer("ReLU"), layer("AdaptiveAvgPool2d", output_size=2),
            layer("Flatten"), linear(120, 10, "fc"),
        ),
        "Set groups of b to 3.", "Set groups of b to 5.", "Set groups of b to 2.",
        "Set in_channels of b, num_features of n, out_channels of a and out_channels of b to 32, and in_features of fc "
        "to 128.",
    ),
    "groups that divide one side only": lesson(
        document(conv(3, 30, 1), conv(30, 32, groups=4)), "Set groups of Conv2d (layer 1) to 2.",
        "Set in_channels of Conv2d (layer 1) and out_channels of Conv2d (layer 0) to 32.",
    ),
    "a depthwise convolution": lesson(
        document(conv(3, 20, 1), conv(20, 32, groups=20)), "Set out_channels of Conv2d (layer 1) to 40.",
        "Set out_channels of Conv2d (layer 1) to 20.",
    ),
    "channels of one group declared": lesson(
        document(conv(3, 16, 1), conv(1, 16, groups=16)), "Set in_channels of Conv2d (layer 1) to 16."
    ),
    "heads": lesson(
        document(
            layer("Embedding", "tok", num_embeddings=500, embedding_dim=100),
            layer("TransformerEncoderLayer", "enc", d_model=100, nhead=8, batch_first=True), linear(100, 5, "head"),
            input={"shape": [4, 12], "dtype": "int64"},
        ),
        "Set nhead of enc to 10.", "Set nhead of enc to 5.", "Set nhead of enc to 4.",
        "Set d_model of enc, embedding_dim of tok and in_features of head to 104.",
    ),
    "heads of a repeated block": lesson(vit(6), "Set num_heads of blocks.0.attn to 4."),
    "groups of a norm": lesson(
        document(conv(3, 30, 1), layer("GroupNorm", "n", num_groups=8, num_channels=30)), "Set num_groups of n to 6.",
        "Set num_groups of n to 10.",
    ),
    "groups and channels exchanged": lesson(
        document(conv(3, 32, 1), layer("GroupNorm", "n", num_groups=32, num_channels=8)),
        "Exchange num_channels and num_groups of n.",
    ),
    "pixels of too few channels": lesson(
        document(conv(3, 3, 1, "last"), layer("PixelShuffle", upscale_factor=2)), "Set out_channels of last to 12."
    ),
    "pixels of another factor": lesson(
        document(conv(3, 8, 1, "c"), layer("PixelShuffle", "up", upscale_factor=3)), "Set upscale_factor of up to 2.",
        "Set out_channels of c to",
    ),
    "pixels of a factor beyond measure": lesson(
        document(conv(3, 8, 1, "c"), layer("PixelShuffle", "up", upscale_factor=2**31)),
        "Set upscale_factor of up to 2.",
    ),
    "pixels of an odd image": lesson(
        document(layer("PixelUnshuffle", "down", downscale_factor=3)), "Set downscale_factor of down to 2.",
        "Set downscale_factor of down to 4.",
    ),
    "shuffled channels": lesson(
        document(conv(3, 30, 1, "c"), layer("ChannelShuffle", "s", groups=4)), "Set groups of s to 3.",
        "Set out_channels of c to 32.",
    ),
    "half of an odd number": lesson(
        document(linear(8, 15, "up"), layer("GLU"), linear(7, 2), input=(2, 8)), "Set out_features of up to 14."
    ),
}  # fmt: skip
