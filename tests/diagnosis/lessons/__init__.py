"""Mistakes as students make them, each with the fix that a good teacher names first, and others that he might."""

from tests.diagnosis.lessons.axes import AXES
from tests.diagnosis.lessons.classes import CLASSES
from tests.diagnosis.lessons.dtypes import DTYPES
from tests.diagnosis.lessons.exchanged import EXCHANGED
from tests.diagnosis.lessons.fitting import FITTING
from tests.diagnosis.lessons.flattening import FLATTENING
from tests.diagnosis.lessons.inputs import INPUTS
from tests.diagnosis.lessons.joins import JOINS
from tests.diagnosis.lessons.lesson import Lesson
from tests.diagnosis.lessons.multiples import MULTIPLES
from tests.diagnosis.lessons.per_axis import PER_AXIS
from tests.diagnosis.lessons.states import STATES
from tests.diagnosis.lessons.values import VALUES
from tests.diagnosis.lessons.views import VIEWS

LESSONS: dict[str, Lesson] = {
    **AXES,
    **CLASSES,
    **DTYPES,
    **EXCHANGED,
    **FITTING,
    **FLATTENING,
    **INPUTS,
    **JOINS,
    **MULTIPLES,
    **PER_AXIS,
    **STATES,
    **VALUES,
    **VIEWS,
}
