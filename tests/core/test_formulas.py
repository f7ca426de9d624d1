"""Formulas: the text that is shown is the text that is evaluated."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.formulas import Formula
from service.core.sizes import UNKNOWN_SIZE, is_known

WINDOW = Formula("floor((input + 2·padding − dilation·(kernel_size − 1) − 1) / stride + 1)")


@given(st.integers(0, 10**30), st.integers(0, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_evaluation_is_exact_at_any_size(size: int, padding: int, dilation: int, kernel: int, stride: int) -> None:
    values = {"input": size, "padding": padding, "dilation": dilation, "kernel_size": kernel, "stride": stride}
    exact = math.floor(Fraction(size + 2 * padding - dilation * (kernel - 1) - 1, stride) + 1)
    assert WINDOW(**values) == exact


def test_the_numbers_stand_in_the_text() -> None:
    values = {"input": 32, "padding": 1, "dilation": 1, "kernel_size": 5, "stride": 2}
    assert WINDOW.worked(values, WINDOW(**values)) == "floor((32 + 2·1 − 1·(5 − 1) − 1) / 2 + 1) = 15"


def test_words_are_worth_nothing_and_tuples_are_written_out() -> None:
    formula = Formula("out_channels [filters] × (in_channels / groups × kernel_size…) + out_channels [biases]")
    values = {"out_channels": 16, "in_channels": 6, "groups": 2, "kernel_size": (5, 5)}
    assert formula.text == "out_channels filters × (in_channels / groups × kernel_size) + out_channels biases"
    assert formula.worked(values, formula(**values)) == "16 filters × (6 / 2 × 5 × 5) + 16 biases = 1,216"


def test_a_word_that_repeats_a_name_stands_behind_the_number_only() -> None:
    formula = Formula("2 × heads [heads] × positions… [positions] × head_dim")
    values = {"heads": 8, "positions": (2, 5), "head_dim": 4}
    assert formula.text == "2 × heads × positions × head_dim"
    assert formula.worked(values, formula(**values)) == "2 × 8 heads × 2 × 5 positions × 4 = 640"


@given(st.integers(-(10**20), 10**20), st.integers(1, 99))
def test_ceil_rounds_up(a: int, b: int) -> None:
    assert Formula("ceil(a / b − 1)")(a=a, b=b) == math.ceil(Fraction(a, b) - 1)


def test_an_unknown_size_stays_unknown() -> None:
    assert not is_known(WINDOW(input=UNKNOWN_SIZE, padding=0, dilation=1, kernel_size=3, stride=1))


@pytest.mark.parametrize("text", ["a ** b", "a if b else c", "f(a)", "a.b", "'a'", "1.5 + a"])
def test_only_arithmetic_is_a_formula(text: str) -> None:
    with pytest.raises((SyntaxError, AttributeError)):
        Formula(text)
