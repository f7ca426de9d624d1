from tests.diagnosis.architectures import conv, document, layer, linear
from tests.diagnosis.lessons.lesson import Lesson, lesson

FEATURES = conv(3, 16, padding=1), layer("ReLU"), layer("MaxPool2d", kernel_size=4)
"""Of an image of 32 × 32 they leave 16 channels of 8 × 8, which are 1024 features."""

FLATTENING: dict[str, Lesson] = {
    "the samples flattened too": lesson(
        document(*FEATURES, layer("Flatten", "f", start_dim=0), linear(1024, 10, "fc"), input=(4, 3, 32, 32)),
        "Set start_dim of f to 1.", "Set in_features of fc to 4096.",
    ),
    "the samples flattened too, and other features": lesson(
        document(*FEATURES, layer("Flatten", "f", start_dim=0), linear(512, 10, "fc"), input=(4, 3, 32, 32)),
        "Set start_dim of f to 1, and set in_features of fc to 1024.",
    ),
    "torch.flatten without an axis": lesson(
        document(*FEATURES, layer("flatten", "f"), layer("ReLU"), linear(1024, 10), input=(4, 3, 32, 32)),
        "Set start_dim of f to 1.",
    ),
    "a view of all there is": lesson(
        document(*FEATURES, layer("view", "v", shape=[-1]), linear(1024, 10), input=(4, 3, 32, 32)),
        "Set shape of v to [4, -1].",
    ),
    "a view of a single sample": lesson(
        document(*FEATURES, layer("reshape", "v", shape=[1, -1]), linear(1024, 10), input=(4, 3, 32, 32)),
        "Set shape of v to [4, -1].",
    ),
    "a Flatten is missing, and other features": lesson(
        document(*FEATURES, linear(512, 10, "fc")), "Put a Flatten before fc, and set in_features of fc to 1024.",
        "Set in_features of fc to 8.",
    ),
    "a Flatten is missing, by name": lesson(
        document(*FEATURES, layer("Identity", "i"), linear(512, 10, "fc", inputs=["i"])),
        "Put a Flatten before fc, and set in_features of fc to 1024.",
    ),
    "a pool and a Flatten are missing": lesson(
        document(*FEATURES, linear(16, 10, "fc")), "Average each of the 16 channels and flatten before fc.",
        "Put a Flatten before fc, and set in_features of fc to 1024.",
    ),
    "a Flatten that leaves the channels": lesson(
        document(*FEATURES, layer("Flatten", "f", start_dim=2), linear(1024, 10)), "Set start_dim of f to 1."
    ),
    "a Flatten that leaves the width": lesson(
        document(*FEATURES, layer("Flatten", "f", end_dim=2), linear(1024, 10)), "Set end_dim of f to -1."
    ),
}  # fmt: skip
