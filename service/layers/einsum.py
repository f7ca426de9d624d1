"""einsum: sums of products in Einstein's notation.

Notation: https://docs.pytorch.org/docs/stable/generated/torch.einsum.html. How it is computed, which decides
multiply-accumulates, element types and strides, is that of ``aten/src/ATen/native/Linear.cpp``: the operands are
aligned to the same axes, and then multiplied in pairs from left to right, each pair as one batch of matrices.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Annotated, Any, Final, NamedTuple, NoReturn

from pydantic import Field

from service.core.broadcasting import broadcast, result_type
from service.core.faults import WrongInputs
from service.core.formulas import Formula
from service.core.layouts import converted, elementwise_layout, laid_out
from service.core.sizes import UNKNOWN_SIZE, Shape, differ, is_known, product
from service.core.tensors import Tensor, Value, is_tuple, strides_of
from service.core.views import reshaped
from service.layers.arguments import Str
from service.layers.base import example
from service.layers.call import Call
from service.layers.matrix import expect_multiplied
from service.layers.notebook import Rejection
from service.layers.operation import Operation
from service.layers.reduction import summed

ELLIPSIS: Final = "..."
PAIR: Final = Formula("batch… × rows… × inner… × columns…")

_PART: Final = re.compile(r"\.\.\.|.", re.DOTALL)
_LABEL: Final = re.compile(r"\.\.\.|[A-Za-z]")

Term = tuple[str, ...]
"""The subscripts of one operand: letters, and at most one ellipsis."""


class Equation(NamedTuple):
    """An equation taken apart."""

    operands: tuple[Term, ...]
    output: Term
    """Where the equation does not say, the ellipsis and then, in alphabetical order, every letter that occurs once."""


def parsed(text: str) -> Equation:
    """Takes an equation apart; a ``ValueError`` says what is wrong with it."""
    left, arrow, right = text.partition("->")
    operands = tuple(map(_term, left.split(",")))
    occurrences = Counter(label for term in operands for label in term)
    if not arrow:
        once = sorted(label for label, count in occurrences.items() if count == 1 and label != ELLIPSIS)
        return Equation(operands, (ELLIPSIS, *once))
    output = _term(right)
    for label in output:
        if label not in occurrences and label != ELLIPSIS:
            raise ValueError(f"{label} stands behind the arrow and nowhere before it")
        if output.count(label) > 1:
            raise ValueError(f"{label} stands twice behind the arrow")
    return Equation(operands, output)


def _term(text: str) -> Term:
    term = tuple(part for part in _PART.findall(text) if part != " ")
    for part in term:
        if not _LABEL.fullmatch(part):
            raise ValueError(f"{part!r} is neither a letter nor part of an ellipsis '...'")
    if term.count(ELLIPSIS) > 1:
        raise ValueError("an operand has at most one ellipsis")
    return term


class Einsum(Operation, type="einsum"):
    """Sums products of tensors as an equation in Einstein's notation says."""

    function = "torch.einsum"
    family = "einsum"
    examples = (
        example((2, 3), (3, 4), equation="ij,jk->ik"),
        example((5, 2, 3), (5, 3, 4), equation="bij,bjk->bik"),
        example((2, 7, 4, 8), (2, 9, 4, 8), equation="bqhd,bkhd->bhqk"),
        example((2, 4, 7, 9), (2, 9, 4, 8), equation="bhqk,bkhd->bqhd"),
        example((6, 5, 2, 3), (5, 3, 4), equation="...ij, ...jk"),
        example((3, 3), equation="ii"),
        example((4, 3, 3), equation="...ii->...i"),
        example((2, 3, 4), equation="ijk->kj"),
        example((3,), (4,), equation="i,j"),
        example((2, 3), (4, 3, 5), (2, 5), equation="ik,jkl,il->ij"),
        example((2, 3, 4), (2, 5), (4, 5, 1), equation="aBc,ad,cdB->dc"),
    )

    equation: Annotated[
        Str, Field(description="Subscripts of the operands, separated by commas, and behind `->` those of the result.")
    ]

    def called_with(
        self,
        *inputs: Any,
        named: Collection[str] = (),  # noqa: ARG002
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.equation, *inputs), {}

    def check_arguments(self, call: Call) -> None:
        try:
            parsed(self.equation)
        except ValueError as problem:
            call.refuse(
                "equation",
                f"{{layer}} cannot read the equation {self.equation!r}: {problem}",
                argument="equation",
                received=self.equation,
            )

    def forward(self, call: Call, *operands: Value) -> Tensor:
        equation = parsed(self.equation)
        tensors = self.require_operands(call, operands, len(equation.operands))
        spans = [tensor.rank - len(term) + 1 for tensor, term in zip(tensors, equation.operands, strict=True)]
        for position, (term, span) in enumerate(zip(equation.operands, spans, strict=True)):
            if span < 0 or (ELLIPSIS not in term and span != 1):
                self.reject_rank(call, tensors[position], position, term)
        covered = max((s for s, term in zip(spans, equation.operands, strict=True) if ELLIPSIS in term), default=0)
        kept = _expanded(equation.output, covered)
        labels = {label for term in equation.operands for label in _expanded(term, covered)}
        axes = kept + tuple(sorted(labels - set(kept), key=_summing_order))
        aligned = [
            self.aligned(call, tensor, _expanded(term, span, covered), axes)
            for tensor, term, span in zip(tensors, equation.operands, spans, strict=True)
        ]
        output = contracted(call, self.of_equal_sizes(call, tensors, aligned, axes), len(kept))
        if all(is_known(size) for tensor in tensors for size in tensor.shape):
            return output
        return output._replace(strides=(UNKNOWN_SIZE,) * len(kept))

    def require_operands(self, call: Call, operands: tuple[Value, ...], count: int) -> list[Tensor]:
        """As many tensors as the equation speaks of; they may also come as one tuple."""
        while len(operands) == 1 and is_tuple(operands[0]):
            operands = operands[0]
        tensors = [operand for operand in operands if isinstance(operand, Tensor)]
        if len(operands) != count or len(tensors) != count:
            call.reject(
                WrongInputs(
                    code="einsum-operands",
                    message=f"{{layer}}'s equation {self.equation!r} is about {count} tensors, but "
                    f"{len(operands)} inputs arrive, {len(tensors)} of them tensors",
                    expected=count,
                    received=len(operands),
                    required=count,
                )
            )
        return tensors

    def reject_rank(self, call: Call, tensor: Tensor, position: int, term: Term) -> NoReturn:
        """An operand has too few axes, or more than its term names."""
        named = len(term) - (ELLIPSIS in term)
        at_least = "at least " if ELLIPSIS in term else ""
        call.disagree(
            f"{{layer}}'s equation {self.equation!r} gives operand {position} the subscripts {''.join(term)!r} for "
            f"{at_least}{named} axes, but {tensor} with {tensor.rank} arrives",
            tensor,
        )
        raise Rejection

    def aligned(self, call: Call, tensor: Tensor, labels: Term, axes: Term) -> Tensor:
        """A view with all ``axes`` in order: those it lacks have size 1, a repeated label takes the diagonal."""
        sizes = dict.fromkeys(axes, 1)
        strides: dict[str, int] = {}
        for label, size, stride in zip(labels, tensor.shape, strides_of(tensor), strict=True):
            if label in strides and differ(sizes[label], size):
                call.disagree(
                    f"{{layer}}'s equation {self.equation!r} takes a diagonal of {tensor} along {label}, which stands "
                    f"for axes of {sizes[label]} and {size} entries",
                    tensor,
                )
            sizes[label] = size
            strides[label] = strides[label] + stride if label in strides else stride
        return Tensor(tuple(sizes.values()), tensor.dtype, tuple(strides.get(axis, 1) for axis in axes))

    def of_equal_sizes(
        self, call: Call, arriving: Sequence[Tensor], operands: Sequence[Tensor], axes: Term
    ) -> list[Tensor]:
        """Every label stands for one size, or for 1, which is broadcast; sizes that are unknown are filled in."""
        shape: Shape = ()
        for axis, label in enumerate(axes):
            sizes = {operand.shape[axis] for operand in operands}
            common = broadcast(*((size,) for size in sizes))
            if common is None:
                call.disagree(
                    f"{{layer}}'s equation {self.equation!r} uses {label[:3]} for axes of different sizes: "
                    f"{' and '.join(map(str, sorted(sizes - {1}, key=str)))}",
                    *arriving,
                )
                raise Rejection
            shape += common
        return [
            operand._replace(
                shape=tuple(own if own == 1 else size for own, size in zip(operand.shape, shape, strict=True))
            )
            for operand in operands
        ]


