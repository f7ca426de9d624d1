"""An axis that is missing from the input is one mistake, named as such, whatever fails because of it."""

import pytest

from service.core.issues import Issue
from tests.diagnosis.architectures import SOUND, Raw, conv, document, layer, linear
from tests.documents import examined

CNN = (
    conv(3, 6, 5, "conv1"), layer("ReLU"), layer("MaxPool2d", kernel_size=2), conv(6, 16, 5, "conv2"),
    layer("BatchNorm2d", "bn", num_features=16), layer("ReLU"), layer("MaxPool2d", kernel_size=2), layer("Flatten"),
    linear(400, 10, "fc"),
)  # fmt: skip
DIGITS = (conv(1, 8, padding=1), layer("MaxPool2d", kernel_size=2), layer("Flatten"), linear(1568, 10, "fc"))

MISSING: dict[str, tuple[Raw, str, list[int]]] = {
    "of images": (document(*CNN, input=(3, 32, 32)), "batch axis", [1, 3, 32, 32]),
    "of images that are flattened": (
        document(layer("Flatten"), linear(784, 10), input=(28, 28)), "batch axis", [1, 28, 28]
    ),
    "of images pooled to a point": (
        document(conv(3, 8), layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"), linear(8, 2),
                 input=(3, 32, 32)),
        "batch axis", [1, 3, 32, 32],
    ),
    "of images of one channel": (document(*DIGITS, input=(1, 28, 28)), "batch axis", [1, 1, 28, 28]),
    "of volumes": (
        document(layer("Conv3d", in_channels=3, out_channels=8, kernel_size=3),
                 layer("AdaptiveAvgPool3d", output_size=1), layer("Flatten"), linear(8, 2), input=(3, 8, 16, 16)),
        "batch axis", [1, 3, 8, 16, 16],
    ),
    "of vectors": (
        document(linear(16, 32), layer("BatchNorm1d", num_features=32), layer("ReLU"), linear(32, 2), input=(16,)),
        "batch axis", [1, 16],
    ),
    "of vectors that are flattened": (
        document(layer("Flatten"), linear(16, 2), input=(16,)), "batch axis", [1, 16]
    ),
    "of vectors that are unfolded": (
        document(linear(16, 32), layer("Unflatten", dim=1, unflattened_size=[2, 4, 4]), conv(2, 3), input=(16,)),
        "batch axis", [1, 16],
    ),
    "of sequences": (
        document(layer("LSTM", "lstm", input_size=16, hidden_size=32, batch_first=True),
                 layer("getitem", index=[":", -1], inputs=["lstm[0]"]), linear(32, 2), input=(20, 16)),
        "batch axis", [1, 20, 16],
    ),
    "of sequences that are turned": (
        document(layer("GRU", "gru", input_size=16, hidden_size=32),
                 layer("permute", dims=[1, 2, 0], inputs=["gru[0]"]),
                 layer("Conv1d", in_channels=32, out_channels=2, kernel_size=1), input=(20, 16)),
        "batch axis", [1, 20, 16],
    ),
    "of words": (
        document(layer("Embedding", num_embeddings=100, embedding_dim=16), layer("mean", dim=1), linear(16, 2),
                 input={"shape": [20], "dtype": "int64"}),
        "batch axis", [1, 20],
    ),
    "of words, behind an index": (
        document(layer("Embedding", num_embeddings=100, embedding_dim=16), layer("getitem", index=[":", -1, ":"]),
                 linear(16, 2), input={"shape": [20], "dtype": "int64"}),
        "batch axis", [1, 20],
    ),
    "of two samples": (
        document(layer("Embedding", num_embeddings=100, embedding_dim=16), layer("view", shape=[2, 20, 4, 4]),
                 input={"shape": [20], "dtype": "int64"}),
        "batch axis", [2, 20],
    ),
    "channels": (document(*DIGITS, input=(64, 28, 28)), "axis for the single channel", [64, 1, 28, 28]),
    "channels of a signal": (
        document(layer("Conv1d", in_channels=1, out_channels=4, kernel_size=3), layer("Flatten"), linear(392, 2),
                 input=(32, 100)),
        "axis for the single channel", [32, 1, 100],
    ),
    "batch and channels": (document(*DIGITS, input=(28, 28)), "axes for batch and channels", [1, 1, 28, 28]),
    "batch, and channels last": (document(*CNN, input=(32, 32, 3)), "batch axis", [1, 3, 32, 32]),
}  # fmt: skip


def errors(raw: Raw) -> list[Issue]:
    return [issue for issue in examined(raw).issues if issue.severity == "error"]


@pytest.mark.parametrize(("raw", "axis", "shape"), MISSING.values(), ids=MISSING)
def test_a_missing_axis_is_named_and_the_input_gets_it(raw: Raw, axis: str, shape: list[int]) -> None:
    (issue,) = errors(raw)
    assert axis in issue.message
    best = issue.fixes[0]
    assert best.valid
    assert best.description == f"Feed the model {shape}."
    assert [operation.value for operation in best.patch] == [shape]


