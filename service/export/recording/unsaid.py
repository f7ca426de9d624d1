"""What is not looked into, since no document says it anyway: gradients, packed sequences, and ``autocast``.

The run goes on with something of the right shape in its place, so that whatever else stands in the way is told, too.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import torch
from torch.autograd.forward_ad import UnpackedDualTensor
from torch.utils._pytree import tree_leaves

from service.export.recording.run import Run
from service.export.surroundings.replacing import put_in

_GRADIENTS: Final = "it computes gradients, of which a document says nothing"
_PACKED: Final = "how many rows a packed sequence has at each step is nothing that a document says"
_AUTOCAST: Final = "which element types it chooses depends on the device, and no document says it"


class Unsaid(NamedTuple):
    """Something of the shape that a function returns; ``reason`` is none where that only follows from what is told."""

    reason: str | None
    result: Any


def _gradients(_: Any, inputs: Any, *__: Any, **___: Any) -> Unsaid:
    of = (inputs,) if isinstance(inputs, torch.Tensor) else tuple(inputs)
    return Unsaid(_GRADIENTS, tuple(_like(tensor, tensor.shape) for tensor in of))


def _backward(*_: Any, **__: Any) -> Unsaid:
    return Unsaid(_GRADIENTS, None)


def _packed(input: torch.Tensor, _: torch.Tensor, batch_first: bool) -> Unsaid:
    """Every sequence is as long as it can be; lengths are numbers, which PyTorch needs on the CPU."""
    steps, batch = (1, 0) if batch_first else (0, 1)
    rows = _like(input, (input.shape[steps] * input.shape[batch], *input.shape[2:]))
    return Unsaid(_PACKED, (rows, torch.full((input.shape[steps],), input.shape[batch])))


def _unpacked(rows: torch.Tensor, batches: torch.Tensor, batch_first: bool, _: float, steps: int) -> Unsaid:
    batch = int(batches[0])
    padded = (batch, steps) if batch_first else (steps, batch)
    return Unsaid(None, (_like(rows, (*padded, *rows.shape[1:])), torch.full((batch,), len(batches))))


def _recurrent(rows: torch.Tensor, _: Any, state: Any, weights: Any, *rest: Any) -> Unsaid | None:
    """What a recurrent layer makes of a packed sequence; none if it is given another one."""
    if not isinstance(weights, (list, tuple)):
        return None
    states = (state,) if isinstance(state, torch.Tensor) else tuple(state)
    features = states[0].shape[-1] * (2 if rest[-1] else 1)
    return Unsaid(None, (_like(rows, (len(rows), features)), *(_like(each, each.shape) for each in states)))


def _like(tensor: torch.Tensor, shape: Any) -> torch.Tensor:
    return torch.empty(shape, dtype=tensor.dtype, device="meta")


UNSAID: Final[Mapping[str, Callable[..., Unsaid | None]]] = {
    "grad": _gradients,
    "backward": _backward,
    "_pack_padded_sequence": _packed,
    "_pad_packed_sequence": _unpacked,
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _recurrent),
}
"""By the names of functions as a mode sees them."""


@contextmanager
def gradients_told(run: Run) -> Iterator[None]:
    """Within, gradients that no mode sees are told: those of ``torch.func``, ``functional`` and ``forward_ad``."""
    functional = torch.autograd.functional
    computed: Callable[..., Any] = functional._autograd_grad  # noqa: SLF001

    def nesting() -> AbstractContextManager[int]:
        run.problem("", _GRADIENTS)
        return nullcontext(1)

    def differentiated(*args: Any, **kwargs: Any) -> Any:
        run.problem("", _GRADIENTS)
        return computed(*args, **kwargs)

    levels: list[int] = []
    tangents: list[torch.Tensor] = []

    def entering() -> int:
        run.problem("torch.autograd.forward_ad", _GRADIENTS)
        levels.append(len(levels))
        return levels[-1]

    def leaving(*, level: int | None = None) -> None:  # noqa: ARG001  called by keyword
        levels.pop()

    def unpacked(tensor: torch.Tensor, *, level: int | None = None) -> UnpackedDualTensor:  # noqa: ARG001
        if not levels or any(tensor is each for each in tangents):
            return UnpackedDualTensor(tensor, None)
        tangents.append(torch.zeros_like(tensor))
        return UnpackedDualTensor(tensor, tangents[-1])

    transforms, forward = "torch._functorch.eager_transforms", "torch.autograd.forward_ad"
    replacements = {
        f"{transforms}.grad_increment_nesting": nesting,
        f"{transforms}._wrap_tensor_for_grad": lambda tensor, level: tensor,  # noqa: ARG005  called by keyword
        f"{transforms}.jvp_increment_nesting": nesting,
        f"{transforms}.lazy_dynamo_disallow": lambda function: function,
        f"{transforms}.make_fx": lambda function: function,
        f"{transforms}.const_fold": SimpleNamespace(split_const_subgraphs=_returning),
        "torch.autograd.functional._autograd_grad": differentiated,
        f"{forward}.enter_dual_level": entering,
        f"{forward}.exit_dual_level": leaving,
        f"{forward}.make_dual": lambda tensor, tangent, *, level=None: tensor,  # noqa: ARG005
        f"{forward}.unpack_dual": unpacked,
    }
    with put_in(replacements):
        yield


@contextmanager
def autocast_told(run: Run) -> Iterator[None]:
    """Within, it is told where PyTorch would choose element types itself, which it does not do on ``meta``."""
    enter: Callable[..., None] = torch.autocast.__enter__

    def entered(autocast: torch.autocast) -> None:
        if autocast._enabled:  # noqa: SLF001
            run.problem("torch.autocast", _AUTOCAST)
        enter(autocast)

    with put_in({"torch.autocast.__enter__": entered}):
        yield


def _returning(tangents: Any) -> Callable[..., list[Any]]:
    """In place of the graph that ``linearize`` makes."""
    return lambda *_: tree_leaves(tangents)
