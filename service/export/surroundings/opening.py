"""Functions of PyTorch that are written in Python, without their first lines, which hand the call over to a mode."""

from functools import cache
from types import FunctionType, SimpleNamespace
from typing import Any, Final

from torch import overrides

_QUESTIONS: Final = ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic")


@cache
def opened(function: FunctionType) -> FunctionType:
    """The function that goes on to compute, with calls that are handed over again."""
    answered = dict.fromkeys(_QUESTIONS, _never)
    surroundings = dict(function.__globals__) | answered
    # Some functions ask by way of the module.
    asking = SimpleNamespace(**vars(overrides) | answered)
    surroundings |= {name: asking for name, value in function.__globals__.items() if value is overrides}
    copy = FunctionType(function.__code__, surroundings, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _never(*_: Any) -> bool:
    return False