def _expanded(term: Term, span: int, covered: int | None = None) -> Term:
    """The term with its ellipsis replaced by labels for the last ``span`` of the axes that any ellipsis covers."""
    covered = span if covered is None else covered
    ellipsis = tuple(f"{ELLIPSIS}{axis:02}" for axis in range(covered - span, covered))
    return tuple(part for label in term for part in (ellipsis if label == ELLIPSIS else (label,)))


def _summing_order(label: str) -> tuple[bool, str]:
    return not label.startswith(ELLIPSIS), label


def contracted(call: Call, operands: Sequence[Tensor], kept: int) -> Tensor:
    """Multiplies aligned operands from left to right, and sums over all but the first ``kept`` axes."""
    result, *others = operands
    axes = range(kept, result.rank)
    if not others and axes:
        return Tensor(result.shape[:kept], summed(result.dtype))
    remaining = [sum(operand.shape[axis] != 1 for operand in operands) for axis in range(result.rank)]
    for other in others:
        inner: list[int] = []
        alone: list[int] = []
        for axis in axes:
            here, there = result.shape[axis] != 1, other.shape[axis] != 1
            remaining[axis] -= here and there
            if (here or there) and remaining[axis] == 1:
                remaining[axis] = 0
                (inner if here and there else alone).append(axis)
        result = multiplied(call, summed_out(result, alone), summed_out(other, alone), inner)
    # What was summed over is viewed away, which tells the strides of axes of one entry anew.
    return reshaped(result, result.shape[:kept]) if axes else result


