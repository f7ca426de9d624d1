"""What cannot be exported is told all at once, with its module, its line and its operation."""

import re
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from service.export import ExportError, export
from tests.documents import answered


class Inner(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.fake_quantize_per_tensor_affine(x, 1.0, 0, 0, 255)


class Outer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = Inner()

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = torch.special.airy_ai(self.inner(x))
        return result


class Deciding(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + 1 if x.sum() > 0 else x


class Nested(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.nested.nested_tensor([x, x[:1]])


class Differentiating(nn.Module):
    def __init__(self, gradient: Any) -> None:
        super().__init__()
        self.gradient = gradient

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = torch.special.airy_ai(self.gradient(x))
        return result


def squared(x: Tensor) -> Tensor:
    return (x * x).sum()


def tangent(x: Tensor) -> Any:
    level: Any = forward_ad
    with level.dual_level():
        return level.unpack_dual(torch.sin(level.make_dual(x, x))).tangent


class Packing(nn.Module):
    def __init__(self, recurrent: nn.Module) -> None:
        super().__init__()
        self.recurrent, self.head = recurrent, nn.Linear(12, 2)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        rows, _ = nn.utils.rnn.pad_packed_sequence(self.recurrent(packed)[0], batch_first=True)
        return airy(self.head(rows))


class Calling(nn.Module):
    def __init__(self, function: Any, others: Any = None) -> None:
        super().__init__()
        self.function, self.others = function, others

    def forward(self, x: Tensor) -> Any:
        return self.function(x)


def airy(x: Tensor) -> Tensor:
    return torch.special.airy_ai(x)  # type: ignore[no-any-return]


def counted(x: Tensor) -> Tensor:
    return nn.functional.ctc_loss(x[:, None], torch.ones(1, 2).long(), torch.tensor([2]), torch.tensor([2]))


def refused(model: nn.Module, *shapes: tuple[int, ...]) -> str:
    with pytest.raises(ExportError) as caught:
        export(model, list(shapes))
    return str(caught.value)


def test_everything_inexpressible_is_told_at_once() -> None:
    told = refused(Outer(), (2, 8))
    assert re.search(r"inner \(.*test_errors.py:18\): \S*fake_quantize", told)
    assert re.search(r"the model \(.*test_errors.py:27\): \S*airy_ai", told)


@pytest.mark.parametrize(
    ("gradient", "name"),
    [
        (lambda x: torch.autograd.grad(squared(x), x)[0], "torch.autograd.grad"),
        (torch.func.grad(squared), "torch.func.grad"),
        (torch.vmap(torch.func.grad(squared)), "torch.func.vmap"),
        (torch.func.jacrev(torch.sin), "torch.func.jacrev"),
        (lambda x: torch.func.vjp(torch.sin, x)[1](x)[0], "torch.func.vjp"),
        (partial(torch.autograd.functional.jacobian, torch.sin), "torch.autograd.functional.jacobian"),
        (lambda x: torch.func.jvp(torch.sin, (x,), (x,))[1], "torch.func.jvp"),
        (torch.func.hessian(squared), "torch.func.jacfwd"),
        (torch.vmap(torch.func.jacfwd(torch.sin)), "torch.func.vmap"),
        (lambda x: torch.func.linearize(torch.sin, x)[1](x), "torch.autograd.forward_ad in torch.func.linearize"),
        (
            partial(torch.autograd.functional.jacobian, torch.sin, strategy="forward-mode", vectorize=True),
            "torch.autograd.forward_ad in torch.autograd.functional.jacobian",
        ),
        (tangent, "torch.autograd.forward_ad"),
    ],
)
def test_gradients_are_told_with_whatever_else_no_document_says(gradient: Any, name: str) -> None:
    told = refused(Differentiating(gradient), (2, 3))
    assert re.search(rf"the model \(.*\): {re.escape(name)}: it computes gradients", told)
    assert re.search(r"the model \(.*test_errors.py:\d+\): torch.special.airy_ai: no operation", told)
    assert told.count("\n") == 2


def test_what_fails_behind_what_is_told_is_told_behind_it() -> None:
    told = refused(Differentiating(Tensor.backward), (2, 3))
    assert re.search(r"torch.Tensor.backward: it computes gradients.*\n.*: the run ends here: TypeError: ", told)


@pytest.mark.parametrize("lengths", [torch.tensor([2, 3]), {"shape": [2], "dtype": "int64"}])
@pytest.mark.parametrize("recurrent", [nn.LSTM, nn.GRU, nn.RNN])
def test_packed_sequences_are_told_with_what_comes_behind_them(recurrent: Any, lengths: Any) -> None:
    model = Packing(recurrent(4, 6, bidirectional=True, batch_first=True))
    with pytest.raises(ExportError) as caught:
        export(model, [(2, 3, 4), lengths])
    assert [problem.operation for problem in caught.value.problems] == [
        "torch.nn.utils.rnn.pack_padded_sequence",
        "torch.special.airy_ai",
    ]
    assert "how many rows a packed sequence has" in caught.value.problems[0].reason


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (torch.special.airy_ai, "torch.special.airy_ai"),
        (torch.vmap(torch.special.airy_ai), "torch.special.airy_ai in torch.func.vmap"),
        (torch.jit.script(airy), "torch.special.airy_ai"),
        (counted, "torch.nn.functional.ctc_loss"),
    ],
)
def test_operations_are_named_as_they_were_called(function: Any, name: str) -> None:
    assert f": {name}: no operation of the catalogue" in refused(Calling(function), (2, 3))


def test_a_decision_by_numbers_says_where_and_what_would_help() -> None:
    told = refused(Deciding(), (2, 8))
    assert re.search(r"test_errors.py:33\): torch.Tensor.__bool__: it depends on what the input consists of", told)
    assert "give a tensor" in told


def deciding(x: Tensor) -> Tensor:
    return airy(x) if x.sum() > 0 else x


def waiting(x: Tensor) -> Tensor:
    while bool((x > 0).any()):
        x = x - 1
    return x


@pytest.mark.parametrize(
    ("function", "operations"),
    [
        (deciding, ["torch.Tensor.__bool__", "torch.special.airy_ai"]),
        (lambda x: airy(x[x > 0]), ["torch.Tensor.__getitem__", "torch.special.airy_ai"]),
        (lambda x: airy(x.new_ones(int(x.max()))), ["torch.Tensor.__int__", "torch.special.airy_ai"]),
        (lambda x: airy(x) * airy(x).sum().item(), ["torch.special.airy_ai", "torch.Tensor.item"]),
        (waiting, ["torch.Tensor.__bool__"]),
    ],
)
def test_questions_about_numbers_hide_nothing_behind_them(function: Any, operations: list[str]) -> None:
    with pytest.raises(ExportError) as caught:
        export(Calling(function), [(2, 3)])
    assert [problem.operation for problem in caught.value.problems] == operations


def test_a_decision_by_numbers_that_are_given_is_taken() -> None:
    document = export(Deciding(), [torch.ones(2, 8)])
    assert document["layers"][-1] == {"type": "add", "inputs": ["input"], "other": 1}


def test_names_that_no_document_has_are_refused() -> None:
    assert "a[0], a[0].weight" in refused(nn.ModuleDict({"a[0]": nn.Linear(2, 2)}), (2, 2))


def test_a_lazy_model_is_exported_and_stays_lazy() -> None:
    model = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(5), nn.Linear(5, 2))
    answer = answered(export(model, [(2, 3, 8, 8)]))
    assert answer["totals"]["parameters"] == 112 + 8 + 725 + 12
    assert all(map(torch.nn.parameter.is_lazy, model[0].parameters()))


