"""What tensor operations share: a function of ``torch`` where layers have a class of ``torch.nn``."""

import sys
from collections.abc import Collection, Iterator
from functools import cache
from types import new_class
from typing import Any, ClassVar, Final, cast, get_args

from service.layers.arguments import number
from service.layers.base import COMMON_KEYS, Layer
from service.layers.inputs import Signature

NUMBERS: Final = frozenset({int, float, bool})


class Operation(Layer):
    """A function of ``torch`` or ``torch.nn.functional``, or a method of ``Tensor``.

    Its fields are the function's keywords besides the tensors, which ``forward`` takes from ``inputs``.
    """

    function: ClassVar[str]
    """The function's full name: ``torch.cat``, ``torch.nn.functional.pad``, ``torch.Tensor.view``."""
    behind_first: ClassVar[tuple[str, ...]] = ()
    """The arguments that the function takes by their place, which is right behind the first tensor."""
    null_is_absent: ClassVar[bool] = False
    """Whether an argument that is null is left out of the call, since no overload takes None for it; neither does any
    take None for a tensor."""
    none_is_absent: ClassVar[bool] = True
    """Whether None may arrive in the place of a tensor that may be left out."""
    is_owned: ClassVar[bool] = False
    """Whether it stands for a tensor that the model itself owns, so that the function only makes one alike."""

    @classmethod
    @cache
    def signature(cls) -> Signature:
        return Signature.of(cls.forward, none_is_absent=cls.none_is_absent and not cls.null_is_absent)

    @property
    def callee(self) -> str:
        """The full name of what is called with the arguments that are given."""
        return self.function

    def called_with(
        self,
        *inputs: Any,
        named: Collection[str] = (),  # noqa: ARG002
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional arguments and keywords of the function's call, with anything that stands for the inputs:
        a tensor when it is run, a name when source is written. Further inputs are passed as ``named``."""
        given = {
            name: number(getattr(self, name)) for name in type(self).model_fields
            if name in self.model_fields_set and name not in COMMON_KEYS
        }  # fmt: skip
        if self.null_is_absent:
            given = {name: value for name, value in given.items() if value is not None}
        placed = tuple(given.pop(name) for name in self.behind_first if name in given)
        return (*inputs[:1], *placed, *inputs[1:]), given


def as_operation(layer: type[Layer], function: str, *bases: type[Layer], **members: Any) -> type[Layer]:
    """The operation that calls ``function``, which does what ``layer`` does and takes the same arguments.

    ``bases`` come before the layer; ``members`` are what else the class has.
    """
    # The file that says so is its family, as a class statement would have it.
    module = sys._getframe(1).f_globals["__name__"]  # noqa: SLF001
    body = {"__module__": module, "__doc__": layer.__doc__, "function": function, "examples": layer.examples}
    keywords = {"type": function.rpartition(".")[2]}
    made = new_class(
        f"{layer.__name__}Function", (*bases, layer, Operation), keywords, lambda space: space.update(body, **members)
    )
    return cast("type[Layer]", made)


@cache
def is_subtle(layer: type[Layer]) -> bool:
    """Whether it matters how an argument is given: as 1, 1.0 or true, which are equal, or not at all."""
    return issubclass(layer, Operation) or any(
        len(NUMBERS & set(_alternatives(field.annotation))) > 1 for field in layer.model_fields.values()
    )


def _alternatives(annotation: Any) -> Iterator[Any]:
    inner = get_args(annotation)
    if not inner:
        yield annotation
    for each in inner:
        yield from _alternatives(each)