def summed_out(tensor: Tensor, axes: list[int]) -> Tensor:
    """The tensor summed over those of the axes that it has."""
    if all(tensor.shape[axis] == 1 for axis in axes):
        return tensor
    return Tensor(
        tuple(1 if axis in axes else size for axis, size in enumerate(tensor.shape)), summed(tensor.dtype)
    )  # fmt: skip


def multiplied(call: Call, left: Tensor, right: Tensor, inner: list[int]) -> Tensor:
    """A pair of operands, multiplied and summed over the axes ``inner``, of which both have more than one entry."""
    shape = tuple(b if a == 1 else a for a, b in zip(left.shape, right.shape, strict=True))
    if not inner:
        common = result_type(left, right)
        return elementwise_layout(shape, common, converted(left, common), converted(right, common))
    outer = [axis for axis in range(left.rank) if axis not in inner]
    batch = [axis for axis in outer if left.shape[axis] != 1 and right.shape[axis] != 1]
    rows = [axis for axis in outer if left.shape[axis] != 1 and axis not in batch]
    columns = [axis for axis in outer if left.shape[axis] == 1]
    if rows and columns and columns[-1] < rows[0]:
        left, right, rows, columns = right, left, columns, rows
    batch_sizes, row_sizes, inner_sizes, column_sizes = (
        tuple(shape[axis] for axis in axes) for axes in (batch, rows, inner, columns)
    )
    dtype = expect_multiplied(call, "bmm", left, right, product(shape))
    call.count_macs(PAIR, batch=batch_sizes, rows=row_sizes, inner=inner_sizes, columns=column_sizes)
    result = tuple(1 if axis in inner else size for axis, size in enumerate(shape))
    return laid_out(result, dtype, (*batch, *rows, *inner, *columns))
