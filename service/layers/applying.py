"""One application of a layer: from its arguments and what arrives to everything that is said about it."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from service.core.dtypes import BYTES, INEXACT
from service.core.faults import Fault, Indivisible, SizeMismatch, TupleArrives, WrongDType
from service.core.sizes import LARGEST_INTEGER, UNKNOWN, UNKNOWN_SIZE, Size, above, indivisible, is_unknown, product
from service.core.tensors import Tensor, Value, tensors_in
from service.layers.base import Layer, inferable
from service.layers.call import Call
from service.layers.capacity import countable, oversized
from service.layers.doubts import likely_inputs, undoubted
from service.layers.notebook import Rejection, Window, Working
from service.layers.weights import Weight


class Counts(NamedTuple):
    """What a layer owns and returns, in numbers."""

    parameters: Size
    trainable_parameters: Size
    buffers: Size
    weight_bytes: Size
    output_bytes: Size

    @classmethod
    def of(cls, weights: tuple[Weight, ...], output: Value) -> "Counts":
        """Sums over the weights and over every tensor of the output."""
        parameters: Size = 0
        frozen: Size = 0
        buffers: Size = 0
        weight_bytes: Size = 0
        # Stacks have thousands of weights, of which most are alike.
        alike = Counter((weight.shape, weight.dtype, weight.trainable, weight.buffer) for weight in weights)
        for (shape, dtype, trainable, buffer), count in alike.items():
            elements = product(shape) * count
            weight_bytes = weight_bytes + elements * BYTES[dtype]
            if buffer:
                buffers = buffers + elements
            else:
                parameters = parameters + elements
                frozen = frozen + (0 if trainable else elements)
        output_bytes: Size = 0
        for tensor in tensors_in(output):
            output_bytes = output_bytes + (tensor.bytes if isinstance(tensor, Tensor) else UNKNOWN_SIZE)
        return cls(parameters, parameters - frozen, buffers, weight_bytes, output_bytes)


class Outcome(NamedTuple):
    """Everything one application of a layer says, whatever the layer is called and wherever it stands."""

    output: Value
    weights: tuple[Weight, ...]
    sizes: tuple[Working, ...]
    macs: Size
    macs_workings: tuple[Working, ...]
    field: tuple[Window, ...] | None
    """Windows along the trailing axes; empty if the receptive field is kept, none if it is lost."""
    inferred: Mapping[str, Size]
    faults: tuple[Fault, ...]
    counts: Counts
    returned: int | None
    """Which of the inputs is returned itself, as by Identity; none if the output is another tensor."""


def apply(layer: Layer, inputs: tuple[Value, ...], keywords: Mapping[str, Value], training: bool) -> Outcome:
    """Applies a layer's rules to what arrives. Never raises: what is wrong is in the outcome's faults."""
    call = Call(layer.type, layer.family, training)
    inferred: Mapping[str, Size] = {}
    output: Value = UNKNOWN
    weights: tuple[Weight, ...] = ()
    try:
        given = {name for name in keywords if name in layer.model_fields_set and getattr(layer, name) is not None}
        arguments = layer.signature().bind(call, layer.grouped(inputs), keywords, given)
        open_arguments = [name for name in inferable(type(layer)) if is_unknown(getattr(layer, name))]
        if open_arguments and not any(map(is_unknown, arguments)):
            found = layer.infer(*arguments)
            inferred = {name: found[name] for name in open_arguments if name in found}
            layer = layer.model_copy(update=dict(inferred))
        try:
            weights = _constructed(call, layer)
        except Rejection:
            _look_beyond(call, layer, arguments)
            raise
        if any(map(is_unknown, arguments)):
            output = layer.declares(*arguments)
        else:
            output = layer.signature().call(layer.forward, call, arguments)
    except Rejection:
        likely = likely_inputs(inputs)
        meant = likely != inputs and any(isinstance(fault, TupleArrives) for fault in call.faults)
        output = apply(layer, likely, keywords, training).output if meant else layer.declares(*likely)
        weights = weights or declared_weights(layer)
    counts = Counts.of(weights, output)
    if counts.output_bytes == 0 or above(counts.output_bytes + counts.weight_bytes, LARGEST_INTEGER):
        call.faults += () if call.faults else oversized(weights, output)
        output = countable(output)
        counts = Counts.of(weights, output)
    if call.faults:
        output = undoubted(output, call.faults, call.sizes, inputs[0] if inputs else UNKNOWN)
    return Outcome(
        output, weights, tuple(call.sizes), call.macs, tuple(call.macs_workings), call.field, inferred,
        tuple(call.faults), counts,
        next((place for place, value in enumerate(inputs) if value is output and isinstance(value, Tensor)), None),
    )  # fmt: skip


def _look_beyond(call: Call, layer: Layer, arguments: tuple[Any, ...]) -> None:
    """Notes what a layer whose constructor refuses would refuse of what arrives, too: another mistake of its own.

    What rests on the arguments that the constructor refuses is left out, since they are to be changed.
    """
    if any(map(is_unknown, arguments)):
        return
    refused = {name for fault in call.faults for name in fault.about}
    divided = [fault for fault in call.faults if isinstance(fault, Indivisible)]
    beyond = Call(layer.type, layer.family, call.training)
    with suppress(Rejection, ArithmeticError, LookupError, TypeError, ValueError):
        layer.signature().call(layer.forward, beyond, arguments)
    for fault in beyond.faults:
        if isinstance(fault, WrongDType) and refused.isdisjoint(fault.about):
            call.note(fault)
        if isinstance(fault, SizeMismatch):
            # A number that is not divided is another mistake if what arrives would not be divided, either.
            apart = [
                other.keys(other.dividend_argument) for other in divided if indivisible(fault.received, other.divisor)
            ]
            if refused.difference(*apart).isdisjoint(fault.about):
                call.note(fault)


def _constructed(call: Call, layer: Layer) -> tuple[Weight, ...]:
    """The weights of a layer whose constructor accepts its arguments."""
    call.expect_one_of("device", getattr(layer, "device", None), (None, "cpu"))
    layer.check_arguments(call)
    if call.faults:
        raise Rejection
    weights = tuple(layer.weights())
    if not all(weight.dtype in INEXACT for weight in weights if weight.trainable and not weight.buffer):
        # Learned parameters have gradients, which integers cannot have.
        call.expect_one_of("dtype", layer.weight_dtype, sorted(INEXACT))
        raise Rejection
    return weights


def refused_by_constructor(layer: Layer, inferred: Mapping[str, Size]) -> bool:
    """Whether it is the constructor that refuses, so that nothing has to arrive for that."""
    call = Call(layer.type, layer.family, training=False)
    try:
        _constructed(call, layer.model_copy(update=dict(inferred)) if inferred else layer)
    except Rejection:
        return True
    return False


def declared_weights(layer: Layer) -> tuple[Weight, ...]:
    """The weights by the arguments of a layer whose constructor refuses; none where they make no sense."""
    try:
        weights = tuple(layer.weights())
    except (ArithmeticError, IndexError, ValueError):
        return ()
    sensible = all(is_unknown(size) or size >= 0 for weight in weights for size in weight.shape)
    return weights if sensible else ()
