"""Records every call of a PyTorch function: as an operation, as a write, or as what it consists of."""

from typing import Any, Final

import torch
from torch.overrides import TorchFunctionMode

from service.export.problems import InexpressibleError, UnknownValuesError
from service.export.recording import writes
from service.export.recording.checks import passing_answer
from service.export.recording.functions import Function, described
from service.export.recording.kernels import looked_into
from service.export.recording.run import Run
from service.export.recording.unsaid import UNSAID, Unsaid
from service.export.surroundings.moving import CLAIMED, held, is_transformed, replaced
from service.export.surroundings.opening import opened

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

_YES_OR_NO: Final = frozenset({"__bool__", "equal", "allclose", "is_nonzero"})
"""Those of them that return true or false whatever they are given."""

_MAKERS: Final = frozenset(
    {"tensor", "as_tensor", "from_numpy", "asarray", "new_tensor", "scalar_tensor", "frombuffer"}
)
"""Functions that make tensors of Python's numbers."""

_NOTHING: Final = frozenset(
    {"cpu", "cuda", "xpu", "pin_memory", "requires_grad", "retain_grad", "share_memory", "resolve_conj", "resolve_neg"}
)
"""Methods that change nothing that a document speaks of."""


class Recorder(TorchFunctionMode):
    """Sees every function that a model calls, runs it on ``meta`` and notes what it is in a document."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run
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
        if func is torch.Tensor.type:
            return self.typed(*args, **kwargs)
        if self.run.quiet:
            return self.run.perform(func, args, kwargs)
        unsaid = self.unsaid(function, args, kwargs)
        if unsaid is not None:
            return self.run.unknown(func, unsaid.reason, unsaid.result)
        if function.name in _ABOUT_NUMBERS:
            return self.answered(func, args, kwargs)
        if function.name in _MAKERS:
            return self.made(func, args, kwargs)
        try:
            return self.recorded(func, function, args, kwargs)
        except InexpressibleError as reason:
            return self.run.unknown(func, str(reason), self.run.perform(func, args, kwargs))

    def unsaid(self, function: Function, args: Any, kwargs: Any) -> Unsaid | None:
        """What stands in for what no document says; none if the call is none of these."""
        if function.name not in UNSAID:
            return None
        with torch._C.DisableTorchFunction():  # noqa: SLF001
            return UNSAID[function.name](*args, **kwargs)

    def attribute(self, func: Any, function: Function, args: Any) -> Any:
        """An attribute of a tensor is read or set."""
        run = self.run
        if function.access == "set":
            if function.name == "detach" and not run.quiet:  # tensor.data = …
                run.storages.write(run.known(args[0]), writes.fitted(run, run.value(args[1]), args[0]))
            return None
        if function.name == "device":
            return CLAIMED
        if function.name in ("is_meta", "is_cpu"):
            return function.name == "is_cpu"
        found = func(*map(run.moved, args))
        return found if run.quiet or not isinstance(found, torch.Tensor) else self.recorded(func, function, args, {})

    def typed(self, tensor: torch.Tensor, dtype: Any = None, **_: Any) -> Any:
        """``Tensor.type``: what a tensor is called, such as ``torch.FloatTensor``, or it as one that is called so."""
        told = torch.empty(0, dtype=tensor.dtype, device=CLAIMED).type(dtype)
        return told if dtype is None else self.__torch_function__(torch.Tensor.to, (), (tensor, told.dtype))

    def answered(self, func: Any, args: Any, kwargs: Any) -> Any:
        """A question about numbers, if they are known."""
        try:
            return func(*replaced(args, self.run.number), **kwargs)
        except UnknownValuesError as error:
            passing = passing_answer() if _is_yes_or_no(func, args) else None
            return self.run.unanswered(func, str(error), args, kwargs) if passing is None else passing

    def made(self, func: Any, args: Any, kwargs: Any) -> Any:
        """A tensor of numbers that Python computed."""
        kwargs = {name: value for name, value in kwargs.items() if name != "device"}
        if func is torch.Tensor.new_tensor:
            # Of the tensor only the element type matters.
            func, args, kwargs = torch.tensor, args[1:], {"dtype": args[0].dtype, **kwargs}
        if args and isinstance(args[0], torch.Tensor) and func in (torch.as_tensor, torch.asarray):
            return args[0] if kwargs.get("dtype") is None else self.__torch_function__(
                torch.Tensor.to, (), (args[0], kwargs["dtype"])
            )  # fmt: skip
        try:
            made = func(*replaced(args, self.run.number), **kwargs)
        except UnknownValuesError as error:
            made = self.run.unanswered(func, str(error), args, kwargs)
        return self.run.moved(made)

    def recorded(self, func: Any, function: Function, args: Any, kwargs: Any) -> Any:
        """A call in the words of a document, with what it returns on ``meta``."""
        if function.name in ("getitem", "__setitem__"):
            args = (args[0], self.index(args[1]), *args[2:])
        if any(map(is_transformed, held((args, kwargs)))):
            return looked_into(self.run, func, args, kwargs, "")
        if kwargs.get("out") is not None:
            rest = {name: value for name, value in kwargs.items() if name != "out"}
            return writes.into(self.run, kwargs["out"], self.recorded(func, function, args, rest))
        if function.in_place or function.name == "__setitem__":
            written = writes.recorded(self.run, func, function, args, kwargs)
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
            expression, args, kwargs = self.run.expression(function, args, kwargs)
        except InexpressibleError as reason:
            if function.source is None or function.source in self.opening:
                # Some functions hand a call over whatever they are told; their kernels are seen.
                return looked_into(self.run, func, args, kwargs, str(reason))
            self.opening.append(function.source)
            try:
                with self:
                    return opened(function.source)(*args, **kwargs)
            finally:
                self.opening.pop()
        if getattr(expression.layer, "inplace", False):
            return writes.overwritten(self.run, args[0], expression)
        return self.run.carried_out(func, function, expression, args, kwargs)


def _is_yes_or_no(func: Any, args: Any) -> bool:
    """Whether a question about numbers is answered by true or false."""
    name = func.__name__
    return name in _YES_OR_NO or (name == "item" and args[0].dtype == torch.bool)
