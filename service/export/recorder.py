"""Records every call of a PyTorch function during a run on the ``meta`` device."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

import torch
from torch.overrides import TorchFunctionMode

from service.export import writes
from service.export.constants import constant
from service.export.expressing import Expression, expressed
from service.export.functions import Function, described
from service.export.kernels import looked_into
from service.export.knowledge import numbers_of
from service.export.moving import CLAIMED, held, on_meta, replaced, with_device
from service.export.opening import opened
from service.export.problems import (
    InexpressibleError,
    Problem,
    UnknownValuesError,
    ValuesNeededError,
    place_of_call,
)
from service.export.ruling import told_by_rule
from service.export.storages import Storages
from service.export.trace import Applied, Frame, Node, Owned, Unit, Value, tensors_in
from service.verification.modules import function_of, real

_ABOUT_SHAPES: Final = frozenset(
    {
        "size", "dim", "numel", "nelement", "stride", "storage_offset", "element_size", "ndimension", "is_contiguous",
        "is_floating_point", "is_complex", "is_signed", "get_device", "is_same_size", "result_type", "can_cast",
        "promote_types", "__len__", "__hash__", "__repr__", "__format__", "__dir__", "__reduce_ex__", "data_ptr",
        "untyped_storage", "storage", "is_inference", "is_tensor", "is_nested", "_set_grad_enabled", "dim_order",
        "broadcast_shapes", "is_storage", "_is_view", "is_conj", "is_neg", "has_names", "register_hook", "get_autocast",
    }
)  # fmt: skip
"""Functions that return no tensor."""

_ABOUT_NUMBERS: Final = frozenset(
    {"item", "tolist", "__bool__", "__int__", "__float__", "__complex__", "__index__", "numpy", "__array__", "equal",
     "allclose", "is_nonzero", "_local_scalar_dense"}
)  # fmt: skip
"""Functions that ask what a tensor consists of."""

_MAKERS: Final = frozenset(
    {"tensor", "as_tensor", "from_numpy", "asarray", "new_tensor", "scalar_tensor", "frombuffer"}
)
"""Functions that make tensors of Python's numbers."""

_NOTHING: Final = frozenset(
    {"cpu", "cuda", "xpu", "pin_memory", "requires_grad", "retain_grad", "share_memory", "resolve_conj", "resolve_neg"}
)
"""Methods that change nothing that a document speaks of."""

_PASSING: Final = frozenset(
    {"to", "type", "type_as", "float", "double", "half", "bfloat16", "long", "int", "bool", "contiguous", "reshape",
     "view_as", "expand_as", "ravel", "positive", "atleast_1d", "atleast_2d", "atleast_3d", "real", "broadcast_to"}
)  # fmt: skip
"""Operations that are left out where they return the very tensor that they take."""

_ALIASES: Final = frozenset({"alias", "lift_fresh", "data", "detach"})
"""Operations that return what they take, as another Python object."""


