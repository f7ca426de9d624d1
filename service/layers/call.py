"""One application of a layer: the vocabulary of checks that its rules have."""

from collections.abc import Sequence
from math import inf
from typing import Any

from service.core import faults
from service.core.broadcasting import broadcast, clashing_axis
from service.core.faults import listed, many
from service.core.sizes import Shape, Size, below, differ, indivisible, written
from service.core.tensors import Tensor
from service.layers.notebook import Notebook, Rejection


class Call(Notebook):
    """What a layer's rules talk to while they look at the arguments and the arriving tensors.

    A check that fails notes a fault. ``expect…`` checks then let the rule go on, from what the layer
    declares; ``require…`` checks and :meth:`reject` end it.
    """

    __slots__ = ()

    def refuse(
        self,
        code: faults.Detail | None,
        message: str,
        *,
        argument: str | None = None,
        expected: Any = None,
        received: Any = None,
        bounds: tuple[float, float] | None = None,
        counts: tuple[int, ...] | None = None,
    ) -> None:
        """Notes a fault of a constructor's argument that no other check describes, and whose name may be all there is
        to say in the code."""
        self.note(
            faults.BadValue(
                code=f"{self.family}-{code or str(argument).replace('_', '-')}",
                message=message,
                argument=argument,
                expected=expected,
                received=received,
                bounds=bounds,
                counts=counts,
            )
        )

    def expect_size(
        self, argument: str, declared: Size, tensor: Tensor, axis: int, noun: str, *, input: int = 0, step: Size = 1
    ) -> None:
        """``argument`` declares the size of an axis of what arrives (times ``step``)."""
        arriving = tensor.shape[axis]
        if differ(declared * step, arriving):
            self.note(
                faults.SizeMismatch(
                    code=f"{self.family}-{argument.replace('_', '-')}",
                    message=f"{{layer}} is a {self.type} with {argument} = {declared}, but "
                    f"{many(arriving, noun)} {'arrives' if arriving == 1 else 'arrive'}",
                    argument=argument,
                    input=input,
                    expected=declared,
                    received=arriving // step,
                    axis=axis % tensor.rank,
                    tensor=tensor,
                    step=step,
                )
            )

    def require_rank(
        self,
        tensor: Tensor,
        *ranks: int,
        layout: str = "",
        input: int = 0,
        channels: Size | None = None,
        channel_axis: int | None = None,
    ) -> None:
        """The tensor has one of these numbers of axes; ``layout`` names them: ``[N, C, H, W]``."""
        if tensor.rank in ranks:
            return
        self.reject(
            faults.WrongRank(
                code="wrong-rank",
                message=f"{{layer}} is a {self.type} and takes {listed(ranks)} {_axes(*ranks)}"
                f"{layout and f', {layout}'}; {tensor} with {tensor.rank} arrives",
                input=input,
                expected=list(ranks),
                received=tensor.rank,
                ranks=ranks,
                tensor=tensor,
                channels=channels,
                channel_axis=channel_axis,
            )
        )

    def require_axes(self, tensor: Tensor, at_least: int, layout: str, *, input: int = 0) -> None:
        """The tensor has this many axes or more; ``layout`` names them: ``[N, C, …]``."""
        if tensor.rank < at_least:
            self.reject(
                faults.WrongRank(
                    code="wrong-rank",
                    message=f"{{layer}} is a {self.type} and takes at least {at_least} {_axes(at_least)}, "
                    f"{layout}; {tensor} with {tensor.rank} arrives",
                    input=input,
                    expected=f"at least {at_least}",
                    received=tensor.rank,
                    ranks=(at_least,),
                    tensor=tensor,
                )
            )

    def expect_fitting(self, tensor: Tensor, axis: int, smallest: Size, explanation: str, *arguments: str) -> bool:
        """Axis ``axis`` holds at least ``smallest``, on account of ``arguments``; whether it does."""
        if not below(tensor.shape[axis], smallest):
            return True
        self.note(
            faults.WindowTooLarge(
                code="window-too-large",
                message=f"{{layer}}: {explanation}",
                argument=arguments[0] if arguments else None,
                input=0,
                expected=smallest,
                received=tensor.shape[axis],
                axis=axis,
                tensor=tensor,
                smallest=smallest,
                arguments=arguments,
            )
        )
        return False

    def expect_filled(self, tensor: Tensor, *axes: int) -> bool:
        """None of these axes is empty; whether that is so."""
        empty = [axis % tensor.rank for axis in axes if tensor.shape[axis] == 0]
        for axis in empty:
            self.note(
                faults.WindowTooLarge(
                    code="empty-axis",
                    message=f"{{layer}} is a {self.type} and takes no tensor that is empty along axis {axis}; "
                    f"{tensor} arrives",
                    input=0,
                    expected=1,
                    received=0,
                    axis=axis,
                    tensor=tensor,
                    smallest=1,
                )
            )
        return not empty

    def expect_multiple(self, argument: str, dividend: Size, divisor_argument: str, divisor: Size) -> None:
        """One argument is a multiple of another."""
        if indivisible(dividend, divisor):
            self.note(
                faults.Indivisible(
                    code="not-divisible",
                    message=f"{{layer}} is a {self.type} with {argument} = {dividend}, "
                    f"which {divisor_argument} = {divisor} does not divide",
                    argument=divisor_argument,
                    expected=f"a divisor of {dividend}",
                    received=divisor,
                    dividend_argument=argument,
                    divisor_argument=divisor_argument,
                    dividend=dividend,
                    divisor=divisor,
                )
            )

    def expect_at_least(self, argument: str, value: Any, minimum: int | float, *, undefined: bool = False) -> None:
        """Every number of ``argument`` is at least ``minimum``."""
        numbers = value if isinstance(value, tuple) else (value,)
        if any(below(number, minimum) for number in numbers):  # type: ignore[arg-type]
            self._bad_value(argument, value, f"at least {minimum}", bounds=(minimum, inf), undefined=undefined)

    def expect_between(self, argument: str, value: float, low: float, high: float) -> None:
        """``low ≤ value ≤ high``."""
        if value < low or value > high:
            self._bad_value(argument, value, f"between {low} and {high}", bounds=(low, high))

    def expect_one_of(self, argument: str, value: Any, choices: Sequence[Any]) -> None:
        """``value`` is one of these."""
        if value not in choices:
            shown = ["null" if choice is None else repr(choice) for choice in choices]
            self._bad_value(argument, value, listed(shown), choices=tuple(choices))

    def expect_count(self, argument: str, value: Any, *counts: int) -> bool:
        """A list given for ``argument`` has one of these lengths."""
        if not isinstance(value, tuple) or len(value) in counts:
            return True
        allowed = f"{listed(counts)} number{'' if counts == (1,) else 's'}" if counts else "a number, not a list"
        self._bad_value(argument, value, allowed, counts=counts)
        return False

    def _bad_value(
        self,
        argument: str,
        value: Any,
        allowed: str,
        *,
        choices: tuple[Any, ...] = (),
        bounds: tuple[float, float] | None = None,
        counts: tuple[int, ...] | None = None,
        undefined: bool = False,
    ) -> None:
        value = list(value) if isinstance(value, tuple) else value
        shown = repr(value) if isinstance(value, str) else str(value)
        self.note(
            faults.BadValue(
                code="bad-value",
                message=f"{{layer}} is a {self.type} with {argument} = {shown}; it has to be {allowed}",
                argument=argument,
                expected=allowed,
                received=value,
                choices=choices,
                bounds=bounds,
                counts=counts,
                undefined=undefined,
            )
        )

    def require_dim(self, argument: str, dim: int, rank: int) -> int:
        """The axis that ``dim`` names, counted from 0; a tensor without axes takes 0 and -1."""
        span = max(rank, 1)
        if not -span <= dim < span:
            self.reject(
                faults.DimOutOfRange(
                    code="dim-out-of-range",
                    message=f"{{layer}} is a {self.type} with {argument} = {dim}, but the tensor that arrives has "
                    f"{rank} axes, so {argument} has to be from {-span} to {span - 1}",
                    argument=argument,
                    input=0,
                    expected=[-span, span - 1],
                    received=dim,
                    rank=rank,
                )
            )
        return dim % span

    def require_dims(self, argument: str, dims: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
        """The axes that ``dims`` names, counted from 0, in the order given and each named once."""
        listed_dims = dims if isinstance(dims, tuple) else (dims,)
        axes = tuple(self.require_dim(argument, dim, rank) for dim in listed_dims)
        if len(set(axes)) < len(axes):
            self._bad_value(argument, listed_dims, "a list that names no axis twice")
            raise Rejection
        return axes

    def expect_dtype(self, tensor: Tensor, allowed: frozenset[str], *, input: int = 0, undefined: bool = False) -> bool:
        """The tensor's element type is one of these; whether it is."""
        if tensor.dtype in allowed:
            return True
        self.note(
            faults.WrongDType(
                code="wrong-dtype",
                message=f"{{layer}} is a {self.type} and computes with {listed(sorted(allowed))}, "
                f"but {tensor.dtype} arrives",
                input=input,
                expected=sorted(allowed),
                received=tensor.dtype,
                allowed=allowed,
                tensor=tensor,
                undefined=undefined,
            )
        )
        return False

    def require_broadcast(self, *tensors: Tensor) -> Shape:
        """The shape to which the tensors broadcast."""
        shapes = [tensor.shape for tensor in tensors]
        shape = broadcast(*shapes)
        if shape is None:
            self.disagree(
                f"{{layer}} is a {self.type} of {listed([written(s) for s in shapes], 'and')}, which do not broadcast: "
                "counted from the last axis, sizes have to be equal or 1",
                *tensors,
                axis=clashing_axis(*shapes),
            )
            raise Rejection
        return shape

    def refuse_channels_last(self, tensor: Tensor) -> None:
        """The tensor is laid out in a memory format that PyTorch's kernel does not know."""
        self.refuse(
            "memory-format",
            f"{{layer}} is a {self.type}, and {tensor} arrives laid out in memory as in channels_last, which PyTorch's "
            "kernel refuses for so many axes",
            expected="another memory format, as contiguous() gives",
            received="channels_last",
        )

    def disagree(
        self,
        message: str,
        *tensors: Tensor,
        axis: int | None = None,
        wanted: Shape | None = None,
        input: int | None = None,
        undefined: bool = False,
    ) -> None:
        """Several tensors that have to fit each other do not; ``wanted`` is the shape that the one concerned, which
        arrives as ``input``, would have to have."""
        self.note(
            faults.ShapesDisagree(
                code="shapes-disagree",
                message=message,
                input=input,
                expected=None if wanted is None else list(wanted),
                received=[list(tensor.shape) for tensor in tensors],
                shapes=tuple(tensor.shape for tensor in tensors),
                axis=axis,
                wanted=wanted,
                undefined=undefined,
            )
        )


def _axes(*counts: int) -> str:
    """What so many, or one of so many, are called."""
    return "axis" if counts == (1,) else "axes"
