from tests.diagnosis.architectures import conv, document, layer, linear
from tests.diagnosis.lessons.lesson import Lesson, lesson

VIEWS: dict[str, Lesson] = {
    "a view that counts on another batch": lesson(
        document(layer("view", shape=[4, -1]), input=(6, 3, 5, 5)), "Set shape of view (layer 0) to [6, -1]."
    ),
    "a view of one sample": lesson(
        document(conv(3, 16, 5), layer("ReLU"), layer("view", "v", shape=[1, 12544]), linear(12544, 10),
                 input=(4, 3, 32, 32)), "Set shape of v to [4, 12544].", "Set shape of v to [4, -1].",
    ),
    "heads that do not make up the features": lesson(
        document(linear(8, 30, "q"), layer("reshape", "heads", shape=[2, 10, 4, 8]), input=(2, 10, 8)),
        "Set out_features of q to 32.", "Set shape of heads to [2, 10, 3, 10].", "Set shape of heads to [2, 10, 5, 6].",
    ),
    "features that make no image": lesson(
        document(linear(8, 50, "up"), layer("Unflatten", dim=1, unflattened_size=[3, 4, 4]), input=(2, 8)),
        "Set out_features of up to 48.",
    ),
}  # fmt: skip
