"""Broken documents with the issues that are expected: code, pointer, and the description of one fix among others."""

from typing import Any

from tests.diagnosis.architectures import Raw, conv, document, layer, linear
from tests.diagnosis.expected import Case, case


def lstm(**more: Any) -> Raw:
    return layer("LSTM", "lstm", input_size=16, hidden_size=32, batch_first=True, **more)


BROKEN: dict[str, Case] = {
    "features": case(
        document(
            conv(3, 16, 5, "conv1", stride=2, padding=1), layer("ReLU"),
            conv(16, 32, 5, "conv2", stride=2, padding=1), layer("ReLU"), layer("Flatten"), linear(2048, 10, "fc"),
        ),
        ("linear-in-features", "/layers/5/in_features", "Set in_features of fc to 1568.",
         "but 1568 features arrive: Flatten turns [1, 32, 7, 7] into 32 × 7 × 7 = 1568."),
    ),
    "features, by the input": case(
        document(conv(3, 16, 5, stride=2, padding=1), layer("Flatten"), linear(4096, 10)),
        ("linear-in-features", "/layers/2/in_features", "Feed the model [1, 3, 33, 33]."),
    ),
    "features, by padding": case(
        document(conv(3, 16, 3), layer("ReLU"), layer("Flatten"), linear(16384, 10)),
        ("linear-in-features", "/layers/3/in_features", "Give Conv2d (layer 0) padding 1"),
    ),
    "a pool is missing": case(
        document(conv(3, 64), layer("Flatten"), linear(64, 10)),
        ("linear-in-features", "/layers/2/in_features", "Pool each of the 64 channels to 1 × 1"),
    ),
    "channels": case(
        document(conv(3, 20), layer("BatchNorm2d", num_features=20), layer("ReLU"), conv(16, 32)),
        ("conv-in-channels", "/layers/3/in_channels", "Set out_channels of Conv2d (layer 0) to 16",
         "Conv2d (layer 0) has out_channels = 20"),
    ),
    "a flatten is missing": case(
        document(conv(3, 16, padding=1), layer("MaxPool2d", kernel_size=4), linear(1024, 10)),
        ("linear-in-features", "/layers/2/in_features", "Put a Flatten before Linear (layer 2).",
         "A Flatten is missing"),
    ),
    "channels last": case(
        document(conv(3, 16), input=(1, 32, 32, 3)),
        ("conv-in-channels", "/layers/0/in_channels", "Feed the model [1, 3, 32, 32].", "in the last axis"),
    ),
    "sequence, channels last": case(
        document(layer("Conv1d", in_channels=8, out_channels=4, kernel_size=3), input=(2, 20, 8)),
        ("conv-in-channels", "/layers/0/in_channels", "Move the channels to axis 1"),
    ),
    "features first": case(
        document(layer("Conv1d", in_channels=4, out_channels=8, kernel_size=3), linear(8, 2), input=(2, 4, 20)),
        ("linear-in-features", "/layers/1/in_features", "Move axis 1 to the end"),
    ),
    "a batch axis is missing": case(
        document(layer("BatchNorm2d", num_features=3), input=(3, 32, 32)),
        ("wrong-rank", "/layers/0", "Feed the model [1, 3, 32, 32]."),
    ),
    "a channel axis is missing": case(
        document(conv(1, 16), input=(64, 28, 28)),
        ("conv-in-channels", "/layers/0/in_channels", "Feed the model [64, 1, 28, 28]."),
    ),
    "batch and channels are missing": case(
        document(conv(3, 16), input=(32, 32)), ("wrong-rank", "/layers/0", "Feed the model [1, 3, 32, 32].")
    ),
    "a class for more axes": case(
        document(layer("Conv3d", in_channels=3, out_channels=8, kernel_size=3, padding=1)),
        ("conv-in-channels", "/layers/0/in_channels", "Make Conv3d (layer 0) a Conv2d."),
    ),
    "a class for fewer axes": case(
        document(conv(3, 16), layer("BatchNorm1d", num_features=16), layer("ReLU"), conv(16, 8)),
        ("wrong-rank", "/layers/1", "Make BatchNorm1d (layer 1) a BatchNorm2d."),
    ),
    "a flatten too many": case(
        document(conv(3, 16), layer("Flatten"), conv(16, 16)),
        ("wrong-rank", "/layers/2", "Take Flatten (layer 1) away.", "turns [1, 16, 30, 30] into [1, 14400]"),
    ),
    "features for images": case(
        document(linear(100, 1024), layer("ConvTranspose2d", in_channels=64, out_channels=16, kernel_size=4),
                 input=(1, 100)),
        ("wrong-rank", "/layers/1", "Unflatten the 1024 features to [64, 4, 4]"),
    ),
    "a kernel too large": case(
        document(
            conv(3, 8), layer("MaxPool2d", kernel_size=2), conv(8, 8), layer("MaxPool2d", "pool", kernel_size=2),
            conv(8, 8, name="last"), input=(1, 3, 12, 12),
        ),
        ("window-too-large", "/layers/4/kernel_size", "Take pool away.", "of 12, Conv2d (layer 0) leaves 10"),
    ),
    "a residual": case(
        document(
            conv(3, 64, name="stem", padding=1), conv(64, 128, name="conv1", stride=2, padding=1), layer("ReLU"),
            conv(128, 128, name="conv2", padding=1), layer("add", inputs=["conv2", "stem"]), layer("ReLU"),
        ),
        ("shapes-disagree", "/layers/4",
         "Project what stem returns with a 1 × 1 convolution to 128 channels and stride 2."),
    ),
    "a residual of features": case(
        document(linear(8, 16, "a"), layer("ReLU"), linear(16, 32, "b"), layer("add", inputs=["a", "b"]), input=(4, 8)),
        ("shapes-disagree", "/layers/3", "Project what a returns to 32 features with a Linear."),
    ),
    "the wrong dim of cat": case(
        document(conv(3, 8, 1, "a"), conv(3, 16, 1, "b", inputs=["input"]), layer("cat", inputs=["a", "b"], dim=0)),
        ("shapes-disagree", "/layers/2", "Set dim of cat (layer 2) to 1."),
    ),
    "a skip connection": case(
        document(conv(3, 8, 1, "a"), layer("MaxPool2d", "p", kernel_size=2), layer("cat", inputs=["a", "p"], dim=1)),
        ("shapes-disagree", "/layers/2", "Interpolate what p returns to 32 × 32."),
    ),
    "an enlargement one short": case(
        document(
            conv(3, 8, name="e", stride=2, padding=1),
            layer("ConvTranspose2d", "d", in_channels=8, out_channels=3, kernel_size=3, stride=2, padding=1),
            layer("sub", inputs=["d", "input"]),
        ),
        ("shapes-disagree", "/layers/2", "Set output_padding of d to 1."),
    ),
    "a gate": case(
        document(
            conv(3, 8, 1, "a"), layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"), linear(8, 8, "g"),
            layer("mul", inputs=["a", "g"]),
        ),
        ("shapes-disagree", "/layers/4", "Give what g returns the axes that [1, 8, 32, 32] has more."),
    ),
    "a product": case(
        document(
            linear(8, 8, "q"), linear(8, 8, "k", inputs=["input"]), layer("matmul", inputs=["q", "k"]), input=(2, 5, 8)
        ),
        ("shapes-disagree", "/layers/2", "Transpose what k returns"),
    ),
    "a layer norm": case(
        document(linear(8, 16), layer("LayerNorm", normalized_shape=32), input=(4, 10, 8)),
        ("layer-norm-normalized-shape", "/layers/1/normalized_shape", "Set normalized_shape of LayerNorm"),
    ),
    "a layer norm of two axes": case(
        document(layer("LayerNorm", normalized_shape=[32, 32]), input=(4, 3, 32, 16)),
        ("layer-norm-normalized-shape", "/layers/0/normalized_shape", "Set normalized_shape of LayerNorm (layer 0)"),
    ),
    "groups of a norm": case(
        document(conv(3, 20, 1), layer("GroupNorm", num_groups=8, num_channels=20)),
        ("not-divisible", "/layers/1/num_groups", "Set num_groups of GroupNorm (layer 1) to 10.", "20 = 2 × 8 + 4"),
    ),
    "groups of a convolution": case(
        document(conv(3, 20, 1), layer("ReLU"), conv(20, 30, 1, groups=4)),
        ("not-divisible", "/layers/2/groups", "Set out_channels of Conv2d (layer 2) to 28."),
    ),
    "heads": case(
        document(layer("MultiheadAttention", "attn", embed_dim=100, num_heads=8, inputs=["input", "input", "input"],
                       batch_first=True), input=(2, 5, 100)),
        ("not-divisible", "/layers/0/num_heads", "Set num_heads of attn to 10."),
    ),
    "an attention in a chain": case(
        document(
            linear(100, 64), layer("MultiheadAttention", "a", embed_dim=64, num_heads=8, batch_first=True),
            linear(64, 2, inputs=["a[0]"]), input=(2, 5, 100),
        ),
        ("missing-input", "/layers/1", 'Let a take ["0", "0", "0"].'),
    ),
    "a tuple": case(
        document(lstm(), linear(32, 2), input=(2, 5, 16)),
        ("tuple-input", "/layers/1", "Take lstm[0] as the input of Linear (layer 1).", "(output, (h_n, c_n))"),
    ),
    "a tuple of other features": case(
        document(lstm(bidirectional=True), linear(32, 2), input=(2, 5, 16)),
        ("tuple-input", "/layers/1", "Take lstm[0] as the input of Linear (layer 1), and set its in_features to 64."),
    ),
    "a tuple within a block": case(
        document(
            layer("Sequential", "b", layers=[layer("GRU", input_size=16, hidden_size=32), linear(32, 2)]),
            input=(2, 5, 16),
        ),
        ("tuple-input", "/layers/0/layers/1", "Take 0[0] as the input of Linear (layer b.1)."),
    ),
    "integers": case(
        document(linear(16, 2), input={"shape": [2, 16], "dtype": "int64"}),
        ("wrong-dtype", "/layers/0", "Feed the input as float32."),
    ),
    "an embedding is missing": case(
        document(lstm(), layer("mean", dim=1, inputs=["lstm[0]"]), linear(32, 4),
                 input={"shape": [8, 20], "dtype": "int64"}),
        ("wrong-dtype", "/layers/0", "Look the indices up in an Embedding before lstm"),
    ),
    "floats for an embedding": case(
        document(layer("Embedding", num_embeddings=100, embedding_dim=16), linear(16, 2), input=(2, 7)),
        ("wrong-dtype", "/layers/0", "Convert what arrives at Embedding (layer 0) to int64."),
    ),
    "a view": case(
        document(conv(3, 16, 5), layer("MaxPool2d", kernel_size=2), layer("view", shape=[-1, 400]), linear(400, 10)),
        ("wrong-element-count", "/layers/2/shape",
         "Set shape of view (layer 2) to [-1, 3136], and in_features of Linear (layer 3) to 3136."),
    ),
    "a view without -1": case(
        document(layer("view", shape=[4, 100]), input=(4, 3, 8, 8)),
        ("wrong-element-count", "/layers/0/shape", "Set shape of view (layer 0) to [4, 192]."),
    ),
    "an unflatten": case(
        document(layer("Unflatten", dim=1, unflattened_size=[3, 7]), input=(4, 20)),
        ("wrong-element-count", "/layers/0/unflattened_size", "Set unflattened_size of Unflatten (layer 0) to [4, 5]."),
    ),
    "a view of what is permuted": case(
        document(layer("permute", dims=[0, 2, 1]), layer("view", shape=[2, -1]), input=(2, 3, 4)),
        ("not-viewable", "/layers/1/shape", "Make view (layer 1) a reshape"),
    ),
    "a dim": case(
        document(layer("Softmax", dim=4), input=(2, 3)),
        ("dim-out-of-range", "/layers/0/dim", "Set dim of Softmax (layer 0) to 1."),
    ),
    "a dim in a list": case(
        document(layer("mean", dim=[2, 5]), input=(2, 3, 4, 4)),
        ("dim-out-of-range", "/layers/0/dim", "Set dim of mean (layer 0) to [2, 3]."),
    ),
    "too many inputs": case(
        document(linear(3, 3, "a"), layer("ReLU", inputs=["a", "input"]), input=(1, 3)),
        ("unexpected-input", "/layers/1", 'Let ReLU (layer 1) take ["a"].'),
    ),
    "all model inputs": case(
        document(linear(3, 3, "a"), inputs={"x": [1, 3], "y": [1, 3]}),
        ("unexpected-input", "/layers/0", 'Let a take ["x"].'),
    ),
    "a misspelled keyword": case(
        document(layer("LSTM", "l", input_size=8, hidden_size=8, inputs=["x", "hc=h"]),
                 inputs={"x": [5, 2, 8], "h": [1, 2, 8]}),
        ("unexpected-input", "/layers/0", None),
    ),
    "a word": case(
        document(conv(3, 4, padding_mode="refect")),
        ("bad-value", "/layers/0/padding_mode", 'Set padding_mode of Conv2d (layer 0) to "reflect".',
         'did you mean "reflect"?'),
    ),
    "numbers too small": case(
        document(conv(3, 4, 0), conv(4, 4, [3, -1]), layer("Dropout", p=1.5)),
        ("bad-value", "/layers/0/kernel_size", "Set kernel_size of Conv2d (layer 0) to 1."),
        ("bad-value", "/layers/1/kernel_size", "Set kernel_size of Conv2d (layer 1) to [3, 1]."),
        ("bad-value", "/layers/2/p", "Set p of Dropout (layer 2) to 0.15."),
    ),
    "same with a stride": case(
        document(conv(3, 4, padding="same", stride=2)),
        ("conv-same-with-stride", "/layers/0/stride", "Set stride of Conv2d (layer 0) to 1."),
    ),
    "indices": case(
        document(lstm(), linear(32, 2, "fc", inputs=["lstm[2]"]), input=(2, 5, 16), outputs=["lstm[1][4]", "fc"]),
        ("bad-index", "/layers/1", "Take lstm[0] as the input of fc."),
        ("bad-index", "/outputs/0", "Return lstm[1][1]."),
    ),
    "a batch of one in training": case(
        document(layer("Flatten"), linear(3072, 10, bias=False), layer("BatchNorm1d", num_features=10), mode="train"),
        ("one-value", "/layers/2", "Feed the model [2, 3, 32, 32]."),
    ),
    "three mistakes": case(
        document(conv(4, 16), layer("BatchNorm2d", num_features=8), layer("Flatten"), linear(100, 10)),
        ("conv-in-channels", "/layers/0/in_channels", "Set in_channels of Conv2d (layer 0) to 3."),
        ("batch-norm-num-features", "/layers/1/num_features", "Set num_features of BatchNorm2d (layer 1) to 16."),
        ("linear-in-features", "/layers/3/in_features", "Set in_features of Linear (layer 3) to"),
    ),
    "behind sizes that do not agree": case(
        document(
            conv(3, 8, padding=1, name="a", inputs=["input"]), conv(3, 8, 5, name="b", inputs=["input"]),
            layer("cat", dim=1, inputs=["a", "b"]), conv(8, 4, 1), layer("Flatten"), linear(10, 2, "fc"),
        ),
        ("shapes-disagree", "/layers/2", "Give b padding 2"),
        ("conv-in-channels", "/layers/3/in_channels", "Set in_channels of Conv2d (layer 3) to 16."),
        ("linear-in-features", "/layers/5/in_features",
         "Apply the best fixes of the mistakes before it, and then: Set in_features of fc to 4096.",
         "It comes to light once what stands before it is mended."),
    ),
    "behind an axis that is not there": case(
        document(
            conv(3, 8, name="a", inputs=["input"]), conv(3, 8, 5, name="b", inputs=["input"]),
            layer("cat", "both", dim=4, inputs=["a", "b"]),
        ),
        ("dim-out-of-range", "/layers/2/dim", "Set dim of both to"),
        ("shapes-disagree", "/layers/2", "Apply the best fixes of the mistakes before it, and then: ",
         "It comes to light once what stands before it is mended."),
    ),
    "integers, and other channels": case(
        document(conv(4, 8), input={"shape": [1, 3, 8, 8], "dtype": "int64"}),
        ("conv-in-channels", "/layers/0/in_channels", "Set in_channels of Conv2d (layer 0) to 3."),
        ("wrong-dtype", "/layers/0", "Feed the input as float32."),
    ),
    "an input that no argument describes": case(
        document(layer("PixelShuffle", upscale_factor=3), input=(1, 10, 8, 8)),
        ("not-divisible", "/layers/0/upscale_factor", "Feed the model [1, 9, 8, 8]."),
    ),
    "factors that arrive": case(
        document(layer("matmul", inputs=["a", "b"]), inputs={"a": [2, 3, 4], "b": [2, 5, 6]}),
        ("shapes-disagree", "/layers/0", "Feed b [2, 4, 6]."),
    ),
    "operands that arrive": case(
        document(
            layer("einsum", equation="bij,bjk->bik", inputs=["a", "b"]), inputs={"a": [2, 3, 4], "b": [2, 5, 6]}
        ),
        ("shapes-disagree", "/layers/0", "Feed b [2, 4, 6]."),
    ),
    "a repeated block": case(
        document(layer("Sequential", "block", repeat=3, layers=[conv(3, 8, name="conv", padding=1), layer("ReLU")])),
        ("conv-in-channels", "/layers/0/layers/0/in_channels", "Set out_channels of block.0.conv to 3.",
         "block is repeated, so what it returns has to be what it takes. The same holds for 1 more copy of it."),
    ),
    "two heads, one cause": case(
        document(
            linear(8, 16, "trunk"), layer("ReLU", "r"), linear(32, 2, "a"), linear(32, 5, "b", inputs=["r"]),
            input=(4, 8), outputs=["a", "b"],
        ),
        ("linear-in-features", "/layers/2/in_features", "Set out_features of trunk to 32.",
         "For the same reason b is refused."),
    ),
    "applied again": case(
        document(linear(8, 4, "a"), layer("reuse", layer="a"), input=(2, 8)),
        ("linear-in-features", "/layers/1", "Set out_features of a to 8."),
    ),
    "behind indices": case(
        document(
            conv(3, 8, padding=1), layer("ReLU"), conv(8, 8, padding=1), layer("add", inputs=["2", "1"]),
            layer("MaxPool2d", kernel_size=4), linear(512, 10), layer("ReLU"), layer("add", inputs=["6", "5"]),
        ),
        ("linear-in-features", "/layers/5/in_features", "Put a Flatten before Linear (layer 5)."),
    ),
}  # fmt: skip
