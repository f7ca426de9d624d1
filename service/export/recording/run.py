"""A run on the ``meta`` device: the tensors that it has by now, where they come from, and what was applied to them."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

import torch

from service.export.problems import (
    INEXPRESSIBLE,
    NUMBERS_NEEDED,
    ExportError,
    InexpressibleError,
    Problem,
    UnknownValuesError,
    ValuesNeededError,
)
from service.export.recording.calling import as_called
from service.export.recording.constants import constant
from service.export.recording.expressing import Expression, expressed
from service.export.recording.functions import Function
from service.export.recording.knowledge import MOST_ELEMENTS, numbers_of
from service.export.recording.ruling import told_by_rule
from service.export.recording.storages import Storages
from service.export.surroundings.moving import alike, held, on_meta, replaced, with_device
from service.export.trace import Applied, Frame, Node, Owned, Unit, Value, tensors_in
from service.verification.modules import function_of, real

_PASSING: Final = frozenset(
    {"to", "type_as", "float", "double", "half", "bfloat16", "long", "int", "bool", "contiguous", "reshape",
     "view_as", "expand_as", "ravel", "positive", "atleast_1d", "atleast_2d", "atleast_3d", "real", "broadcast_to"}
)  # fmt: skip
"""Operations that are left out where they return the very tensor that they take."""

_ALIASES: Final = frozenset({"alias", "lift_fresh", "data", "detach"})
"""Operations that return what they take, as another Python object."""

_MOST_GUESSES: Final = 16
"""So often one place may ask for unknown numbers; a loop that they never end is left then."""


class Run:
    """What is known while a model runs."""

    def __init__(
        self, frame: Frame, owned: Mapping[int, Owned], constants: set[int], *, guessing: bool = False
    ) -> None:
        """``owned`` are the model's weights and ``constants`` its other tensors on ``meta``, by identity.

        If ``guessing``, the run goes on behind a question about unknown numbers, as if all of them were ones.
        """
        self.guessing = guessing
        self.frame = frame
        """The call of a module that is gone through at the moment."""
        self.owned, self.constants = owned, constants
        self.quiet = 0
        """How many layers deep nothing is noted, since the whole layer is."""
        self.storages = Storages(self.apply)
        self.twins: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        """What stands on ``meta`` for a tensor that is elsewhere, by its identity, with that tensor."""
        self.looked_into: Any = None
        """The compiled function whose kernels are seen at the moment."""
        self.problems: list[Problem] = []
        self.questions: set[Problem] = set()
        """Those problems that are questions about unknown numbers."""

    def failure(self, *ended: Problem) -> ExportError:
        """Everything that stands in the way."""
        only_numbers = self.questions.issuperset(self.problems)
        return ExportError(NUMBERS_NEEDED if only_numbers else INEXPRESSIBLE, (*self.problems, *ended))

    def value(self, tensor: torch.Tensor) -> Value:
        """What a tensor is by now."""
        return self.storages.read(self.known(tensor))

    def known(self, tensor: torch.Tensor) -> torch.Tensor:
        """A tensor on ``meta`` of which it is known where it comes from."""
        moved = self.moved(tensor)
        if not self.storages.knows(moved):
            self.introduce(moved, moved)
        return moved

    def moved(self, tensor: torch.Tensor) -> torch.Tensor:
        """What stands for a tensor on ``meta``."""
        if tensor.is_meta:
            return tensor
        if id(tensor) not in self.twins:
            twin = alike(tensor)
            self.twins[id(tensor)] = (tensor, twin)
            self.introduce(tensor, twin)
        return self.twins[id(tensor)][1]

    def introduce(self, tensor: torch.Tensor, moved: torch.Tensor) -> None:
        """A tensor that no call returned: a weight, or a constant."""
        owned = self.owned.get(id(tensor))
        if owned is not None:
            owned.result = moved
            self.storages.add(moved, Value(owned))
            return
        known = self.storages.found_by_memory(moved)
        if known is not None:
            self.storages.add_alias(moved, known)
            return
        if tensor.is_meta and id(tensor) not in self.constants:
            if self.problems:
                # It may well come from what is told already.
                self.storages.add(moved, Value(Node(moved)))
                return
            self.stop(
                torch.Tensor, "a tensor comes from where PyTorch shows no mode what is computed, such as TorchScript"
            )
        node = constant(tensor, moved)
        self.frame.items.append(node)
        self.storages.add(moved, Value(node))

    def number(self, tensor: torch.Tensor) -> torch.Tensor:
        """A tensor in numbers."""
        return numbers_of(self.value(tensor))

    def number_if_known(self, tensor: torch.Tensor) -> Any:
        """A Python number for a tensor without axes, if it is known."""
        try:
            return tensor if tensor.dim() else self.number(tensor).item()
        except UnknownValuesError:
            return tensor

    def expression(self, function: Function, args: Any, kwargs: Any) -> tuple[Expression, Any, Any]:
        """The call in the words of a document, with known numbers in place of tensors where it needs them."""
        try:
            return expressed(function, *replaced((args, kwargs), self.value)), args, kwargs
        except InexpressibleError:
            numbers = replaced((args, kwargs), self.number_if_known)
            if sum(1 for _ in held(numbers)) == sum(1 for _ in held((args, kwargs))):
                raise
            try:
                return expressed(function, *replaced(numbers, self.value)), *numbers
            except InexpressibleError:
                pass
            raise

    def carried_out(self, func: Any, function: Function, expression: Expression, args: Any, kwargs: Any) -> Any:
        """Runs a call that can be expressed, and notes it unless it returned what it took."""
        try:
            result = self.perform(func, args, kwargs)
        except (NotImplementedError, RuntimeError) as error:
            result = told_by_rule(expression)
            if result is None:
                return self.computed(func, args, kwargs, error)
        if isinstance(result, torch.Tensor):
            result = alike(result)  # Not every function that takes a device is known for it.
        taken = next(held((args, kwargs)), None)
        if result is (None if taken is None else self.known(taken)) and function.name in _PASSING:
            return result
        if function.name in _ALIASES and taken is not None:
            self.storages.add_alias(result, self.known(taken))
            return result
        return self.noted(expression, result, None, args, kwargs)

    def perform(self, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """The call itself, on ``meta``."""
        moved = on_meta(replaced(args, self.moved))
        return func(*moved, **with_device(func, replaced(kwargs, self.moved)))

    def computed(self, func: Any, args: Any, kwargs: Any, error: Exception) -> Any:
        """What is returned depends on numbers: it is a constant, if they are known."""
        if not _is_for_want_of_numbers(error):
            raise error
        try:
            result = func(*replaced(args, self.number), **kwargs)
        except UnknownValuesError as unknown:
            reason = f"the size of what it returns {unknown}".replace(" it depends", " depends")
            result = self.unanswered(func, reason, args, kwargs)
        return replaced(result, self.moved)

    def unanswered(self, func: Any, reason: str, args: Any, kwargs: Any) -> Any:
        """What is answered to a question about numbers that nobody knows, so as to find what else stands in the way.

        Raises :class:`ValuesNeededError` unless guessing helps.
        """
        self.problem(func, reason)
        self.questions.add(self.problems[-1])
        tensors = list(held((args, kwargs)))
        if (
            not self.guessing
            or self.problems.count(self.problems[-1]) > _MOST_GUESSES
            or sum(tensor.numel() for tensor in tensors) > MOST_ELEMENTS
        ):
            raise ValuesNeededError(NUMBERS_NEEDED, self.problems)
        return _computed_on(torch.ones, func, args, kwargs)

    def guessed(self, func: Any, args: Any, kwargs: Any) -> Any:
        """What a call returns, on zeros if PyTorch has it not on ``meta``; so what else stands in the way is found."""
        try:
            return self.perform(func, args, kwargs)
        except (NotImplementedError, RuntimeError) as error:
            if not _is_for_want_of_numbers(error):
                raise
            return replaced(_computed_on(torch.zeros, func, args, kwargs), self.moved)

    def noted(self, expression: Expression, result: Any, unit: Unit | None, *arguments: Any) -> Any:
        """Notes what was applied, and knows the tensors that it returned from now on."""
        inputs = tuple(map(self.operand, expression.inputs))
        keywords = {name: self.operand(value) for name, value in expression.keywords.items()}
        node = Applied(expression.layer, inputs, keywords, result, unit)
        self.frame.items.append(node)
        if isinstance(result, torch.Tensor) and self.storages.knows(result):
            result = node.result = result.detach()
        by_value = {self.value(tensor): self.known(tensor) for tensor in held(arguments)}
        takes = tuple(by_value.get(value, value.tensor) for value in inputs)
        for path, tensor in tensors_in(result):
            self.storages.add_result(tensor, Value(node, path), takes)
        return result

    def operand(self, operand: Any) -> Value:
        """A value; a number becomes a tensor without axes."""
        if isinstance(operand, Value):
            return operand
        return self.value(torch.tensor(operand))

    def apply(self, expression: Expression) -> Value:
        """Applies an operation that nobody called, but which says what was done."""
        layer = expression.layer
        inputs = tuple(map(self.operand, expression.inputs))
        keywords = {name: self.operand(value) for name, value in expression.keywords.items()}
        arguments, given = layer.called_with(*(value.tensor for value in inputs), named=keywords)
        given = with_device(function_of(layer), {name: real(value, name) for name, value in given.items()})
        result = function_of(layer)(*arguments, **given, **{name: value.tensor for name, value in keywords.items()})
        node = Applied(layer, inputs, keywords, result, None)
        self.frame.items.append(node)
        return Value(node)

    def unknown(self, func: Any, reason: str | None, result: Any) -> Any:
        """Notes that a call cannot be expressed, and goes on so as to find the others.

        Without a reason it only follows from a call of which that is noted.
        """
        if reason is not None:
            self.problem(func, reason)
        node = Node(result)
        for path, tensor in tensors_in(result):
            if tensor.is_meta and not self.storages.knows(tensor):
                self.storages.add(tensor, Value(node, path))
        return result

    def problem(self, func: Any, reason: str) -> None:
        """Notes a problem with the call of a function, or with what a text names."""
        name, place = as_called(self.looked_into or func)
        self.problems.append(Problem(self.module_name(), place, name, reason))

    def stop(self, func: Any, reason: str) -> NoReturn:
        """Gives up: without an answer the model cannot go on."""
        self.problem(func, reason)
        raise ValuesNeededError(NUMBERS_NEEDED, self.problems)

    def module_name(self) -> str:
        """The innermost module that has a name."""
        frame: Frame | None = self.frame
        while frame is not None and frame.unit.name is None:
            frame = frame.parent
        return "" if frame is None else frame.unit.name or ""


def _is_for_want_of_numbers(error: Exception) -> bool:
    """Whether a call fails only because there are no numbers on ``meta``."""
    return isinstance(error, NotImplementedError) or "meta" in str(error).lower()


def _computed_on(filled: Callable[..., torch.Tensor], func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What a function makes of tensors of zeros or ones, on the CPU, in place of those whose numbers nobody knows."""
    with torch._C.DisableTorchFunction():  # noqa: SLF001
        args, kwargs = replaced((args, kwargs), lambda each: filled(each.shape, dtype=each.dtype, device="cpu"))
        return func(*args, **kwargs)
