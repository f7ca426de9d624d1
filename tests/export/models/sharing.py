"""Models that apply a module from several places, or several times."""

from torch import Tensor, nn

from tests.export.comparing import Sample


class Borrowing(nn.Module):
    def __init__(self, shared: nn.Module, activation: nn.Module) -> None:
        super().__init__()
        self.own, self.shared, self.activation = nn.Linear(8, 8), shared, activation

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.shared(self.activation(self.own(x)), x) + self.shared(x, x))


class Mixing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.fc(x) * y


class Shared(nn.Module):
    """Modules that others call, from within blocks that come before."""

    def __init__(self) -> None:
        super().__init__()
        self.mixing, self.activation = Mixing(), nn.ReLU()
        self.blocks = nn.Sequential(*[Borrowing(self.mixing, self.activation) for _ in range(2)])

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(x)


def hidden() -> nn.Module:
    """What is applied again has a name that means something else where it is."""
    activation, fc = nn.ReLU(), nn.Linear(8, 8)
    mixing = Mixing()
    blocks = [Borrowing(mixing, activation) for _ in range(3)]
    return nn.Sequential(
        nn.Sequential(fc, activation), nn.Sequential(activation, nn.Linear(8, 8), activation, fc), *blocks
    )


class Repeating(nn.Module):
    """It applies a module twice whose name means what a block receives, if that block is no model of its own."""

    def __init__(self, step: nn.Module) -> None:
        super().__init__()
        self.input, self.output = step, nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.input(self.output(self.input(x))))


def nested() -> nn.Module:
    """Blocks whose own layers are all there is to be found by name while they are read."""

    def block() -> nn.Module:
        return Repeating(Repeating(nn.Linear(8, 8)))

    return nn.Sequential(block(), nn.Sequential(block(), nn.ReLU(), block()))


class Tied(nn.Module):
    """One of a list of equal blocks is applied once more than the others."""

    def __init__(self) -> None:
        super().__init__()
        first, second = (nn.Sequential(nn.Linear(8, 8), nn.ReLU()) for _ in range(2))
        self.blocks = nn.ModuleList([first, second, second])

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        return x


SAMPLES = (
    Sample("modules that blocks share", Shared, [(2, 8)]),
    Sample("modules that lists share", hidden, [(2, 8)]),
    Sample("a module called input", lambda: Repeating(nn.Linear(8, 8)), [(2, 8)]),
    Sample("nested modules called input", nested, [(2, 8)]),
    Sample("blocks of a list tied", Tied, [(2, 8)]),
)
