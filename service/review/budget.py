"""A budget, and whether an architecture keeps to it: a line for each limit, passed or failed."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, Final, NamedTuple, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from service.analysis.reading import Totals
from service.architecture.explaining import Whole, explained, unknown_type
from service.architecture.problems import MOST_FAULTS, DocumentFault, UnreadableDocument, nearest, shortened
from service.core.dtypes import DType
from service.core.issues import pointer_to
from service.core.sizes import Size, above, below, is_known
from service.core.tensors import Tensor, tensors_in
from service.diagnosis.examination import Examination
from service.diagnosis.kinds import KINDS, codes
from service.layers.arguments import Bool, Int, Str
from service.layers.catalogue import CATALOGUE


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Count = Annotated[Int, Field(ge=0), BeforeValidator(_whole)]
"""A number without a fraction, however it is written: ``5e6`` is an integer to JSON Schema, too."""


class Range(BaseModel):
    """The least and the most that a figure may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: Annotated[Count | None, Field(description="The least; nothing if left out.")] = None
    max: Annotated[Count | None, Field(description="The most; nothing if left out.")] = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            kind, message = "empty_range", "min is above max, so that nothing keeps to it"
            raise PydanticCustomError(kind, message)
        return self


def _range(description: str) -> Any:
    return Field(default=None, description=description)


