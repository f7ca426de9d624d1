"""How ``forward`` takes its inputs: read off its signature, checked against what a document passes."""

import inspect
from collections.abc import Callable, Container, Mapping
from typing import Any, NamedTuple, NoReturn

from service.core.faults import TupleArrives, WrongInputs, listed
from service.core.sizes import is_unknown
from service.core.tensors import NOTHING, Tensor, Value, is_tuple, tensors_in
from service.layers.call import Call


class Parameter(NamedTuple):
    """A parameter of ``forward`` that takes a tensor, or a tuple of them."""

    name: str
    required: bool
    takes_tuple: bool
    takes_none: bool


class Signature(NamedTuple):
    """The parameters of a layer's ``forward`` behind ``self`` and ``call``."""

    parameters: tuple[Parameter, ...]
    variadic: bool
    required: int
    keyword_only: int = 0
    """How many of the last parameters are passed by name only, for PyTorch has other arguments in between."""

    @classmethod
    def of(cls, forward: Callable[..., Value], *, none_is_absent: bool = True) -> "Signature":
        """Reads it off the annotations: ``Tensor`` takes a tensor only, ``Value`` also a tuple; what may be left out
        may be None, unless ``none_is_absent`` is false."""
        parameters = list(inspect.signature(forward).parameters.values())[2:]
        named = tuple(
            Parameter(
                parameter.name,
                parameter.default is parameter.empty,
                takes_anything := "Value" in str(parameter.annotation) or parameter.annotation == Value,
                takes_anything if parameter.default is parameter.empty else none_is_absent,
            )
            for parameter in parameters
            if parameter.kind is not parameter.VAR_POSITIONAL
        )
        by_name = [parameter for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]
        required = sum(parameter.required for parameter in named)
        return cls(named, len(named) < len(parameters), required, len(by_name))

    def call(self, forward: Callable[..., Value], call: Call, arguments: tuple[Any, ...]) -> Value:
        """What ``forward`` returns for bound arguments."""
        if not self.keyword_only:
            return forward(call, *arguments)
        names = [parameter.name for parameter in self.parameters[-self.keyword_only :]]
        named = dict(zip(names, arguments[-self.keyword_only :], strict=True))
        return forward(call, *arguments[: -self.keyword_only], **named)

    def bind(
        self, call: Call, inputs: tuple[Value, ...], keywords: Mapping[str, Value], given: Container[str]
    ) -> tuple[Any, ...]:
        """The arguments of ``forward`` in order; faults where the inputs don't fit it, or stand for what is ``given``
        as a number already."""
        if len(inputs) == 1 == len(self.parameters) and not keywords and type(inputs[0]) is Tensor:
            return inputs
        if self.variadic:
            if keywords:
                self._refuse(call, len(inputs), list(keywords), [])
            return inputs
        arguments: list[Any] = list(inputs)
        names = tuple(parameter.name for parameter in self.parameters)
        unknown = [name for name in keywords if name not in names[len(inputs) :] or name in given]
        missing = [
            parameter.name
            for parameter in self.parameters[len(inputs) :]
            if parameter.required and parameter.name not in keywords
        ]
        if len(inputs) > len(names) - self.keyword_only or unknown or missing:
            self._refuse(call, len(inputs), unknown, missing)
        arguments += [keywords.get(name) for name in names[len(inputs) :]]
        for position, (parameter, argument) in enumerate(zip(self.parameters, arguments, strict=True)):
            if not parameter.takes_tuple and is_tuple(argument):
                refuse_tuple(call, position, argument)
            if argument is NOTHING:
                if not parameter.takes_none:
                    refuse_nothing(call, position, names, self.required)
                arguments[position] = argument if parameter.required else None
        return tuple(arguments)

    def _refuse(self, call: Call, given: int, unknown: list[str], missing: list[str]) -> None:
        names = tuple(parameter.name for parameter in self.parameters)
        takes = f"takes {listed(names, 'and') if names else 'no inputs'}"
        if unknown:
            problem = f"{listed(unknown, 'and')} is not an input of it, or is given twice"
        elif missing:
            problem = f"{listed(missing, 'and')} {'is' if len(missing) == 1 else 'are'} missing"
        else:
            problem = f"{given} are given"
        call.reject(
            WrongInputs(
                code="missing-input" if missing else "unexpected-input",
                message=f"{{layer}} is a {call.type} and {takes}; {problem}",
                expected=list(names),
                received=given,
                names=names,
                required=self.required,
            )
        )


def refuse_nothing(call: Call, position: int, names: tuple[str, ...] = ("tensors",), required: int = 1) -> NoReturn:
    """Refuses None where a tensor is needed."""
    call.reject(
        WrongInputs(
            code="missing-input",
            message=f"{{layer}} is a {call.type} and takes a tensor, but {{input}} is None",
            input=position,
            expected="a tensor",
            received=None,
            names=names,
            required=required,
        )
    )


def refuse_tuple(call: Call, position: int, value: tuple[Value, ...]) -> NoReturn:
    """Refuses a tuple where a tensor is needed."""
    members = _members(value)
    known = not any(map(is_unknown, tensors_in(value)))
    call.reject(
        TupleArrives(
            code="tuple-input",
            message=f"{{layer}} is a {call.type} and takes a tensor, but {{input}} returns a tuple of "
            f"{len(value)}{f': {described(value)}' if known else ''}",
            input=position,
            expected="a tensor",
            received=f"a tuple of {len(value)}",
            members=members,
        )
    )


def _members(value: Value, path: str = "") -> tuple[str, ...]:
    if not is_tuple(value):
        return (path,)
    return tuple(member for index, part in enumerate(value) for member in _members(part, f"{path}[{index}]"))


def described(value: Value) -> str:
    """A nested value as Python would print its shapes: ``([5, 3, 20], ([1, 3, 20], [1, 3, 20]))``."""
    return f"({', '.join(map(described, value))})" if is_tuple(value) else str(value)
