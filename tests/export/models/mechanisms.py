"""One model for each of the ways in which PyTorch lets people write what a model does."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from tests.export.comparing import Sample


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)


class Asserting(Small):
    def forward(self, x: Tensor) -> Tensor:
        torch._assert(x.shape[1] == 8, "8 features were expected")  # noqa: SLF001
        return self.fc(x)


class WritingToViews(Small):
    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        y[:, :4] *= 2
        y[:, 1::2] = x[:, ::2]
        y.diagonal(1)[:2] = 1.0
        y.view(4, 2, 4).transpose(1, 2).diagonal(0, 1, 2).zero_()
        y.as_strided((3,), (9,)).add_(1)
        first, second = y.chunk(2, 1)
        first.add_(second)
        return y


class WritingByIndex(Small):
    def forward(self, x: Tensor) -> Tensor:
        y, rows = self.fc(x), torch.tensor([0, 2])
        mask = torch.tensor([True, False, True, False])
        y[rows, 1] = 2.0
        y[:, rows] = 0.0
        y[mask, 1] = 3.0
        y[:, torch.tensor([True] * 4 + [False] * 4)] = 0.0
        y[mask] = x[:2]
        y[0, rows] = x[1, rows]
        y[x > 0] = 1.0
        return y


class WritingByMask(Small):
    def __init__(self) -> None:
        super().__init__()
        self.chosen = torch.tensor([True, False, True, False] * 2)

    def forward(self, x: Tensor, kept: Tensor) -> Tensor:
        y, mask = self.fc(x), self.chosen
        y[..., mask] = 0.0
        y[:, mask] = x[:, :4]
        y[:, mask] = x[:, :1]
        y[0, mask] = x[1, 4:]
        y[torch.tensor([0, 1, 2, 3]), mask] = 2.0
        z = y.view(4, 2, 4)
        z[:, kept] = x[:, None, :4]
        z[..., kept, :] = x[:1, :4]
        return y


class ResultsWrittenOut(Small):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        largest, where = torch.empty(4), torch.empty(4, dtype=torch.int64)
        torch.max(self.fc(x), 1, out=(largest, where))
        return largest, where


def gelu(x: Tensor) -> Tensor:
    return x * 0.5 * (1.0 + torch.erf(x / 1.41421))


class Scripted(Small):
    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.jit.script(nn.Sequential(nn.Linear(8, 8), nn.ReLU()))
        self.activation = torch.jit.script(gelu)

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.fc(self.inner(x)))


class PerSample(Small):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return torch.vmap(lambda row: self.fc(row).sum())(x), torch.vmap(torch.dot)(x, x)


class FirstPerSample(Small):
    """What is a layer only the second time."""

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(torch.vmap(self.fc)(x))


class MaskedByRule(nn.Module):
    """A mask of one rule for each pair of places, of which batch and heads know nothing."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        def seen(batch: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
            return query.new_ones((), dtype=torch.bool) & (key <= query)

        rule = seen
        for taken in range(3, -1, -1):
            rule = torch.vmap(rule, in_dims=tuple(0 if axis == taken else None for axis in range(4)))
        mask = rule(*(torch.arange(size) for size in x.shape))
        return x.masked_fill(~mask, 0.0), torch.vmap(lambda rows: rows, in_dims=2)(x)


