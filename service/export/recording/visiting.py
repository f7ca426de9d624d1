"""Calls of modules during a recorded run: which are layers of the catalogue, and which are looked into."""

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import torch
from torch.nn import Module
from torch.nn.modules import module as every

from service.export.problems import InexpressibleError
from service.export.recording.expressing import Expression, made
from service.export.recording.modules import inherited, layer_of
from service.export.recording.run import Run
from service.export.surroundings.lazy import initialize, is_waiting
from service.export.surroundings.moving import held, is_transformed, replaced
from service.export.surroundings.replacing import put_in
from service.export.trace import Applied, Frame, Unit, Value
from service.layers.base import Layer

Call = Callable[..., Any]
_unseen: Final = torch._C.DisableTorchFunction  # noqa: SLF001
"""Within, what is done to tensors is not recorded."""


class Visitor:
    """Stands in for ``Module.__call__`` during a run."""

    def __init__(self, run: Run, names: Mapping[Module, str], entered: Callable[[int], None]) -> None:
        """``entered`` is called with the number of modules that are called together."""
        self.run, self.names, self.entered = run, names, entered
        self.layers: dict[Module, Layer | None] = {}
        with torch.device("meta"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.layers |= {module: layer_of(module) for module in names}
        self.first: dict[Module, Layer] = {}
        """Layers as they were applied first."""
        self.unlike: set[Module] = set()
        """Modules that were called and did something else than a layer."""

    @contextmanager
    def visiting(self) -> Iterator[None]:
        """Within, every call of a module comes here.

        What ``Module.__call__`` calls is replaced, as ``__call__`` itself would be in every class of modules there is.
        """
        call = Module._call_impl  # noqa: SLF001

        def visited(module: Module, /, *args: Any, **kwargs: Any) -> Any:
            return self.visit(call, module, args, kwargs)

        for module in self.names:
            if module._compiled_call_impl is not None:  # noqa: SLF001
                module._compiled_call_impl = None  # noqa: SLF001
        with put_in({"torch.nn.Module._call_impl": visited}):
            yield

    def visit(self, call: Call, module: Module, args: Any, kwargs: Any) -> Any:
        """One call."""
        if self.run.quiet:
            return call(module, *args, **kwargs)
        self.entered(1)
        with _unseen():
            if is_waiting(module):
                initialize(module, *replaced((args, kwargs), self.run.moved))
                self.layers.pop(module, None)
            expression = self.expression(module, args, kwargs)
        if expression is None:
            return self.looked_into(call, module, args, kwargs)
        self.entered(sum(1 for _ in module.modules()) - 1)
        if _is_hooked(module):
            return self.with_hooks(call, module, args, kwargs)
        return self.applied(call, module, expression, args, kwargs)

    def with_hooks(self, call: Call, module: Module, args: Any, kwargs: Any) -> Any:
        """A layer whose hooks may change what it takes and returns."""

        def forward(*args: Any, **kwargs: Any) -> Any:
            del vars(module)["forward"]
            with _unseen():
                expression = self.expression(module, args, kwargs)
            if expression is None:
                return module.forward(*args, **kwargs)
            return self.applied(type(module).forward, module, expression, args, kwargs)

        vars(module)["forward"] = forward
        try:
            return call(module, *args, **kwargs)
        finally:
            vars(module).pop("forward", None)

    def looked_into(self, call: Call, module: Module, args: Any, kwargs: Any) -> Any:
        """A module that is described by what happens within."""
        run = self.run
        frame = Frame(Unit(module, self.names.get(module)), run.frame)
        with _unseen():
            storages = run.storages
            frame.arguments = [storages.read(tensor) for tensor in held((args, kwargs)) if storages.knows(tensor)]
        run.frame.items.append(frame)
        run.frame = frame
        result = call(module, *args, **kwargs)
        # Not in a finally clause: if something fails, the frame tells where.
        run.frame = frame.parent or frame
        if module not in self.unlike and not self.is_layer_after_all(frame, args, kwargs):
            self.unlike.add(module)
        return result

    def is_layer_after_all(self, frame: Frame, args: Any, kwargs: Any) -> bool:
        """Whether a forward pass did what that of PyTorch's class does which it stands in for; if so, it is told so."""
        parent, module = frame.parent, frame.unit.module
        if parent is None or len(frame.items) != 1 or not isinstance(frame.items[0], Applied):
            return False
        with _unseen():
            found = inherited(module)
            expression = None if found is None else self.as_layer(module, found[1], found[0].forward, args, kwargs)
        if found is None or expression is None:
            return False
        done = frame.items[0]
        if list(map(_told, self.tried(frame, found[0], args, kwargs))) != [_told(done)]:
            return False
        done.layer, done.inputs, done.keywords = expression.layer, expression.inputs, expression.keywords  # type: ignore[assignment]
        done.module = frame.unit
        parent.items[-1] = done
        return True

    def tried(self, frame: Frame, base: type[Module], args: Any, kwargs: Any) -> list[Applied | Frame]:
        """What a class's own forward pass does, which is noted nowhere."""
        run = self.run
        told, run.storages.closed = len(run.problems), True
        run.frame = Frame(frame.unit, None)
        try:
            base.forward(frame.unit.module, *args, **kwargs)
            return run.frame.items if len(run.problems) == told else []
        except Exception:
            return []
        finally:
            run.frame, run.storages.closed = frame.parent or frame, False
            del run.problems[told:]

    def applied(self, call: Call, module: Module, expression: Expression, args: Any, kwargs: Any) -> Any:
        """A layer of the catalogue."""
        run = self.run
        with _unseen():
            taken = next(held((args, kwargs)), None)
            args, kwargs = replaced((args, kwargs), run.moved)
        run.quiet += 1
        try:
            result = call(module, *args, **kwargs)
        finally:
            run.quiet -= 1
        unit = Unit(module, self.names.get(module))
        with _unseen():
            if getattr(expression.layer, "inplace", False) and taken is not None and result is run.moved(taken):
                run.noted(expression, result.detach(), unit, args, kwargs)
                run.storages.write(run.known(taken), Value(run.frame.items[-1]))  # type: ignore[arg-type]
                return result
            return run.noted(expression, result, unit, args, kwargs)

    def expression(self, module: Module, args: Any, kwargs: Any) -> Expression | None:
        """The module in the words of a document; none if it has to be looked into."""
        if module not in self.layers:
            self.layers[module] = layer_of(module)
        layer = self.layers[module]
        return None if layer is None else self.as_layer(module, layer, type(module).forward, args, kwargs)

    def as_layer(self, module: Module, layer: Layer, forward: Call, args: Any, kwargs: Any) -> Expression | None:
        """A call of a layer, if its weights and arguments are such as a document can say."""
        if module in self.unlike or not self.is_itself(module) or any(map(is_transformed, held((args, kwargs)))):
            return None
        if any(part is not module and _is_hooked(part) for part in module.modules()):
            return None
        try:
            arguments = _signature(forward).bind(module, *args, **kwargs).arguments
            expression = self.called(layer, dict(list(arguments.items())[1:]))
        except (InexpressibleError, TypeError):
            return None
        return expression if self.first.setdefault(module, expression.layer) == expression.layer else None

    def is_itself(self, module: Module) -> bool:
        """Whether its weights are its own, and what they were when it was built."""
        run, name = self.run, self.names.get(module)
        if name == "" and any(True for _ in (*module.parameters(), *module.buffers())):
            # A document has no name for the model as a whole, of which the weights are.
            return False
        for key, tensor in (*module.named_parameters(), *module.named_buffers()):
            owned = run.owned.get(id(tensor))
            if name is None or owned is None or owned.name != f"{name}.{key}".lstrip("."):
                return False
            if run.storages.was_written(run.moved(tensor)):
                return False
        return True

    def called(self, layer: Layer, arguments: dict[str, Any]) -> Expression:
        """A layer with what a call passes to its ``forward``."""
        signature, chosen = layer.signature(), {}
        inputs: list[Value] = []
        keywords: dict[str, Value] = {}
        names = [parameter.name for parameter in signature.parameters]
        by_place = names[: len(names) - signature.keyword_only]
        for name, value in arguments.items():
            tensors = list(held(value))
            if name in layer.forward_arguments:
                chosen[name] = value
            elif value is None:
                continue
            elif not tensors or any(isinstance(part, torch.nn.utils.rnn.PackedSequence) for part in (value,)):
                raise InexpressibleError(f"{name} is no tensor")
            elif name in names and by_place[len(inputs) : len(inputs) + 1] != [name]:
                keywords[name] = self.run.value(tensors[0])
            else:
                inputs += map(self.run.value, tensors)
        if chosen:
            layer = made(type(layer), {**layer.given(), **chosen})
        return Expression(layer, tuple(inputs), keywords)  # type: ignore[arg-type]


def _told(item: Applied | Frame) -> tuple[object, ...]:
    """What an operation is and takes."""
    return (item.layer, item.inputs, item.keywords) if isinstance(item, Applied) else (item,)


def _is_hooked(module: Module) -> bool:
    """Whether what a module takes or returns may be changed on the way."""
    own = module._forward_hooks or module._forward_pre_hooks  # noqa: SLF001
    return bool(own or every._global_forward_hooks or every._global_forward_pre_hooks)  # noqa: SLF001


@cache
def _signature(forward: Call) -> inspect.Signature:
    return inspect.signature(forward)
