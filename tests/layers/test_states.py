"""States of recurrent layers and cells that have the wrong number of axes, some of which PyTorch overlooks."""

from itertools import product

import pytest

from service.core.tensors import Tensor, Value
from service.layers.catalogue import CATALOGUE
from tests.oracle.judging import judgement
from tests.oracle.random_cases import Case

SIZES = ((3, 2), (1, 1), (3, 4), (2, 0))


@pytest.mark.parametrize("kind", ["RNNCell", "GRUCell", "LSTMCell", "RNN", "GRU", "LSTM"])
@pytest.mark.parametrize(("features", "hidden"), SIZES)
def test_any_axes(kind: str, features: int, hidden: int) -> None:
    layer = CATALOGUE[kind].model_validate({"type": kind, "input_size": features, "hidden_size": hidden})
    inputs = [(features,), (1, features), (5, features), (1, 5, features)]
    shapes = [(), (hidden,), (1, hidden), (5, hidden), (hidden, hidden), (hidden, 1), (1, 1, hidden), (1, 5, hidden)]
    pairs = kind.startswith("LSTM")
    states: list[Value] = [(Tensor(a), Tensor(b)) for a, b in product(shapes, shapes)] if pairs else []
    for arriving, state in product(inputs, states or [Tensor(shape) for shape in shapes]):
        case = Case(layer, (Tensor(arriving), state), {}, training=False)
        assert judgement(case) is None, str(case)