class Ensemble(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.members = nn.ModuleList([nn.Linear(8, 4) for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        parameters, _ = torch.func.stack_module_state(list(self.members))
        base = self.members[0]
        return torch.vmap(lambda p: torch.func.functional_call(base, p, (x,)))(parameters)


class Chosen(Small):
    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x).where(x > 0, x)


class MaskedAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        ahead = torch.triu(torch.ones(4, 4, dtype=torch.bool), 1)
        padding = torch.zeros(2, 4, dtype=torch.bool)
        return self.attention(x, x, x, attn_mask=ahead, key_padding_mask=padding)


class Functional(nn.Module):
    """Weights that are computed: normalized, orthogonal, standardized, and made by another layer."""

    def __init__(self) -> None:
        super().__init__()
        self.normalized = parametrizations.weight_norm(nn.Linear(8, 8))
        self.spectral = parametrizations.spectral_norm(nn.Linear(8, 8))
        self.orthogonal = parametrizations.orthogonal(nn.Linear(8, 8))
        self.weight = nn.Parameter(torch.ones(8, 8))
        self.hyper = nn.Linear(3, 64)
        self.register_buffer("code", torch.ones(3))

    def forward(self, x: Tensor) -> Tensor:
        x = self.orthogonal(self.spectral(self.normalized(x)))
        weight = (self.weight - self.weight.mean(1, keepdim=True)) / self.weight.std(1, keepdim=True)
        return functional.linear(functional.linear(x, weight), self.hyper(self.code).view(8, 8), self.weight[0])


class Invertible(nn.Module):
    """A step of Glow: a channel mix with its logarithmic determinant, and an affine coupling."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Parameter(torch.eye(4))
        self.net = nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 4, 3, padding=1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        volume = torch.slogdet(self.mix)[1] * x.shape[2] * x.shape[3]
        a, b = functional.conv2d(x, self.mix[:, :, None, None]).chunk(2, 1)
        shift, scale = self.net(a).chunk(2, 1)
        scale = torch.sigmoid(scale + 2)
        z = torch.cat([a, (b + shift) * scale], 1)
        back = functional.conv2d(z, torch.linalg.inv(self.mix)[:, :, None, None])
        return z, back, volume + scale.log().sum((1, 2, 3))


class Pair(NamedTuple):
    first: Tensor
    rest: dict[str, Any]


class Structured(Small):
    def forward(self, *, x: Tensor, scale: float, mask: Tensor, parts: dict[str, Tensor]) -> Pair:
        y = self.fc(x) * scale
        return Pair(y.masked_fill(mask, 0.0), {"sum": y.sum(), "parts": [parts["a"] + 1, parts["b"]]})


class Remembering(Small):
    steps: Tensor
    memory: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.register_buffer("memory", torch.zeros(2, 8))

    def forward(self, x: Tensor) -> Tensor:
        self.steps += 1
        self.memory = self.memory * 0.9 + x
        self.memory.mul_(2)
        return self.fc(self.memory) / self.steps


class Spectrum(nn.Module):
    """A layer of a Fourier neural operator."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, 4, 8, 5, dtype=torch.complex64))

    def forward(self, x: Tensor) -> Tensor:
        low = torch.fft.rfft2(x)
        out = torch.zeros(2, 4, 16, 9, dtype=torch.complex64)
        out[:, :, :8, :5] = torch.einsum("bixy,ioxy->boxy", low[:, :, :8, :5], self.weight)
        return torch.fft.irfft2(out, s=(16, 16))


class BuildingModules(Small):
    def forward(self, x: Tensor) -> Tensor:
        built = nn.Linear(8, 8)
        built.weight = self.fc.weight
        nn.init.zeros_(tensor=built.bias)
        return built(x)


class ComplexNumbers(nn.Module):
    """The kernel of a state-space model."""

    def __init__(self) -> None:
        super().__init__()
        self.rate, self.frequency = nn.Parameter(torch.ones(8, 4)), nn.Parameter(torch.ones(8, 4))

    def forward(self, x: Tensor) -> Tensor:
        pole = -torch.exp(self.rate) + 1j * self.frequency
        kernel = torch.exp(pole[:, :, None] * torch.arange(x.shape[-1])).sum(1).real
        return torch.fft.irfft(torch.fft.rfft(x, n=20) * torch.fft.rfft(kernel, n=20))[..., : x.shape[-1]]


class Factorized(nn.Module):
    """Fields that share a table, as recommenders have them."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(60, 4)

    def forward(self, x: Tensor) -> Tensor:
        e = self.embedding(x + x.new_tensor([0, 10, 30]).unsqueeze(0))
        return e.sum(1).square() - e.square().sum(1)


class Sampling(Small):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        posterior = torch.distributions.Normal(self.fc(x), functional.softplus(x))
        policy = torch.distributions.Categorical(logits=x)
        return posterior.rsample(), posterior.log_prob(x), policy.entropy()


class Diagonal(Small):
    def forward(self, x: Tensor) -> Tensor:
        similarity = self.fc(x) @ x.T
        return similarity.fill_diagonal_(-1.0)


def half() -> nn.Module:
    return nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8)).to(torch.bfloat16)


SAMPLES = (
    Sample("torch._assert", Asserting, [(2, 8)]),
    Sample("writing to views", WritingToViews, [(4, 8)]),
    Sample("writing by index and mask", WritingByIndex, [(4, 8)]),
    Sample("writing by mask", WritingByMask, [(4, 8), {"shape": (2,), "dtype": "bool"}], device="cpu"),
    Sample("results written out", ResultsWrittenOut, [(4, 8)]),
    Sample("TorchScript", Scripted, [(2, 8)]),
    Sample("vmap", PerSample, [(2, 8)]),
    Sample("vmap, and without it", FirstPerSample, [(2, 8)]),
    Sample("vmap over what it does not use", MaskedByRule, [(2, 3, 4, 4)]),
    Sample("vmap over models", Ensemble, [(2, 8)]),
    Sample("Tensor.where", Chosen, [(2, 8)]),
    Sample("attention with two masks", MaskedAttention, [(2, 4, 8)]),
    Sample("computed weights", Functional, [(2, 8)], device="cpu"),
    Sample("normalizing flow", Invertible, [(2, 4, 6, 6)]),
    Sample(
        "keywords, dictionaries and tuples",
        Structured,
        {"x": (2, 8), "scale": 2.5, "mask": {"shape": (2, 8), "dtype": "bool"}, "parts": {"a": (3,), "b": (4,)}},
    ),
    Sample("buffers written in forward", Remembering, [(2, 8)]),
    Sample("Fourier neural operator", Spectrum, [(2, 1, 16, 16)]),
    Sample("modules built in forward", BuildingModules, [(2, 8)]),
    Sample("complex numbers", ComplexNumbers, [(2, 8, 10)]),
    Sample("new_tensor", Factorized, [{"shape": (4, 3), "dtype": "int64"}]),
    Sample("distributions", Sampling, [(2, 8)], device="cpu"),
    Sample("diagonal filled", Diagonal, [(4, 8)]),
    Sample("bfloat16", half, [{"shape": (2, 8), "dtype": "bfloat16"}]),
    Sample("DataParallel", lambda: nn.DataParallel(Chosen()), [(2, 8)]),
)
