"""Images as sequences of patches: ViT, Swin."""

from service.reference.architecture import Json, Published, Reference, block, conv, layer, linear
from service.reference.classic import IMAGE, TORCHVISION


def _vit() -> list[Json]:
    return [
        conv("conv_proj", 3, 768, 16, stride=16),
        layer("flatten", "patches", start_dim=2), layer("permute", "tokens", dims=[0, 2, 1]),
        layer("parameter", "class_token", shape=[1, 1, 768]),
        layer("cat", "sequence", dim=1, inputs=["class_token", "tokens"]),
        layer("parameter", "pos_embedding", shape=[1, 197, 768]),
        layer("add", "embedded", inputs=["sequence", "pos_embedding"]),
        block(
            "layers",
            layer("LayerNorm", "ln_1", normalized_shape=768, eps=1e-6),
            layer("MultiheadAttention", "self_attention", embed_dim=768, num_heads=12, batch_first=True,
                  inputs=["ln_1", "ln_1", "ln_1"]),
            layer("add", "attended", inputs=["self_attention[0]", "input"]),
            layer("LayerNorm", "ln_2", normalized_shape=768, eps=1e-6),
            block("mlp", linear(None, 768, 3072), layer("GELU"), linear(None, 3072, 768)),
            layer("add", "out", inputs=["mlp", "attended"]),
            repeat=12,
        ),
        layer("LayerNorm", "ln", normalized_shape=768, eps=1e-6),
        layer("getitem", "class", index=[":", 0]),
        linear("head", 768, 1000),
    ]  # fmt: skip


WINDOW = 7
"""Patches along a side of the windows within which Swin attends."""
PATCHES = WINDOW * WINDOW


def _window_attention(side: int, width: int, heads: int, shift: int) -> Json:
    """Attention within windows, of which every second layer shifts the borders."""
    windows, features = side // WINDOW, width // heads
    count = windows * windows
    shifted = [layer("roll", "shifted", shifts=[-shift, -shift], dims=[1, 2], inputs=["input"])] if shift else []
    back = [layer("roll", "back", shifts=[shift, shift], dims=[1, 2])] if shift else []
    masked = (
        [
            # Patches that a shift brought together from opposite sides don't see each other.
            layer("zeros", "mask", size=[1, count, 1, PATCHES, PATCHES], inputs=[]),
            layer("view", "by_image", shape=[-1, count, heads, PATCHES, PATCHES], inputs=["biased"]),
            layer("add", "masked", inputs=["by_image", "mask"]),
            layer("view", "scores", shape=[-1, heads, PATCHES, PATCHES]),
        ]
        if shift
        else []
    )
    return block(
        "attn",
        *shifted,
        layer("view", "grid", shape=[-1, windows, WINDOW, windows, WINDOW, width],
              **({} if shift else {"inputs": ["input"]})),
        layer("permute", "by_window", dims=[0, 1, 3, 2, 4, 5]),
        layer("reshape", "windows", shape=[-1, PATCHES, width]),
        linear("qkv", width, 3 * width),
        layer("reshape", "split", shape=[-1, PATCHES, 3, heads, features]),
        layer("permute", "by_head", dims=[2, 0, 3, 1, 4]), layer("unbind", "parts"),
        layer("mul", "scaled", other=features**-0.5, inputs=["parts[0]"]),
        layer("transpose", "keys", dim0=-2, dim1=-1, inputs=["parts[1]"]),
        layer("matmul", "products", inputs=["scaled", "keys"]),
        layer("parameter", "relative_position_bias_table", shape=[(2 * WINDOW - 1) ** 2, heads]),
        layer("buffer", "relative_position_index", shape=[PATCHES * PATCHES], dtype="int64"),
        layer("index_select", "bias", dim=0, inputs=["relative_position_bias_table", "relative_position_index"]),
        layer("view", "bias_of_pairs", shape=[PATCHES, PATCHES, heads]),
        layer("permute", "bias_by_head", dims=[2, 0, 1]),
        layer("add", "biased", inputs=["products", "bias_by_head"]),
        *masked,
        layer("softmax", "weights", dim=-1),
        layer("matmul", "mixed", inputs=["weights", "parts[2]"]),
        layer("transpose", "by_patch", dim0=1, dim1=2), layer("reshape", "joined", shape=[-1, PATCHES, width]),
        linear("proj", width, width),
        layer("view", "placed", shape=[-1, windows, windows, WINDOW, WINDOW, width]),
        layer("permute", "rows", dims=[0, 1, 3, 2, 4, 5]), layer("reshape", "image", shape=[-1, side, side, width]),
        *back,
    )  # fmt: skip


def _swin_block(side: int, width: int, heads: int, shift: int) -> Json:
    return block(
        None,
        layer("LayerNorm", "norm1", normalized_shape=width),
        _window_attention(side, width, heads, shift),
        layer("add", "attended", inputs=["input", "attn"]),
        layer("LayerNorm", "norm2", normalized_shape=width),
        block("mlp", linear(None, width, 4 * width), layer("GELU"), linear(None, 4 * width, width)),
        layer("add", "out", inputs=["attended", "mlp"]),
    )


def _merging(width: int) -> Json:
    """Four neighbours become one patch of twice the width."""
    corners = [
        layer("getitem", f"corner{row}{column}", index=["...", f"{row}::2", f"{column}::2", ":"], inputs=["input"])
        for column in (0, 1)
        for row in (0, 1)
    ]
    return block(
        None, *corners,
        layer("cat", "corners", dim=-1, inputs=["corner00", "corner10", "corner01", "corner11"]),
        layer("LayerNorm", "norm", normalized_shape=4 * width), linear("reduction", 4 * width, 2 * width, bias=False),
    )  # fmt: skip


def _swin() -> list[Json]:
    stages = [block(None, conv(None, 3, 96, 4, stride=4), layer("permute", dims=[0, 2, 3, 1]),
                    layer("LayerNorm", normalized_shape=96))]  # fmt: skip
    side, width = 56, 96
    for depth, heads in ((2, 3), (2, 6), (6, 12), (2, 24)):
        # In the last stage one window holds everything, so that there is nothing to shift.
        shift = WINDOW // 2 if side > WINDOW else 0
        stages.append(block(None, *(_swin_block(side, width, heads, shift * (number % 2)) for number in range(depth))))
        if side > WINDOW:
            stages.append(_merging(width))
            side, width = side // 2, 2 * width
    return [
        block("features", *stages),
        layer("LayerNorm", "norm", normalized_shape=768), layer("permute", "permute", dims=[0, 3, 1, 2]),
        layer("AdaptiveAvgPool2d", "avgpool", output_size=1), layer("Flatten", "flatten"),
        linear("head", 768, 1000),
    ]  # fmt: skip


ATTENTION = (
    Reference(
        "vit-b-16", "ViT-B/16", "An image as 196 patches of 16 × 16 and a token for its class, in a plain encoder.",
        "Dosovitskiy et al., An Image Is Worth 16x16 Words (2020), https://arxiv.org/abs/2010.11929",
        _vit, IMAGE, Published(86_567_656, TORCHVISION),
    ),
    Reference(
        "swin-t", "Swin-T", "Attention within windows of 7 × 7 patches that shift from layer to layer.",
        "Liu et al., Swin Transformer (2021), https://arxiv.org/abs/2103.14030",
        _swin, IMAGE, Published(28_288_354, TORCHVISION),
    ),
)  # fmt: skip