class Recorder(TorchFunctionMode):
    """Sees every function that a model calls, runs it on ``meta`` and notes what it is in a document."""

    def __init__(self, frame: Frame, owned: Mapping[int, Owned], constants: set[int]) -> None:
        """``owned`` are the model's weights and ``constants`` its other tensors on ``meta``, by identity."""
        super().__init__()
        self.frame = frame
        self.owned, self.constants = owned, constants
        self.quiet = 0
        """How many layers deep nothing is noted, since the whole layer is."""
        self.storages = Storages(self.apply)
        self.twins: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self.problems: list[Problem] = []
        self.opening: list[Any] = []
        """Functions written in Python that are followed at the moment, the innermost last."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        function = described(func)
        if function.access:
            return self.attribute(func, function, args)
        if function.name in _ABOUT_SHAPES:
            return func(*args, **kwargs)
        if function.name in _NOTHING:
            return args[0]
        if self.quiet:
            return self.run(func, args, kwargs)
        if function.name in _ABOUT_NUMBERS:
            return self.answered(func, args, kwargs)
        if function.name in _MAKERS:
            return self.made(func, args, kwargs)
        try:
            return self.recorded(func, function, args, kwargs)
        except InexpressibleError as reason:
            return self.unknown(func, str(reason), self.run(func, args, kwargs))

    def attribute(self, func: Any, function: Function, args: Any) -> Any:
        """An attribute of a tensor is read or set."""
        if function.access == "set":
            if function.name == "detach" and not self.quiet:  # tensor.data = …
                self.storages.write(self.known(args[0]), writes.fitted(self, self.value(args[1]), args[0]))
            return None
        if function.name == "device":
            return CLAIMED
        if function.name in ("is_meta", "is_cpu"):
            return function.name == "is_cpu"
        found = func(*map(self.moved, args))
        return found if self.quiet or not isinstance(found, torch.Tensor) else self.recorded(func, function, args, {})

    def answered(self, func: Any, args: Any, kwargs: Any) -> Any:
        """A question about numbers, if they are known."""
        try:
            return func(*replaced(args, self.number), **kwargs)
        except UnknownValuesError as error:
            self.stop(func, str(error))

    def number(self, tensor: torch.Tensor) -> torch.Tensor:
        """A tensor in numbers."""
        return numbers_of(self.value(tensor))

    def made(self, func: Any, args: Any, kwargs: Any) -> Any:
        """A tensor of numbers that Python computed."""
        kwargs = {name: value for name, value in kwargs.items() if name != "device"}
        if args and isinstance(args[0], torch.Tensor) and func in (torch.as_tensor, torch.asarray):
            return args[0] if kwargs.get("dtype") is None else self.__torch_function__(
                torch.Tensor.to, (), (args[0], kwargs["dtype"])
            )  # fmt: skip
        try:
            made = func(*replaced(args, self.number), **kwargs)
        except UnknownValuesError as error:
            self.stop(func, str(error))
        return self.moved(made)

    def recorded(self, func: Any, function: Function, args: Any, kwargs: Any) -> Any:
        """A call in the words of a document, with what it returns on ``meta``."""
        if function.name in ("getitem", "__setitem__"):
            args = (args[0], self.index(args[1]), *args[2:])
        if any(map(is_transformed, held((args, kwargs)))):
            return looked_into(self, func, args, kwargs, "")
        if function.in_place or function.name == "__setitem__" or kwargs.get("out") is not None:
            written = writes.recorded(self, func, function, args, kwargs)
            if written is not NotImplemented:
                return written
        return self.expressed(func, function, args, kwargs)

    def index(self, index: Any) -> Any:
        """What stands between brackets, with tensors in place of lists and numbers in place of tensors in slices."""
        if isinstance(index, tuple):
            return tuple(self.index(part) for part in index)
        if isinstance(index, (list, range)) or type(index).__module__ == "numpy":
            return torch.as_tensor(index if not isinstance(index, range) else list(index))
        if isinstance(index, slice):
            bounds = (index.start, index.stop, index.step)
            return slice(*(self.answered(int, (b,), {}) if isinstance(b, torch.Tensor) else b for b in bounds))
        return torch.tensor(index) if isinstance(index, bool) else index

    def expressed(self, func: Any, function: Function, args: Any, kwargs: Any) -> Any:
        """A call that makes something new."""
        try:
            expression, args, kwargs = self.expression(function, args, kwargs)
        except InexpressibleError as reason:
            if function.source is None or function.source in self.opening:
                # Some functions hand a call over whatever they are told; their kernels are seen.
                return looked_into(self, func, args, kwargs, str(reason))
            self.opening.append(function.source)
            try:
                with self:
                    return opened(function.source)(*args, **kwargs)
            finally:
                self.opening.pop()
        if getattr(expression.layer, "inplace", False):
            return writes.overwritten(self, args[0], expression)
        return self.carried_out(func, function, expression, args, kwargs)

    def carried_out(self, func: Any, function: Function, expression: Expression, args: Any, kwargs: Any) -> Any:
        """Runs a call that can be expressed, and notes it unless it returned what it took."""
        try:
            result = self.run(func, args, kwargs)
        except (NotImplementedError, RuntimeError) as error:
            result = told_by_rule(expression)
            if result is None:
                return self.computed(func, args, kwargs, error)
        taken = next(held((args, kwargs)), None)
        if result is (None if taken is None else self.known(taken)) and function.name in _PASSING:
            return result
        if function.name in _ALIASES and taken is not None:
            self.storages.add_alias(result, self.known(taken))
            return result
        return self.noted(expression, result, None, args, kwargs)

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

    def number_if_known(self, tensor: torch.Tensor) -> Any:
        """A Python number for a tensor without axes, if it is known."""
        try:
            return tensor if tensor.dim() else self.number(tensor).item()
        except UnknownValuesError:
            return tensor

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

    def run(self, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """The call itself, on ``meta``."""
        moved = on_meta(replaced(args, self.moved))
        return func(*moved, **with_device(func, replaced(kwargs, self.moved)))

    def moved(self, tensor: torch.Tensor) -> torch.Tensor:
        """What stands for a tensor on ``meta``."""
        if tensor.is_meta:
            return tensor
        if id(tensor) not in self.twins:
            twin = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")
            self.twins[id(tensor)] = (tensor, twin)
            self.introduce(tensor, twin)
        return self.twins[id(tensor)][1]

    def known(self, tensor: torch.Tensor) -> torch.Tensor:
        """A tensor on ``meta`` of which it is known where it comes from."""
        moved = self.moved(tensor)
        if not self.storages.knows(moved):
            self.introduce(moved, moved)
        return moved

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
            self.stop(
                torch.Tensor, "a tensor comes from where PyTorch shows no mode what is computed, such as TorchScript"
            )
        node = constant(tensor, moved)
        self.frame.items.append(node)
        self.storages.add(moved, Value(node))

    def value(self, tensor: torch.Tensor) -> Value:
        """What a tensor is by now."""
        return self.storages.read(self.known(tensor))

    def computed(self, func: Any, args: Any, kwargs: Any, error: Exception) -> Any:
        """What is returned depends on numbers: it is a constant, if they are known."""
        if not isinstance(error, NotImplementedError) and "meta" not in str(error).lower():
            raise error
        try:
            result = func(*replaced(args, self.number), **kwargs)
        except UnknownValuesError as unknown:
            self.stop(func, f"the size of what it returns {unknown}".replace(" it depends", " depends"))
        return replaced(result, self.moved)

    def guessed(self, func: Any, args: Any, kwargs: Any) -> Any:
        """What a call returns, on zeros if PyTorch has it not on ``meta``; so what else stands in the way is found."""
        try:
            return self.run(func, args, kwargs)
        except NotImplementedError:
            zeros = replaced((args, kwargs), lambda tensor: torch.zeros(tensor.shape, dtype=tensor.dtype))
            return replaced(func(*zeros[0], **zeros[1]), self.moved)

    def unknown(self, func: Any, reason: str, result: Any) -> Any:
        """Notes that a call cannot be expressed, and goes on so as to find the others."""
        self.problem(func, reason)
        node = Node(result)
        for path, tensor in tensors_in(result):
            if not self.storages.knows(tensor):
                self.storages.add(tensor, Value(node, path))
        return result

    def problem(self, func: Any, reason: str) -> None:
        """Notes a problem with the call."""
        name = _full_name(func)
        self.problems.append(Problem(self.module_name(), place_of_call(), name, reason))

    def stop(self, func: Any, reason: str) -> NoReturn:
        """Gives up: without an answer the model cannot go on."""
        self.problem(func, reason)
        raise ValuesNeededError("The model cannot be run without numbers:", self.problems)

    def module_name(self) -> str:
        """The innermost module that has a name."""
        frame: Frame | None = self.frame
        while frame is not None and frame.unit.name is None:
            frame = frame.parent
        return "" if frame is None else frame.unit.name or ""


def _full_name(func: Any) -> str:
    """What PyTorch calls a function."""
    known = None if isinstance(func, type) else torch.overrides.resolve_name(func)
    return known or getattr(func, "__qualname__", None) or str(func)


def is_transformed(tensor: torch.Tensor) -> bool:
    """Whether ``torch.func`` stands between the tensor and what is computed."""
    return torch._C._functorch.is_functorch_wrapped_tensor(tensor)  # noqa: SLF001
