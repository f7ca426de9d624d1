"""Receptive fields: which part of the model's input an output depends on, per spatial axis.

Source: Araujo, Norris & Sim, *Computing receptive fields of convolutional neural networks*,
https://distill.pub/2019/computing-receptive-fields/
"""

from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

from service.core.records import maker
from service.core.sizes import UNKNOWN, UNKNOWN_SIZE, Size, is_known
from service.layers.notebook import PRESERVED, Window


class Field(NamedTuple):
    """What one output sees along one axis of the input, in entries of the input."""

    size: Size | Fraction
    stride: Size | Fraction
    """How far the field moves from one output to the next."""
    offset: Size | Fraction
    """Where the first output's field starts; negative inside the padding."""


class Whole(NamedTuple):
    """Every element is itself: nothing spatial has happened yet."""


WHOLE: Final = Whole()
Fields: TypeAlias = "tuple[Field, ...] | Whole | None"
"""A field for each of the trailing axes; ``WHOLE`` before the first spatial layer; none once it is lost."""

_POINT: Final = Field(1, 1, 0)
_field: Final = maker(Field)


def combined(fields: list[Fields]) -> Fields:
    """What a layer with several inputs sees: along each axis all that any of them sees."""
    if not fields or None in fields:
        return None
    first = fields[0]
    if all(field is first for field in fields):
        return first
    spatial = [field for field in fields if isinstance(field, tuple) and not isinstance(field, Whole)]
    if not spatial:
        return WHOLE
    if len({len(field) for field in spatial}) > 1:
        return None
    return tuple([_union(axis) for axis in zip(*spatial, strict=True)])


def _union(fields: tuple[Field, ...]) -> Field:
    if fields.count(fields[0]) == len(fields):
        return fields[0]
    if any(UNKNOWN in field for field in fields):  # past a rejected layer
        return Field(UNKNOWN_SIZE, UNKNOWN_SIZE, UNKNOWN_SIZE)
    start = min(field.offset for field in fields)
    end = max(field.offset + field.size for field in fields)
    return Field(_plain(end - start), max(field.stride for field in fields), start)


def through(fields: Fields, windows: tuple[Window, ...] | None) -> Fields:
    """The fields behind a layer that looks at its input through ``windows``."""
    if fields is None or windows is None:
        return None
    if windows == PRESERVED:
        return fields
    before = (_POINT,) * len(windows) if isinstance(fields, Whole) else fields
    if len(before) != len(windows):
        return None
    field, window = before[0], windows[0]
    step = _step(field, window)
    if windows.count(window) == len(windows) and before.count(field) == len(before):
        # So it is with square kernels, that is nearly everywhere.
        return (step,) * len(windows)
    return (step, *map(_step, before[1:], windows[1:]))


def _step(field: Field, window: Window) -> Field:
    size, stride, offset = field
    extent, step, padding, upsampling = window
    if upsampling == 1:
        return _field((size + (extent - 1) * stride, stride * step, offset - padding * stride))
    known = is_known(upsampling) and isinstance(stride, (int, Fraction))
    return Field(
        _plain(size + (extent - 1) * stride), _plain(Fraction(stride) / upsampling) if known else UNKNOWN_SIZE, offset
    )


def _plain(number: Size | Fraction) -> Size | Fraction:
    """An integer where it is one; fields have fractions behind layers that enlarge."""
    return number.numerator if isinstance(number, Fraction) and number.denominator == 1 else number
