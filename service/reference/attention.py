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
SHIFT = WINDOW // 2
"""By how many patches every second layer moves its windows."""


def _in_windows(name: str, source: str) -> list[Json]:
    """An image, of any size that windows divide, as a grid of windows that list their patches."""
    return [
        layer("unflatten", f"{name}_across", dim=2, sizes=[-1, WINDOW], inputs=[source]),
        layer("unflatten", f"{name}_down", dim=1, sizes=[-1, WINDOW]),
        layer("transpose", f"{name}_apart", dim0=2, dim1=3),
        layer("flatten", name, start_dim=3, end_dim=4),
    ]


def _as_image() -> list[Json]:
    """The other way round."""
    return [
        layer("unflatten", "window_sides", dim=3, sizes=[WINDOW, WINDOW]), layer("transpose", "rows", dim0=2, dim1=3),
        layer("flatten", "across", start_dim=3, end_dim=4), layer("flatten", "image", start_dim=1, end_dim=2),
    ]  # fmt: skip


def _strangers() -> Json:
    """Whether two patches of a window come from opposite sides of the image, where a shift brought them together."""
    return block(
        "strangers",
        layer("getitem", "upper", index=[":", f":-{SHIFT}", ":", ":1"], inputs=["input"]),
        layer("ones_like", "is_upper"), layer("pad", "rows", pad=[0, 0, 0, 0, 0, SHIFT]),
        layer("getitem", "left", index=[":", ":", f":-{SHIFT}", ":1"], inputs=["input"]),
        layer("ones_like", "is_left"), layer("pad", "columns", pad=[0, 0, 0, SHIFT]),
        layer("add", "sides", alpha=2, inputs=["rows", "columns"]),
        *_in_windows("sides_of_patches", "sides"),
        layer("transpose", "sides_of_others", dim0=-2, dim1=-1),
        layer("ne", "differ", inputs=["sides_of_patches", "sides_of_others"]),
        layer("unsqueeze", "for_all_heads", dim=3),
    )  # fmt: skip


def _window_attention(width: int, heads: int, *, shifts: bool) -> Json:
    """Attention within windows, which some layers move."""
    features = width // heads
    shifted = layer("roll", "shifted", shifts=[-SHIFT, -SHIFT], dims=[1, 2], inputs=["input"])
    masked = layer("masked_fill", "masked", value="-inf", inputs=["biased", "strangers"])
    back = layer("roll", "back", shifts=[SHIFT, SHIFT], dims=[1, 2])
    return block(
        "attn",
        *([shifted, _strangers()] if shifts else []),
        *_in_windows("windows", "shifted" if shifts else "input"),
        linear("qkv", width, 3 * width),
        layer("unflatten", "split", dim=-1, sizes=[3, heads, features]),
        layer("permute", "by_head", dims=[4, 0, 1, 2, 5, 3, 6]), layer("unbind", "parts"),
        layer("mul", "scaled", other=features**-0.5, inputs=["parts[0]"]),
        layer("transpose", "keys", dim0=-2, dim1=-1, inputs=["parts[1]"]),
        layer("matmul", "products", inputs=["scaled", "keys"]),
        layer("parameter", "relative_position_bias_table", shape=[(2 * WINDOW - 1) ** 2, heads]),
        layer("buffer", "relative_position_index", shape=[PATCHES * PATCHES], dtype="int64"),
        layer("index_select", "bias", dim=0, inputs=["relative_position_bias_table", "relative_position_index"]),
        layer("unflatten", "bias_of_pairs", dim=0, sizes=[PATCHES, PATCHES]),
        layer("permute", "bias_by_head", dims=[2, 0, 1]),
        layer("add", "biased", inputs=["products", "bias_by_head"]),
        *([masked] if shifts else []),
        layer("softmax", "weights", dim=-1),
        layer("matmul", "mixed", inputs=["weights", "parts[2]"]),
        layer("transpose", "by_patch", dim0=3, dim1=4), layer("flatten", "joined", start_dim=-2),
        linear("proj", width, width),
        *_as_image(),
        *([back] if shifts else []),
    )  # fmt: skip


def _swin_block(width: int, heads: int, *, shifts: bool) -> Json:
    return block(
        None,
        layer("LayerNorm", "norm1", normalized_shape=width),
        _window_attention(width, heads, shifts=shifts),
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
    width = 96
    for depth, heads in ((2, 3), (2, 6), (6, 12), (2, 24)):
        # At the default size, one window holds the whole image in the last stage, so that there is nothing to shift.
        is_last = width == 768
        blocks = (_swin_block(width, heads, shifts=number % 2 == 1 and not is_last) for number in range(depth))
        stages.append(block(None, *blocks))
        if not is_last:
            stages.append(_merging(width))
            width *= 2
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
