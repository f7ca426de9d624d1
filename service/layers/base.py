"""What a layer is: constructor arguments as fields, rules as methods. Everything else follows from them."""

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from service.core.dtypes import DEFAULT, DType
from service.core.entries import Entries
from service.core.faults import Fault
from service.core.sizes import UNKNOWN, Size, is_unknown
from service.core.tensors import Tensor, Value
from service.layers.arguments import AlwaysInferred, Int, Str, inferred
from service.layers.call import Call
from service.layers.inputs import Signature
from service.layers.weights import Weights

Reference = Annotated[
    Str,
    Field(
        min_length=1,
        description="A layer's name, indexed as Python would index what it returns: `lstm[1][0]`; "
        "`keyword=name` passes it under a keyword of `forward`; `.name` is looked for in the model's own list alone.",
    ),
]


class Example(NamedTuple):
    """Arguments with inputs they work on; documentation and tests are made from it."""

    arguments: dict[str, Any]
    inputs: tuple[Value, ...]
    keywords: Mapping[str, Value] = {}

    def without(self, arguments: tuple[str, ...]) -> "Example":
        """The same with some arguments left out."""
        kept = {name: value for name, value in self.arguments.items() if name not in arguments}
        return self._replace(arguments=kept)


def example(*inputs: tuple[int, ...] | Value, keywords: Mapping[str, Value] = {}, **arguments: Any) -> Example:
    """An example; a plain shape stands for a float32 tensor, ``keywords`` are inputs passed by name."""
    return Example(arguments, tuple(map(_sampled, inputs)), keywords)


def _sampled(value: Any) -> Value:
    is_shape = type(value) is tuple and all(type(size) is int for size in value)
    return Tensor(value) if is_shape else value


COMMON_KEYS: Final = frozenset({"type", "name", "inputs", "repeat"})
"""The keys that belong to every layer and to no constructor."""


