"""Numbers that are known although nothing is computed: what follows from constants, examples and real weights.

A model that asks for one (``if mask.all():``, ``lengths.max().item()``) gets it, if it is known.
"""

from collections.abc import Callable
from typing import Any, Final

import torch

from service.export.problems import UnknownValuesError
from service.export.trace import UNEVALUATED, Applied, Constant, Given, Node, Owned, Value, at
from service.layers.likeness import Like, New
from service.layers.operation import Operation
from service.verification.modules import function_of, real

MOST_ELEMENTS: Final = 10**8
"""Tensors of more elements are not computed only to answer a question."""

_AT_RANDOM: Final = frozenset(
    {"rand", "randn", "randint", "randperm", "normal", "rand_like", "randn_like", "randint_like", "bernoulli",
     "multinomial", "poisson", "gumbel_softmax", "rrelu", "empty", "empty_like", "new_empty", "fractional_max_pool2d",
     "fractional_max_pool3d"}
)  # fmt: skip


def numbers_of(value: Value) -> torch.Tensor:
    """The tensor in numbers; raises :class:`UnknownValuesError` where they rest on what is not known."""
    waiting: list[Node] = [value.node]
    needed: dict[Node, None] = {}
    while waiting:
        node = waiting.pop()
        if node in needed or node.real is not UNEVALUATED:
            continue
        needed[node] = None
        waiting += _rests_on(node)
    for node in _in_order(needed):
        node.real = _evaluated(node)
    return at(value.node.real, value.path)  # type: ignore[no-any-return]


def _in_order(needed: dict[Node, None]) -> list[Node]:
    """Each node after those that it takes."""
    order: list[Node] = []
    done: set[Node] = set()
    waiting: list[tuple[Node, bool]] = [(node, False) for node in needed]
    while waiting:
        node, ready = waiting.pop()
        if ready:
            order.append(node)
        elif node not in done and node in needed:
            done.add(node)
            waiting.append((node, True))
            waiting += [(taken, False) for taken in _rests_on(node)]
    return order


def _rests_on(node: Node) -> list[Node]:
    """What a node's numbers are computed of."""
    return [taken.node for taken in node.takes] if isinstance(node, Applied) and not _asks_for_shapes(node) else []


def _asks_for_shapes(node: Applied) -> bool:
    """Whether it does not matter what the tensors consist of that it takes."""
    return isinstance(node.layer, (Like, New))


def _evaluated(node: Node) -> Any:
    match node:
        case Given():
            if node.example is None:
                which = "the input" if node.name == "input" else f"the input {node.name}"
                raise UnknownValuesError(f"it depends on what {which} consists of; give a tensor in place of its shape")
            return node.example
        case Owned():
            if node.tensor.is_meta:
                raise UnknownValuesError(f"it depends on {node.name}, which is on the meta device and has no numbers")
            return node.tensor.detach()
        case Constant():
            if node.number is None:
                raise UnknownValuesError("it depends on a tensor on the meta device, which has no numbers")
            return node.number
        case Applied():
            return _computed(node)
    raise UnknownValuesError("it depends on the result of an operation that no document has")


def _computed(node: Applied) -> Any:
    layer = node.layer
    stand_in = _asks_for_shapes(node)
    inputs: list[Any] = [_zeros_like(v) if stand_in else at(v.node.real, v.path) for v in node.inputs]
    named = {name: at(taken.node.real, taken.path) for name, taken in node.keywords.items()}
    if layer.type in _AT_RANDOM or getattr(layer, "training", None):
        raise UnknownValuesError("it depends on what is drawn at random")
    if sum(tensor.numel() for tensor in inputs if isinstance(tensor, torch.Tensor)) > MOST_ELEMENTS:
        raise UnknownValuesError(f"it depends on tensors of more than {MOST_ELEMENTS:,} elements")
    called: Callable[..., Any]
    if isinstance(layer, Operation):
        called = function_of(layer)
        arguments, given = layer.called_with(*inputs, named=named)
        given = {name: real(value, name) for name, value in given.items()}
    else:
        if getattr(layer, "inplace", False):
            inputs = [tensor.clone() for tensor in inputs]
        called, arguments = _module_in(node), layer.grouped(tuple(inputs))
        given = {name: getattr(layer, name) for name in layer.forward_arguments & layer.model_fields_set}
    with torch.no_grad():
        return called(*arguments, **given, **named)


def _zeros_like(value: Value) -> torch.Tensor:
    """Zeros in the shape of a tensor, which take no memory."""
    return torch.zeros((), dtype=value.tensor.dtype).expand(value.tensor.shape)


def _module_in(node: Applied) -> Callable[..., Any]:
    module = None if node.module is None else node.module.module
    if module is None or module.training or any(p.is_meta for p in (*module.parameters(), *module.buffers())):
        raise UnknownValuesError(f"it depends on the weights of {node.layer.type}, which have no numbers")
    return module.forward