@pytest.mark.parametrize("name", ["resnet50", "alexnet", "mobile", "unet", "vit", "tutorial", "squeeze_and_excitation",
                                  "gan_generator", "text_classifier", "gpt"])  # fmt: skip
def test_of_a_large_model_it_is_one_mistake_too(name: str) -> None:
    raw = SOUND[name]()
    given = raw["input"]
    raw["input"] = {**given, "shape": given["shape"][1:]} if isinstance(given, dict) else given[1:]
    (issue,) = errors(raw)
    assert "The batch axis is missing from the input" in issue.message
    assert issue.fixes[0].valid


def test_several_inputs_get_it_together() -> None:
    (issue,) = errors({**SOUND["two_towers"](), "inputs": {"left": [8], "right": [4]}})
    assert "missing from left [8] and right [4]; a single sample is fed as [1, 8] and [1, 4]." in issue.message
    assert issue.fixes[0].description == "Feed left [1, 8] and right [1, 4]."


def test_consequences_are_told_with_their_cause() -> None:
    (issue,) = errors(document(*CNN, input=(3, 32, 32)))
    assert issue.layer == "bn"
    assert issue.message.endswith("For the same reason fc is refused.")
    assert not any("in_features" in fix.description for fix in issue.fixes)


def test_what_does_not_follow_is_told_apart() -> None:
    wrong = [{**part, "in_channels": 8} if part.get("name") == "conv2" else part for part in CNN]
    first, second = errors(document(*wrong, linear(12, 5, "last"), input=(3, 32, 32)))[::2]
    assert (first.layer, second.layer) == ("conv2", "last")
    missing, features = errors(document(*DIGITS, linear(12, 5, "last"), input=(64, 28, 28)))
    assert "axis for the single channel" in missing.message
    assert features.layer == "last"


def test_an_argument_that_is_wrong_as_well_is_set_to_what_arrives_then() -> None:
    raw = document(conv(3, 8), layer("Flatten"), linear(512, 10, "fc"), input=(3, 32, 32))
    (issue,) = errors(raw)
    assert "The batch axis is missing" in issue.message
    assert issue.fixes[0].description == "Feed the model [1, 3, 32, 32], and set in_features of fc to 7200."


@pytest.mark.parametrize(("raw", "fix"), [
    (document(layer("Softmax", dim=2), input=(2, 3)), "Set dim of Softmax (layer 0) to 1."),
    (document(linear(10, 16, "a"), linear(10, 16, "b", inputs=["input"]), layer("cat", dim=1, inputs=["a", "b"]),
              linear(16, 2), input=(4, 10)), "Set in_features of Linear (layer 3) to 32."),
    (document(layer("unsqueeze", dim=1), layer("Conv1d", in_channels=4, out_channels=2, kernel_size=1), input=(4, 10)),
     "Set in_channels of Conv1d (layer 1) to 1."),
    (document(linear(10, 4), input=(12,)), "Set in_features of Linear (layer 0) to 12."),
])  # fmt: skip
def test_what_has_a_batch_axis_is_not_said_to_lack_it(raw: Raw, fix: str) -> None:
    (issue,) = errors(raw)
    assert "batch axis" not in issue.message
    assert issue.fixes[0].description == fix
    assert all("Feed the model [1, " not in other.description for other in issue.fixes)


@pytest.mark.parametrize("raw", [
    document(conv(3, 16), layer("Flatten"), linear(1000, 10), input=(3, 32, 32)),
    document(layer("Flatten"), linear(784, 10), input=(28, 28)),
    document(conv(3, 6, 5), input=(32, 32, 3)),
    document(conv(3, 6, 5), input=(8, 32, 32, 3)),
    document(conv(3, 8), layer("MaxPool2d", kernel_size=[2, 40]), input=(1, 3, 32, 32)),
    document(conv(1, 4), layer("Flatten"), linear(9, 2), input=(64, 784)),
])  # fmt: skip
def test_images_that_are_fed_instead_are_as_square_as_they_were(raw: Raw) -> None:
    for issue in errors(raw):
        for fix in issue.fixes:
            for operation in fix.patch:
                if operation.path == "/input":
                    assert operation.value[-1] == operation.value[-2], fix.description


def test_an_image_too_small_is_enlarged_as_what_comes_behind_counts_on_it() -> None:
    stages = [part for stage in range(6) for part in (conv(8 if stage else 3, 8, padding=1), layer("ReLU"),
                                                      layer("MaxPool2d", kernel_size=2))]  # fmt: skip
    (issue,) = errors(document(*stages, layer("Flatten"), linear(128, 10)))
    assert [(fix.description, fix.valid) for fix in issue.fixes] == [("Feed the model [1, 3, 256, 256].", True)]
