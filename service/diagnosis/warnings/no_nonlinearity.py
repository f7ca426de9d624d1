"""Two linear layers with nothing nonlinear between them are one linear layer, at the price of two.

Dropout, Identity and Flatten between them change nothing about that. What is done on purpose is not reported:

- a factorization through fewer features than go in or come out, as a bottleneck or a low-rank adaptation has it (Hu et
  al., *LoRA*, https://arxiv.org/abs/2106.09685), also of more than two layers;
- convolutions in groups, as in depthwise separable ones (Chollet, *Xception*, https://arxiv.org/abs/1610.02357), and
  along one axis after the other;
- a transposed convolution that enlarges an image, beside a layer that does not;
- one and the same projection of every position to fewer features, before all of them are flattened;
- a Linear along the last axis of what a convolution takes or returns, which map different axes.
"""

from typing import Any, Final

from service.core.sizes import Shape, Size, is_known, product
from service.diagnosis.edits import inserted
from service.diagnosis.warnings.families import BIASED, FLAT, LINEAR, PASSED_OVER, TRANSPOSED
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import REACH, View
from service.layers.arguments import spread

LONGEST_RUN: Final = 4
"""Linear layers in a row that are looked at on either side for what they factorize."""


def find(view: View, node: int) -> Finding | None:
    """A linear layer that takes what another returns."""
    before = _linear_before(view, node)
    if before is None:
        return None
    first, second = view.readings[before].node, view.readings[node].node
    if first.pointer == second.pointer or _on_purpose(view, before, node):
        return None
    place = view.place(node)
    return Finding(
        f"between {view.place(before).name} and {{layer}} there is nothing nonlinear, so that together they are no "
        "more than one linear layer",
        None, inserted(place, f"Put a ReLU before {place.name}.", {"type": "ReLU"}),
    )  # fmt: skip


def _linear_before(view: View, node: int) -> int | None:
    """The linear layer whose result a node alone takes, with nothing nonlinear between."""
    before = view.before(node)
    for _ in range(REACH):
        if before is None or not view.only_consumer(before):
            return None
        kind = view.layer(before).type
        if kind in BIASED:
            return before
        if kind not in PASSED_OVER:
            return None
        before = view.before(before)
    return None


def _on_purpose(view: View, before: int, node: int) -> bool:
    first: Any = view.layer(before)
    second: Any = view.layer(node)
    if first.type in LINEAR and second.type in LINEAR:
        return _per_position(view, before, node) or _narrows(view, [before, node])
    if first.type in LINEAR or second.type in LINEAR:
        return _unlike(view, before, node)
    if first.groups != 1 or second.groups != 1 or _enlarges(first) != _enlarges(second):
        return True
    if (first.type in TRANSPOSED) != (second.type in TRANSPOSED):
        return _bottleneck(view, before, node)
    return _along_other_axes(first, second) or _narrows(view, _run(view, before, node))


def _unlike(view: View, before: int, node: int) -> bool:
    """Whether a Linear and a convolution map different axes, or there is less between them than around."""
    if len(view.shape(view.readings[node])) != FLAT or getattr(view.layer(before), "groups", 1) != 1:
        return True
    return _per_position(view, before, node) or _bottleneck(view, before, node)


def _enlarges(layer: Any) -> bool:
    return layer.type in TRANSPOSED and {*spread(layer.stride, 1)} != {1}


def _along_other_axes(first: Any, second: Any) -> bool:
    """Whether two convolutions are one along rows and then columns."""
    kernels = [spread(layer.kernel_size, layer.axes) for layer in (first, second)]
    return all(any(size != 1 for size in kernel) for kernel in kernels) and all(
        1 in both for both in zip(*kernels, strict=True)
    )


def _per_position(view: View, before: int, node: int) -> bool:
    """Whether every position is projected alike to fewer features, and all are flattened then."""
    first: Any = view.layer(before)
    given, returned = _shapes(view, before)
    if len(returned) <= FLAT or len(view.shape(view.readings[node])) != FLAT:
        return False
    alike = first.type in LINEAR or {*spread(first.kernel_size, 1)} == {1}
    return alike and product(returned) < product(given)


def _bottleneck(view: View, before: int, node: int) -> bool:
    """Whether a sample has fewer numbers between two layers than before and behind them."""
    (given, middle), (_, out) = _shapes(view, before), _shapes(view, node)
    return _below(product(middle[1:]), product(given[1:]), product(out[1:]))


def _narrows(view: View, run: list[int]) -> bool:
    """Whether layers in a row lead through fewer features or channels than go in and come out."""
    widths = [_width(view, run[0], 0), *(_width(view, each, 1) for each in run)]
    return any(_below(width, widths[0], widths[-1]) for width in widths[1:-1])


def _run(view: View, before: int, node: int) -> list[int]:
    """The convolutions in a row to which two belong."""
    run = [before, node]
    for _ in range(LONGEST_RUN):
        earlier = _linear_before(view, run[0])
        if earlier is None or view.layer(earlier).type in LINEAR:
            break
        run.insert(0, earlier)
    for _ in range(LONGEST_RUN):
        takers = view.consumers.get(run[-1], [])
        if len(takers) != 1 or view.layer(takers[0]).type not in BIASED - LINEAR:
            break
        if view.readings[takers[0]].assumed or _linear_before(view, takers[0]) != run[-1]:
            break
        run.append(takers[0])
    return run


def _width(view: View, node: int, side: int) -> Size:
    """Features or channels that go into a layer, or come out."""
    layer: Any = view.layer(node)
    shape = _shapes(view, node)[side]
    return shape[-1 if layer.type in LINEAR else -layer.axes - 1]


def _shapes(view: View, node: int) -> tuple[Shape, Shape]:
    reading = view.readings[node]
    output: Any = reading.outcome.output
    return view.shape(reading), output.shape


def _below(size: Size, *others: Size) -> bool:
    return all(is_known(each) for each in (size, *others)) and size < min(others)


RULE = Rule("no-nonlinearity", BIASED, find, behind=BIASED | PASSED_OVER)
