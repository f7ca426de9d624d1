from tests.diagnosis.architectures import conv, document, layer, linear
from tests.diagnosis.lessons.lesson import Lesson, lesson


def lstm(**more: object) -> dict[str, object]:
    return layer("LSTM", "lstm", input_size=8, **more)


VALUES: dict[str, Lesson] = {
    "a negative kernel": lesson(document(conv(3, 8, -3)), "Set kernel_size of Conv2d (layer 0) to 3."),
    "one negative number of two": lesson(
        document(conv(3, 8, [3, -5])), "Set kernel_size of Conv2d (layer 0) to [3, 5]."
    ),
    "a negative stride": lesson(
        document(conv(3, 8, 3, stride=-2)), "Set stride of Conv2d (layer 0) to 2.", "Leave stride of Conv2d (layer 0)"
    ),
    "a stride of nothing": lesson(document(conv(3, 8, 3, stride=0)), "Set stride of Conv2d (layer 0) to 1."),
    "a negative padding": lesson(
        document(conv(3, 8, 3, padding=-1)), "Set padding of Conv2d (layer 0) to 1.", "Leave padding of Conv2d"
    ),
    "negative channels": lesson(
        document(conv(3, -16, 3), layer("ReLU"), conv(16, 2, 1)), "Set out_channels of Conv2d (layer 0) to 16."
    ),
    "negative features": lesson(
        document(linear(-8, 16), input=(2, 8)), "Set in_features of Linear (layer 0) to 8.",
        "Leave in_features of Linear (layer 0) out, so that it is inferred",
    ),
    "a negative hidden size": lesson(
        document(lstm(hidden_size=-16), input=(2, 5, 8)), "Set hidden_size of lstm to 16."
    ),
    "a percentage of dropout": lesson(document(layer("Dropout", p=20)), "Set p of Dropout (layer 0) to 0.2."),
    "a percentage of dropout between layers": lesson(
        document(lstm(hidden_size=16, num_layers=2, dropout=50), input=(2, 5, 8)), "Set dropout of lstm to 0.5.",
        "Leave dropout of lstm",
    ),
    "a point too far right": lesson(document(layer("Dropout2d", p=5.0)), "Set p of Dropout2d (layer 0) to 0.5."),
    "a negative probability": lesson(document(layer("Dropout", p=-0.3)), "Set p of Dropout (layer 0) to 0.3."),
    "a kernel for volumes": lesson(document(conv(3, 8, [3, 3, 3])), "Set kernel_size of Conv2d (layer 0) to 3."),
    "a kernel of another axis more": lesson(
        document(conv(3, 8, [1, 3, 5])), "Set kernel_size of Conv2d (layer 0) to [3, 5].",
        "Set kernel_size of Conv2d (layer 0) to [1, 3].",
    ),
    "a kernel in a list": lesson(document(conv(3, 8, [3])), "Set kernel_size of Conv2d (layer 0) to 3."),
    "a padding for each side": lesson(
        document(conv(3, 8, 3, padding=[1, 1, 1, 1])), "Set padding of Conv2d (layer 0) to 1."
    ),
    "same with a stride": lesson(
        document(conv(3, 8, 3, padding="same", stride=2)), "Set padding of Conv2d (layer 0) to 1, which leaves",
        "Set stride of Conv2d (layer 0) to 1.",
    ),
    "same with a stride and an even kernel": lesson(
        document(conv(3, 8, 4, padding="same", stride=2)), "Set padding of Conv2d (layer 0) to 1, which leaves"
    ),
    "same with a stride along one axis": lesson(
        document(conv(3, 8, [3, 5], padding="same", stride=[2, 1])),
        "Set padding of Conv2d (layer 0) to [1, 2], which leaves",
    ),
    "a pool that is all padding": lesson(
        document(layer("MaxPool2d", kernel_size=2, padding=2)), "Set padding of MaxPool2d (layer 0) to 1."
    ),
    "output padding without a stride": lesson(
        document(layer("ConvTranspose2d", in_channels=3, out_channels=8, kernel_size=3, output_padding=1)),
        "Set stride of ConvTranspose2d (layer 0) to 2.", "Set output_padding of ConvTranspose2d (layer 0) to 0.",
    ),
    "corners of the nearest": lesson(
        document(layer("Upsample", scale_factor=2, align_corners=True)),
        'Set mode of Upsample (layer 0) to "bilinear".',
        "Leave align_corners of Upsample (layer 0) at PyTorch's default.",
    ),
    "no size at all": lesson(
        document(layer("Upsample", mode="bilinear")), "Set scale_factor of Upsample (layer 0) to 2."
    ),
    "two sizes": lesson(
        document(layer("Upsample", scale_factor=2, size=64)), "Leave size of Upsample (layer 0)",
        "Leave scale_factor of Upsample (layer 0)",
    ),
    "bounds in the wrong order": lesson(
        document(layer("Hardtanh", min_val=1.0, max_val=-1.0)), "Exchange max_val and min_val of Hardtanh (layer 0)."
    ),
    "parts that do not add up": lesson(
        document(linear(8, 16), layer("split", "s", split_size_or_sections=[8, 4], dim=-1),
                 linear(8, 2, inputs=["s[0]"]), input=(2, 8)),
        "Set split_size_or_sections of s to [8, 8].", "Set out_features of Linear (layer 0) to 12.",
    ),
    "parts of the samples": lesson(
        document(linear(8, 16), layer("split", "s", split_size_or_sections=[8, 8]), linear(8, 2, inputs=["s[0]"]),
                 input=(2, 8)), "Set dim of s to 1.",
    ),
    "an axis named twice": lesson(
        document(layer("permute", dims=[0, 2, 2, 1])), "Set dims of permute (layer 0) to [0, 2, 3, 1]."
    ),
    "two sizes left open": lesson(
        document(layer("view", shape=[-1, -1]), input=(6, 3, 5, 5)), "Set shape of view (layer 0) to [6, -1]."
    ),
    "an entry that is not there": lesson(
        document(layer("select", dim=1, index=3), input=(2, 3, 4)), "Set index of select (layer 0) to 2."
    ),
    "an entry that is not there, in brackets": lesson(
        document(layer("getitem", index=[":", 3]), input=(2, 3, 4)), 'Set index of getitem (layer 0) to [":", 2].'
    ),
    "a stretch too long": lesson(
        document(layer("narrow", dim=1, start=1, length=3), input=(2, 3, 4)), "Set length of narrow (layer 0) to 2."
    ),
    "a word misspelled": lesson(
        document(conv(3, 4, padding_mode="refect")), 'Set padding_mode of Conv2d (layer 0) to "reflect".'
    ),
}  # fmt: skip