def test_a_lazy_model_that_cannot_be_run_is_refused() -> None:
    assert "fails: RuntimeError: a and b" in refused(nn.Sequential(nn.LazyLinear(5), nn.Linear(4, 2)), (2, 3))


def test_a_lazy_model_is_refused_where_its_weights_stay_unknown() -> None:
    model = nn.ModuleList([nn.LazyLinear(5), nn.LazyLinear(2)])
    told = refused(Calling(model[0], model), (2, 3))
    assert "its run did not come to others.1.weight, others.1.bias" in told


def test_the_model_is_afterwards_what_it_was() -> None:
    model = nn.Sequential(nn.BatchNorm1d(8), nn.Dropout()).train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    export(model, [(4, 8)], training=True)
    assert model.training
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


class Frozen(dict[str, int]):
    def update(self, *_: Any, **__: Any) -> None:
        raise TypeError("It is frozen.")

    clear = update


class Configured(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.config, self.seen = Frozen(factor=2), {"calls": 0}

    def forward(self, x: Tensor) -> Tensor:
        self.seen["calls"] += 1
        return x * self.config["factor"]


def test_containers_are_afterwards_what_they_were_also_frozen_ones() -> None:
    model = Configured()
    assert export(model, [(2, 3)])["layers"] == [{"type": "mul", "other": 2}]
    assert model.seen == {"calls": 0}


def test_a_compiled_model_is_what_was_compiled() -> None:
    compiled: Any = torch.compile(nn.Sequential(nn.Linear(8, 4)))
    document = export(nn.Sequential(compiled, nn.ReLU()), [(2, 8)])
    weights = [f"{layer['name']}.{name}" for layer in answered(document)["layers"] for name in layer["weights"]]
    assert weights == ["0._orig_mod.0.weight", "0._orig_mod.0.bias"]


def test_a_module_compiled_in_place_is_what_it_was() -> None:
    model = nn.Sequential(nn.Linear(8, 4), nn.ReLU())
    plain = export(model, [(2, 8)])
    model[0].compile()
    model.compile()
    compiled = vars(model)["_compiled_call_impl"]
    assert export(model, [(2, 8)]) == plain
    assert vars(model)["_compiled_call_impl"] is compiled


class Wasteful(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        x.exp()
        x[0]
        (x > 0).sum()
        x.argmax()
        return x * 2


def test_what_nothing_uses_is_expressed_or_told() -> None:
    document = export(Wasteful(), [(2, 3)])
    assert [layer["type"] for layer in document["layers"]] == ["exp", "mul"]
    assert document["about"] == {"unused": {"gt": 1, "sum": 1, "argmax": 1}}


class Type(nn.Module):
    """Called by nobody's attribute, so that its name in the document is made of its class."""

    def forward(self, tensor: Tensor) -> Tensor:
        return torch.relu(tensor) + tensor.half().float()


class CallsWhatItDoesNotOwn(nn.Module):
    def forward(self, tensor: Tensor) -> Tensor:
        made = Type()(tensor)
        return torch.cat([made, tensor.double(), Type()(made)])


def test_names_that_are_ours_are_none_that_pytorch_refuses() -> None:
    document = export(CallsWhatItDoesNotOwn(), inputs=[(2, 4)])
    assert {layer.get("name") for layer in document["layers"]} >= {"type_2", "type_3"}
    assert answered(document)["valid"]
