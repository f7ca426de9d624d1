"""Small models of the families that pretrained collections lack."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from tests.export.comparing import Sample

TOKENS = {"shape": (7, 2), "dtype": "int64"}


def volumes() -> nn.Module:
    return nn.Sequential(
        nn.Conv3d(1, 8, 3, padding=1),
        nn.BatchNorm3d(8),
        nn.ReLU(),
        nn.MaxPool3d(2),
        nn.Conv3d(8, 16, 3, padding=1),
        nn.InstanceNorm3d(16),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
        nn.Linear(16, 3),
    )


class WaveNet(nn.Module):
    """Gated convolutions of a sound, each twice as far apart as the one before."""

    def __init__(self, channels: int = 8, layers: int = 4) -> None:
        super().__init__()
        self.first = nn.Conv1d(1, channels, 1)
        self.gates = nn.ModuleList([nn.Conv1d(channels, 2 * channels, 2, dilation=2**i) for i in range(layers)])
        self.skips = nn.ModuleList([nn.Conv1d(channels, channels, 1) for _ in range(layers)])
        self.last = nn.Sequential(nn.ReLU(), nn.Conv1d(channels, 16, 1))

    def forward(self, x: Tensor) -> Tensor:
        x, total = self.first(x), 0
        for index, (gate, skip) in enumerate(zip(self.gates, self.skips, strict=True)):
            a, b = gate(functional.pad(x, (2**index, 0))).chunk(2, 1)
            x = x + torch.tanh(a) * torch.sigmoid(b)
            total = total + skip(x)
        return self.last(total)


class Translator(nn.Module):
    """A GRU that reads and one that writes a word at a time, with attention."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.words = nn.Embedding(30, width)
        self.reading, self.writing = nn.GRU(width, width), nn.GRUCell(2 * width, width)
        self.head = nn.Linear(width, 30)

    def forward(self, source: Tensor) -> Tensor:
        read, state = self.reading(self.words(source))
        state, word, written = state[0], source[0], torch.zeros(3, source.size(1), 30)
        for step in range(3):
            weights = (read * state).sum(-1, keepdim=True).softmax(0)
            state = self.writing(torch.cat([self.words(word), (weights * read).sum(0)], 1), state)
            written[step] = self.head(state).log_softmax(1)
            word = written[step].argmax(1)
        return written


class Adversaries(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.generator = nn.Sequential(
            nn.ConvTranspose2d(8, 8, 4, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True),
            nn.ConvTranspose2d(8, 3, 4, 2, 1), nn.Tanh(),
        )  # fmt: skip
        judge = parametrizations.spectral_norm(nn.Conv2d(3, 8, 4, 2, 1))
        self.discriminator = nn.Sequential(judge, nn.LeakyReLU(0.2), nn.Conv2d(8, 1, 4), nn.Sigmoid())

    def forward(self, noise: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        return self.discriminator(self.generator(noise)).view(-1), self.discriminator(real).view(-1)


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList([nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)])
        self.middle = nn.Conv2d(16, 32, 3, padding=1)
        self.up = nn.ModuleList([nn.ConvTranspose2d(32, 16, 2, 2), nn.ConvTranspose2d(16, 8, 2, 2)])
        self.merge = nn.ModuleList([nn.Conv2d(32, 16, 3, padding=1), nn.Conv2d(16, 8, 3, padding=1)])

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for down in self.down:
            x = functional.relu(down(x))
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.middle(x)
        for up, merge in zip(self.up, self.merge, strict=True):
            x, skip = up(x), skips.pop()
            if x.shape != skip.shape:
                x = functional.interpolate(x, size=skip.shape[2:])
            x = merge(torch.cat([skip, x], 1))
        return x


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 8))

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        a, b = self.encoder(a), self.encoder(b)
        return functional.pairwise_distance(a, b), functional.cosine_similarity(a, b)


class FastWeights(nn.Module):
    """Weights that were taken a step further than those that the model has."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        self.rate = nn.Parameter(torch.tensor(0.1))

    def forward(self, x: Tensor) -> Tensor:
        weights = {name: weight - self.rate * weight.sign() for name, weight in self.net.named_parameters()}
        return torch.func.functional_call(self.net, weights, (x,))


SAMPLES = (
    Sample("3-D convolutions", volumes, [(2, 1, 8, 16, 16)]),
    Sample("WaveNet", WaveNet, [(2, 1, 64)]),
    Sample("GRUs with attention", Translator, [TOKENS]),
    Sample("GAN", Adversaries, [(2, 8, 1, 1), (2, 3, 8, 8)], device="cpu"),
    Sample("U-Net", UNet, [(1, 3, 32, 32)]),
    Sample("U-Net of an odd size", UNet, [(1, 3, 37, 45)]),
    Sample("Siamese net", Siamese, [(2, 1, 8, 8), (2, 1, 8, 8)]),
    Sample("functional_call", FastWeights, [(3, 4)]),
)
