"""A size is traced to the layer that set it last, whatever stands between and whichever part is taken."""

from typing import Any

import pytest

from tests.diagnosis.architectures import Raw, conv, document, layer, linear
from tests.documents import examined

SEQUENCE = (2, 5, 16)


def recurrent(type: str = "LSTM", **more: Any) -> Raw:
    return layer(type, "rnn", input_size=16, hidden_size=25, batch_first=True, **more)


BOTH_WAYS = "rnn is bidirectional and returns 2 directions × hidden_size = 2 × 25 = 50."

TRACED: dict[str, tuple[Raw, str, str | None]] = {
    "both directions": (
        document(recurrent(bidirectional=True), linear(25, 2, inputs=["rnn[0]"]), input=SEQUENCE),
        BOTH_WAYS, "Set bidirectional of rnn to false.",
    ),
    "both directions, of another size": (
        document(recurrent(bidirectional=True), linear(64, 2, inputs=["rnn[0]"]), input=SEQUENCE),
        BOTH_WAYS, "Set hidden_size of rnn to 32.",
    ),
    "one direction, of two expected": (
        document(recurrent(), linear(50, 2, inputs=["rnn[0]"]), input=SEQUENCE),
        "rnn has hidden_size = 25.", "Set bidirectional of rnn to true.",
    ),
    "behind the last step": (
        document(recurrent(bidirectional=True), layer("getitem", index=[":", -1], inputs=["rnn[0]"]), linear(25, 2),
                 input=SEQUENCE),
        BOTH_WAYS, "Set bidirectional of rnn to false.",
    ),
    "behind a mean": (
        document(recurrent("GRU", bidirectional=True), layer("mean", dim=1, inputs=["rnn[0]"]), linear(25, 2),
                 input=SEQUENCE),
        BOTH_WAYS, "Set bidirectional of rnn to false.",
    ),
    "the states": (
        document(recurrent(bidirectional=True), linear(50, 2, inputs=["rnn[1][0][-1]"]), input=SEQUENCE),
        "rnn has hidden_size = 25, and its states keep the two directions apart.", "Set hidden_size of rnn to 50.",
    ),
    "a projection": (
        document(recurrent(proj_size=10), linear(25, 2, inputs=["rnn[0]"]), input=SEQUENCE),
        "rnn has proj_size = 10.", None,
    ),
    "chunks": (
        document(linear(16, 64, "a"), layer("chunk", "c", chunks=2, dim=-1), linear(64, 2, inputs=["c[1]"]),
                 input=SEQUENCE),
        "c splits axis 2 of [2, 5, 64] into 2 × 32.", "Set out_features of a to 128.",
    ),
    "chunks of channels": (
        document(conv(3, 64, name="a"), layer("chunk", "c", chunks=4, dim=1), conv(64, 2, inputs=["c[0]"])),
        "c splits axis 1 of [1, 64, 30, 30] into 4 × 16.", "Set out_channels of a to 256.",
    ),
    "pieces": (
        document(layer("split", "s", split_size_or_sections=[6, 10], dim=-1), linear(6, 2, "fc", inputs=["s[1]"]),
                 input=(2, 16)),
        "s splits axis 1 of [2, 16] into 6 + 10.", "Take s[0] as the input of fc.",
    ),
    "what stood along an axis": (
        document(linear(16, 64, "a"), layer("unbind", "u", dim=1), linear(32, 2, inputs=["u[0]"]), input=SEQUENCE),
        "a has out_features = 64.", "Set out_features of a to 32.",
    ),
    "the largest": (
        document(layer("topk", "t", k=5), linear(8, 2, inputs=["t[0]"]), input=(2, 16)),
        "t with k = 5 turns [2, 16] into [2, 5].", "Set k of t to 8.",
    ),
    "an axis that moved": (
        document(conv(3, 30, name="c"), layer("permute", dims=[0, 2, 3, 1]), linear(32, 2)),
        "c has out_channels = 30.", "Set out_channels of c to 32.",
    ),
    "an axis that moved, of a size that occurs twice": (
        document(layer("Conv1d", "c", in_channels=16, out_channels=20, kernel_size=3),
                 layer("transpose", dim0=1, dim1=2), linear(18, 2), input=(2, 16, 22)),
        "c has out_channels = 20.", "Set out_channels of c to 18.",
    ),
    "an index into a tensor": (
        document(conv(3, 8, [3, 5], name="c"), layer("LayerNorm", normalized_shape=32, inputs=["c[0]"])),
        "c makes it floor((32 + 2·0 − 1·(5 − 1) − 1) / 1 + 1) = 28.", None,
    ),
    "an attention": (
        document(linear(16, 64, "x"), layer("MultiheadAttention", "a", embed_dim=64, num_heads=4, batch_first=True,
                                           inputs=["x", "x", "x"]),
                 linear(32, 2, inputs=["a[0]"]), input=SEQUENCE),
        "x has out_features = 64.", "Set out_features of x to 32, with what it passes through.",
    ),
    "the channels that were flattened": (
        document(conv(3, 8, name="c", stride=2, padding=1), layer("Flatten"), linear(4096, 2)),
        "Flatten turns [1, 8, 16, 16] into 8 × 16 × 16 = 2048.", "Set out_channels of c to 16.",
    ),
    "channels that are flattened behind": (
        document(conv(3, 64, 8, "c", stride=8), layer("Flatten", start_dim=2), layer("transpose", dim0=1, dim1=2),
                 linear(32, 2), input=(1, 3, 64, 64)),
        "c has out_channels = 64.", "Set out_channels of c to 32.",
    ),
    "another axis than was meant": (
        document(conv(3, 8), layer("mean", "m", dim=[1, 2]), linear(8, 2)),
        "m turns [1, 8, 30, 30] into [1, 30].", "Set dim of m to [2, 3].",
    ),
    "all positions instead of their mean": (
        document(linear(16, 8), layer("Flatten", "f"), linear(8, 2), input=SEQUENCE),
        "f turns [2, 5, 8] into 5 × 8 = 40.", "Make f a mean over axis 1.",
    ),
    "keys of their own": (
        document(layer("MultiheadAttention", "a", embed_dim=16, num_heads=4, batch_first=True, inputs=["x", "y", "y"]),
                 inputs={"x": [2, 5, 16], "y": [2, 7, 24]}),
        "y is [2, 7, 24].", "Set kdim and vdim of a to 24.",
    ),
    "a tensor of the model's own": (
        document(layer("parameter", "p", shape=[1, 5, 8]), linear(16, 2), input=SEQUENCE), "p is [1, 5, 8].", None,
    ),
    "a weight": (
        document(linear(16, 24, "a"), linear(24, 2, inputs=["a.weight"]), input=(2, 16)),
        "a.weight is [24, 16].", None,
    ),
    "the second input": (
        document(layer("mul", inputs=["gate", "x"]), linear(16, 2), inputs={"gate": [2, 1], "x": [2, 24]}),
        "x is [2, 24].", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "reason", "fix"), TRACED.values(), ids=TRACED)
