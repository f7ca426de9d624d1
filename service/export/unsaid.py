"""What is not looked into, since no document says it anyway: gradients, and packed sequences.

The run goes on with something of the right shape in its place, so that whatever else stands in the way is told, too.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from typing import Any, Final, NamedTuple, NoReturn
from unittest.mock import patch

import torch

from service.export.run import Run

_GRADIENTS: Final = "it computes gradients, of which a document says nothing"
_PACKED: Final = "how many rows a packed sequence has at each step is nothing that a document says"


class Unsaid(NamedTuple):
    """A function with something of the shape that it returns."""

    reason: str
    stand_in: Callable[..., Any]


def _gradients(_: Any, inputs: Any, *__: Any, **___: Any) -> Any:
    of = (inputs,) if isinstance(inputs, torch.Tensor) else tuple(inputs)
    return tuple(tensor.new_empty(tensor.shape) for tensor in of)


def _nothing(*_: Any, **__: Any) -> None:
    """What backward returns."""


def _packed(input: torch.Tensor, lengths: torch.Tensor, batch_first: bool) -> Any:
    steps, batch = (1, 0) if batch_first else (0, 1)
    rows = input.shape[steps] * input.shape[batch]
    return input.new_empty((rows, *input.shape[2:])), lengths.new_empty(input.shape[steps])


UNSAID: Final[Mapping[str, Unsaid]] = {
    "grad": Unsaid(_GRADIENTS, _gradients),
    "backward": Unsaid(_GRADIENTS, _nothing),
    "_pack_padded_sequence": Unsaid(_PACKED, _packed),
}
"""By the names of functions as a mode sees them."""


@contextmanager
def gradients_told(run: Run) -> Iterator[None]:
    """Within, gradients that no mode sees are told: those of ``torch.func`` and of ``torch.autograd.functional``."""
    functional = torch.autograd.functional
    computed: Callable[..., Any] = functional._autograd_grad  # noqa: SLF001

    def nesting() -> AbstractContextManager[int]:
        run.problem("", _GRADIENTS)
        return nullcontext(1)

    def differentiated(*args: Any, **kwargs: Any) -> Any:
        run.problem("", _GRADIENTS)
        return computed(*args, **kwargs)

    def refused(name: str = "") -> NoReturn:
        run.refuse(name, _GRADIENTS)

    transforms = "torch._functorch.eager_transforms"
    replacements = {
        f"{transforms}.grad_increment_nesting": nesting,
        f"{transforms}._wrap_tensor_for_grad": lambda tensor, level: tensor,  # noqa: ARG005  called by keyword
        f"{transforms}.jvp_increment_nesting": refused,
        "torch.autograd.functional._autograd_grad": differentiated,
        "torch.autograd.forward_ad.enter_dual_level": partial(refused, "torch.autograd.forward_ad"),
    }
    with ExitStack() as stack:
        for name, replacement in replacements.items():
            stack.enter_context(patch(name, replacement))
        yield