class Layer(BaseModel):
    """A layer as a document writes it: the class of ``torch.nn`` and that constructor's arguments.

    An entry of the catalogue is a subclass with a one-line docstring and at least one example. Its fields
    are the constructor's arguments, in PyTorch's order and with PyTorch's defaults.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

    type: str
    name: Annotated[Str | None, Field(description="What the layer is called; its index in the list if left out.")] = (
        None
    )
    inputs: Annotated[
        tuple[Reference, ...] | None,
        Field(description="What it takes; the layer before it if left out.", max_length=1024),
    ] = None
    repeat: Annotated[Int, Field(ge=1, description="How many times in a row, each with weights of its own.")] = 1

    family: ClassVar[str] = ""
    """Prefix of the codes of its issues: ``conv`` in ``conv-in-channels``."""
    forward_arguments: ClassVar[frozenset[str]] = frozenset()
    """Fields that are arguments of ``forward`` rather than of the constructor."""
    examples: ClassVar[tuple[Example, ...]] = ()
    typical_integer: ClassVar[int] = 0
    """An integer that all its inputs may consist of when it is run: 0 is an index of anything, but no divisor."""
    page: ClassVar[str] = ""
    """Where PyTorch's documentation tells about this very class, if it has no page under its own name."""
    tells_apart: ClassVar[bool] = False
    """Whether it matters which of its inputs are one and the same tensor, rather than tensors that look alike."""
    keeps_entries: ClassVar[bool] = False
    """Whether what it returns has the very entries of its first input, in whatever shape and however often."""
    looks_up: ClassVar[bool] = False
    """Whether its first input names rows of a table, so that it matters how large the entries are."""
    forward: ClassVar[Any]
    """``forward(self, call, input, …)``: from what arrives to what is returned, noting what PyTorch refuses.
    Its parameters are those of the PyTorch module's ``forward``."""

    def __init_subclass__(cls, type: str | None = None, lazy: bool = False, **kwargs: Any) -> None:
        """``type`` is the name in documents, the class's own if left out; ``lazy`` makes the ``Lazy…`` form of
        the class above, which takes none of the arguments that can be inferred."""
        super().__init_subclass__(**kwargs)
        if lazy:
            never = inferable(cls.__mro__[1])
            cls.__annotations__.update(dict.fromkeys(never, AlwaysInferred))
            for name in never:
                setattr(cls, name, inferred("Always inferred."))
            cls.examples = tuple(given.without(never) for given in cls.examples)
        if "examples" in cls.__dict__:
            name = type or cls.__name__
            cls.__annotations__["type"] = Annotated[Literal[name], Field(description=f"Always `{name}`.")]

    @classmethod
    def grouped(cls, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """The inputs, whatever stands for them, as ``forward`` takes them where a document may list them flat."""
        return inputs

    def check_arguments(self, call: Call) -> None:
        """What the constructor refuses, whatever arrives."""

    def weights(self) -> Weights:
        """Parameters and buffers, in the order of ``named_parameters()`` and ``named_buffers()``."""
        return ()

    def infer(self, *inputs: Any, **_: Any) -> Mapping[str, Size]:
        """The arguments that may be left out, taken from what arrives."""
        return {}

    def entries(self, inputs: tuple[Value, ...], first: Entries | None) -> Entries | None:
        """The integers that there are in what it returns, if that follows from shapes, as with positions; ``first`` is
        the same of its first input."""
        return first if self.keeps_entries else None

    def refuses_entries(self, inputs: tuple[Value, ...], arriving: Entries) -> Fault | None:
        """What is wrong if the entries of the first input of a layer that looks up are these."""
        return None

    def declares(self, *inputs: Value) -> Value:
        """What the layer would return going by its arguments alone, where its rule could not be applied."""
        return UNKNOWN

    def given(self) -> dict[str, Any]:
        """The constructor's arguments that the document gives, by PyTorch's names."""
        return {
            name: getattr(self, name)
            for name in type(self).model_fields
            if name in self.model_fields_set and name not in COMMON_KEYS and name not in self.forward_arguments
        }

    @classmethod
    def torch_class(cls) -> str:
        """The class of ``torch.nn``."""
        return type_name(cls)

    @property
    def weight_dtype(self) -> DType:
        """Element type of its weights."""
        return getattr(self, "dtype", None) or DEFAULT

    @classmethod
    @cache
    def signature(cls) -> Signature:
        """How ``forward`` takes its inputs."""
        return Signature.of(cls.forward)


_INFERABLE: Final[dict[type[Layer], tuple[str, ...]]] = {}


def inferable(layer: type[Layer]) -> tuple[str, ...]:
    """The arguments of a layer that may be left out and are inferred."""
    if layer not in _INFERABLE:
        _INFERABLE[layer] = tuple(
            name
            for name, field in layer.model_fields.items()
            if field.default_factory is not None and is_unknown(field.get_default(call_default_factory=True))
        )
    return _INFERABLE[layer]


def catalogue_entries(base: type[Layer] = Layer) -> Iterator[type[Layer]]:
    """Every concrete layer below ``base``, in the order in which they are defined."""
    for subclass in base.__subclasses__():
        if "examples" in subclass.__dict__:
            yield subclass
        yield from catalogue_entries(subclass)


def type_name(layer: type[Layer]) -> str:
    """The ``type`` under which documents name it."""
    (name,) = layer.model_fields["type"].annotation.__args__  # type: ignore[union-attr]
    return str(name)


def kebab(name: str) -> str:
    """``BatchNorm2d`` → ``batch-norm2d``"""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower().replace("_", "-")


def summary(layer: type[Layer]) -> str:
    """The first line of its docstring."""
    return (inspect.getdoc(layer) or "").partition("\n")[0]


def key_of(name: str, field: FieldInfo) -> str:
    """The key of a document that gives a field: its name or, where documents say it otherwise, the first alias."""
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else name