class Budget(BaseModel):
    """What an architecture has to keep to. That PyTorch runs it is always asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parameters: Range | None = _range("All parameters.")
    trainable_parameters: Range | None = _range("Those that a gradient reaches.")
    buffers: Range | None = _range("Numbers in buffers.")
    macs: Range | None = _range("Multiply-accumulates.")
    weight_bytes: Range | None = _range("Bytes of parameters and buffers.")
    activation_bytes: Range | None = _range("Bytes of all that layers return.")
    layers: Range | None = _range("Single layers, blocks unrolled.")
    output_shape: Annotated[
        tuple[Count | None, ...] | None, Field(description="The shape of the first output; null for any size.")
    ] = None
    output_dtype: Annotated[DType | None, Field(description="The element type of the first output.")] = None
    allowed_types: Annotated[tuple[Str, ...] | None, Field(description="The only types of layers that may occur.")] = (
        None
    )
    forbidden_types: Annotated[tuple[Str, ...], Field(description="Types of layers that may not occur.")] = ()
    forbidden_issues: Annotated[tuple[Str, ...], Field(description="Codes of issues that may not occur.")] = ()
    no_warnings: Annotated[Bool, Field(description="Whether there may be no warnings either.")] = False


RANGES: Final = (*Totals._fields, "layers")
"""What a budget limits by a least and a most."""

_BUDGET: Final = Whole("The budget", Budget, {name: (name, Range) for name in RANGES})


def read_budget(raw: Any) -> Budget:
    """A budget as it was sent; raises :class:`UnreadableDocument`, also for types and codes that there are not."""
    try:
        budget = Budget.model_validate(raw)
    except ValidationError as error:
        raise UnreadableDocument(explained(error, raw, whole=_BUDGET)) from None
    faults = list(islice(_unknown(budget), MOST_FAULTS))
    if faults:
        raise UnreadableDocument(faults)
    return budget


def _unknown(budget: Budget) -> Iterator[DocumentFault]:
    """Types and codes that nothing has, so that a limit would be kept whatever the document says."""
    for key, given in (("allowed_types", budget.allowed_types or ()), ("forbidden_types", budget.forbidden_types)):
        for index, name in enumerate(given):
            if name not in CATALOGUE:
                yield unknown_type(pointer_to(key, index), name)
    for index, code in enumerate(budget.forbidden_issues):
        if code not in codes():
            yield _unknown_code(pointer_to("forbidden_issues", index), code)


def _unknown_code(pointer: str, given: str) -> DocumentFault:
    known = tuple(kind.code for kind in KINDS)
    guess = nearest(given, {*known, *(code for code in codes() if code[:2] == given[:2])})
    hint = f" Did you mean {guess}?" if guess else ""
    return DocumentFault("wrong-value", pointer, f"No issue has the code {shortened(given)}.{hint}", known, guess)


class Line(NamedTuple):
    """A limit, and how the architecture stands to it."""

    limit: str
    passed: bool
    expected: Any
    actual: Any
    detail: str


class Check(NamedTuple):
    """An architecture, held against a budget."""

    examination: Examination
    lines: tuple[Line, ...]
    """One for every limit, that the model is sound first."""

    @property
    def passed(self) -> bool:
        """Whether every limit is kept."""
        return all(line.passed for line in self.lines)


def checked(examination: Examination, budget: Budget) -> Check:
    """How an architecture stands to a budget."""
    return Check(examination, tuple(_lines(examination, budget)))


def _lines(examination: Examination, budget: Budget) -> Iterator[Line]:
    errors = [issue for issue in examination.issues if issue.severity == "error"]
    told = f"PyTorch refuses it: {errors[0].message}" if errors else "PyTorch builds and runs it."
    yield Line("valid", not errors, expected=True, actual=not errors, detail=told)
    totals = examination.analysis.totals._asdict() | {"layers": len(examination.analysis.readings)}
    for name in RANGES:
        limits: Range | None = getattr(budget, name)
        if limits is not None:
            yield _within(name, totals[name], limits)
    yield from _outputs(examination, budget)
    yield from _types(examination, budget)
    yield from _issues(examination, budget)


def _within(name: str, actual: Size, limits: Range) -> Line:
    expected = limits.model_dump(exclude_none=True)
    if not is_known(actual):
        return Line(
            name,
            passed=False,
            expected=expected,
            actual=None,
            detail="Not known, behind a layer that is refused.",
        )
    detail = f"{actual:,}"
    if limits.max is not None and above(actual, limits.max):
        return Line(
            name,
            passed=False,
            expected=expected,
            actual=actual,
            detail=f"{detail}, which is {actual - limits.max:,} more than {limits.max:,}.",
        )
    if limits.min is not None and below(actual, limits.min):
        return Line(
            name,
            passed=False,
            expected=expected,
            actual=actual,
            detail=f"{detail}, which is {limits.min - actual:,} less than {limits.min:,}.",
        )
    room = "" if limits.max is None else f", which leaves {limits.max - actual:,} of {limits.max:,}"
    return Line(name, passed=True, expected=expected, actual=actual, detail=f"{detail}{room}.")


def _outputs(examination: Examination, budget: Budget) -> Iterator[Line]:
    tensors = [tensor for _, value in examination.analysis.outputs for tensor in tensors_in(value)]
    first = tensors[0] if tensors and isinstance(tensors[0], Tensor) else None
    if budget.output_shape is not None:
        wanted = budget.output_shape
        shape = None if first is None else [size if is_known(size) else None for size in first.shape]
        fits = shape is not None and len(shape) == len(wanted) and all(
            want is None or want == size for want, size in zip(wanted, shape, strict=True)
        )  # fmt: skip
        asked = "" if fits else f", not [{', '.join('any' if want is None else str(want) for want in wanted)}]"
        yield Line("output_shape", fits, list(wanted), shape, f"The output is {first or 'not known'}{asked}.")
    if budget.output_dtype is not None:
        dtype = None if first is None else first.dtype
        fits = dtype == budget.output_dtype
        detail = f"The output is {dtype or 'not known'}{'' if fits else f', not {budget.output_dtype}'}."
        yield Line("output_dtype", fits, budget.output_dtype, dtype, detail)


def _types(examination: Examination, budget: Budget) -> Iterator[Line]:
    places: dict[str, list[str]] = {}
    for reading in examination.analysis.readings:
        places.setdefault(reading.node.layer.type, []).append(reading.node.name)
    if budget.allowed_types is not None:
        others = {kind: names for kind, names in places.items() if kind not in budget.allowed_types}
        yield Line("allowed_types", not others, list(budget.allowed_types), sorted(others), _told(others, "else"))
    if budget.forbidden_types:
        found = {kind: places[kind] for kind in budget.forbidden_types if kind in places}
        yield Line("forbidden_types", not found, list(budget.forbidden_types), sorted(found), _told(found, "of them"))


def _told(found: dict[str, list[str]], nothing: str) -> str:
    if not found:
        return f"There is nothing {nothing}."
    return "; ".join(f"{kind} at {names[0]}{f' and {len(names) - 1} more' if names[1:] else ''}"
                     for kind, names in sorted(found.items())) + "."  # fmt: skip


def _issues(examination: Examination, budget: Budget) -> Iterator[Line]:
    codes = [issue.code for issue in examination.issues]
    if budget.forbidden_issues:
        found = sorted(set(codes).intersection(budget.forbidden_issues))
        yield Line("forbidden_issues", not found, list(budget.forbidden_issues), found,
                   f"Found: {', '.join(found)}." if found else "None of them is found.")  # fmt: skip
    if budget.no_warnings:
        warned = [issue.code for issue in examination.issues if issue.severity == "warning"]
        detail = f"There are {len(warned)}: {', '.join(sorted(set(warned)))}." if warned else "There are none."
        yield Line("no_warnings", not warned, [], sorted(set(warned)), detail)