def test_the_layer_that_set_the_size_last_is_named(raw: Raw, reason: str, fix: str | None) -> None:
    (issue,) = (issue for issue in examined(raw).issues if issue.severity == "error")
    assert issue.message.endswith(f": {reason}")
    assert fix is None or fix in [other.description for other in issue.fixes]


def test_two_pieces_of_one_tensor_are_one_mistake() -> None:
    raw = document(
        linear(16, 32, "a"), layer("chunk", "c", chunks=2, dim=-1), linear(32, 4, "left", inputs=["c[0]"]),
        linear(32, 4, "right", inputs=["c[1]"]), layer("mul", inputs=["left", "right"]), input=(2, 16),
    )  # fmt: skip
    (issue,) = (issue for issue in examined(raw).issues if issue.severity == "error")
    assert issue.layer == "left"
    assert "For the same reason right is refused." in issue.message
    assert "Set out_features of a to 64." in [fix.description for fix in issue.fixes]


@pytest.mark.parametrize(("reference", "what", "indices"), [
    ("rnn[2]", "a tuple of 2", [-2, 1]), ("rnn[1][0][5]", "a tensor [1, 2, 25]", [-1, 0]),
    ("s[0]", "without axes", None),
])  # fmt: skip
def test_the_indices_there_are_stand_beside_the_one_that_there_is_not(
    reference: str, what: str, indices: list[int] | None
) -> None:
    raw = document(layer("sum", "s"), recurrent(inputs=["input"]), layer("ReLU", inputs=[reference]), input=SEQUENCE)
    (issue,) = (issue for issue in examined(raw).issues if issue.severity == "error")
    assert what in issue.message
    assert (issue.expected, issue.received) == (indices, int(reference[-2]))


def test_a_fix_within_a_repeated_block_is_said_to_hold_for_all_copies() -> None:
    block = layer("Sequential", "b", repeat=12, layers=[linear(16, 64, "up"), layer("ReLU"), linear(32, 16, "down")])
    (issue,) = (issue for issue in examined(document(block, input=(2, 16))).issues if issue.severity == "error")
    assert [fix.description for fix in issue.fixes] == [
        "Set in_features of b.0.down to 64. This holds for all 12 copies of b.",
        "Set out_features of b.0.up to 32. This holds for all 12 copies of b.",
    ]


def test_shapes_that_disagree_are_those_that_arrive() -> None:
    raw = document(layer("einsum", equation="ij,jk->ik", inputs=["input", "input"]), input=(2, 5))
    (issue,) = (issue for issue in examined(raw).issues if issue.severity == "error")
    assert issue.received == [[2, 5], [2, 5]]


def test_pieces_that_do_not_come_out_even_are_one_mistake_of_the_first_copy() -> None:
    block = layer("Sequential", "h", repeat=2, layers=[
        layer("chunk", "parts", chunks=3, dim=-1),
        *(layer("reshape", name, shape=[2, 16, 64], inputs=[f"parts[{part}]"]) for part, name in enumerate("qkv")),
    ])  # fmt: skip
    (issue,) = (issue for issue in examined(document(block, input=(2, 16, 64))).issues if issue.severity == "error")
    assert "h.0.parts splits axis 2 of [2, 16, 64] into 2 × 22 + 20." in issue.message
    assert issue.message.endswith("For the same reason h.0.k and h.0.v are refused.")


def test_a_tuple_of_numbers_has_no_features_to_count_on() -> None:
    raw = document(layer("var_mean"), layer("LayerNorm", normalized_shape=32), input=(4, 10))
    (issue,) = (issue for issue in examined(raw).issues if issue.severity == "error")
    assert issue.code == "tuple-input"
    assert not any("normalized_shape" in fix.description for fix in issue.fixes)
