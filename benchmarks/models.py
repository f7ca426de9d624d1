"""The models that are measured, each as a document and as the PyTorch code a user would write today."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import torch
from torch import nn

from service.reference.shelf import REFERENCES

Json = dict[str, Any]


class Model(NamedTuple):
    """One model in both forms."""

    name: str
    document: Json
    build: Callable[[], nn.Module]
    input: tuple[int, ...]


def _convolution(out: int, kernel: int, stride: int = 1, **more: Any) -> Json:
    padding = kernel // 2
    return {"type": "Conv2d", "out_channels": out, "kernel_size": kernel, "stride": stride, "padding": padding, **more}


class Bottleneck(nn.Module):
    """The block of ResNet-50."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relu = nn.ReLU()
        self.downsample = None
        if channels != 4 * width:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        shortcut: torch.Tensor = x if self.downsample is None else self.downsample(x)
        return torch.relu(y + shortcut)


def resnet50() -> nn.Module:
    """ResNet-50 in PyTorch."""
    layers: list[nn.Module] = [
        nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
    ]
    channels = 64
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            layers.append(Bottleneck(channels, width, stride if block == 0 else 1))
            channels = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


VGG16: Final = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)


def vgg16_bn() -> nn.Module:
    """VGG-16 with batch normalisation in PyTorch."""
    layers: list[nn.Module] = []
    channels = 3
    for width in VGG16:
        if width:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
            channels = width
        else:
            layers.append(nn.MaxPool2d(2, 2))
    layers += [nn.AdaptiveAvgPool2d(7), nn.Flatten(), nn.Linear(512 * 49, 4096), nn.ReLU(), nn.Dropout()]
    return nn.Sequential(*layers, nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 1000))


class EncoderBlock(nn.Module):
    """The block of ViT-B/16."""

    def __init__(self) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(768, eps=1e-6)
        self.self_attention = nn.MultiheadAttention(768, 12, batch_first=True)
        self.ln_2 = nn.LayerNorm(768, eps=1e-6)
        self.mlp = nn.Sequential(
            nn.Linear(768, 3072), nn.GELU(), nn.Dropout(0.0), nn.Linear(3072, 768), nn.Dropout(0.0)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.ln_1(x)
        x = x + self.self_attention(y, y, y)[0]
        y = self.mlp(self.ln_2(x))
        result: torch.Tensor = x + y
        return result


class VisionTransformer(nn.Module):
    """ViT-B/16 in PyTorch."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_proj = nn.Conv2d(3, 768, 16, 16)
        self.class_token = nn.Parameter(torch.zeros(1, 1, 768))
        self.pos_embedding = nn.Parameter(torch.zeros(1, 197, 768))
        self.layers = nn.Sequential(*[EncoderBlock() for _ in range(12)])
        self.ln = nn.LayerNorm(768, eps=1e-6)
        self.head = nn.Linear(768, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv_proj(x).flatten(2).permute(0, 2, 1)
        x = torch.cat([self.class_token, x], 1) + self.pos_embedding
        x = self.ln(self.layers(x))
        return self.head(x[:, 0])  # type: ignore[no-any-return]


def chain_document(length: int) -> Json:
    """Convolutions and activations in a row."""
    pair = [_convolution(16, 3, in_channels=16), {"type": "ReLU"}]
    return {"name": f"chain of {length:,}", "input": [1, 16, 32, 32], "layers": pair * (length // 2)}


def chain() -> nn.Module:
    """The chain of 3,000 in PyTorch."""
    return nn.Sequential(*[layer for _ in range(1500) for layer in (nn.Conv2d(16, 16, 3, padding=1), nn.ReLU())])


MODELS: Final = (
    Model("ResNet-50", REFERENCES["resnet-50"].document(), resnet50, (1, 3, 224, 224)),
    Model("VGG16-BN", REFERENCES["vgg-16-bn"].document(), vgg16_bn, (1, 3, 224, 224)),
    Model("ViT-B/16", REFERENCES["vit-b-16"].document(), VisionTransformer, (1, 3, 224, 224)),
    Model("chain of 3,000", chain_document(3000), chain, (1, 16, 32, 32)),
)
