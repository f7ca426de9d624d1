"""``python -m tests.export.numbers``: exported documents, built and run with the weights of the live models, return the
same numbers. With words, of those models whose names contain one."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import Module
from torch.nn.parameter import is_lazy

from service.export import export
from service.export.surroundings.moving import held
from service.verification.model import DocumentModel
from tests.documents import Json, examined
from tests.export.comparing import Sample, arriving
from tests.export.models import chosen

MOST_PARAMETERS: Final = 10**8
DRAWN: Final = frozenset({
    "empty", "empty_like", "new_empty", "rand", "rand_like", "randn", "randn_like", "multinomial",
})  # fmt: skip
"""Operations that return other numbers each time."""
SETTLED: Final = frozenset({"equal", "draws numbers", "too large"})


def verdict(sample: Sample) -> str:
    """``equal``, or in which output the document and the model differ, or why that cannot be told."""
    if _parameters(sample) > MOST_PARAMETERS:
        return "too large"
    torch.manual_seed(0)
    model = sample.build().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.is_floating_point() and not is_lazy(parameter):
                parameter.copy_(torch.randn_like(parameter) * 0.3)
        inputs = arriving(sample.inputs, "cpu", drawn)
        owned = {name: tensor.clone() for name, tensor in _owned(model).items() if not is_lazy(tensor)}
        copies = [tensor.clone() for tensor in held(inputs)]
        # Before the export, as libraries may remember what they computed for it.
        live = list(held(model(**inputs) if isinstance(inputs, dict) else model(*inputs)))
        document = export(model, sample.inputs)
        return "draws numbers" if is_drawn(document) else compared(live, returned(document, owned, copies))


def compared(live: Sequence[Tensor], said: Sequence[Tensor]) -> str:
    """``equal``, or what differs."""
    if len(live) != len(said):
        return f"{len(said)} outputs rather than {len(live)}"
    for place, (theirs, ours) in enumerate(zip(live, said, strict=True)):
        if not torch.allclose(ours, theirs, rtol=1e-3, atol=1e-4, equal_nan=True):
            return f"output {place} differs by up to {(ours - theirs).abs().max()}"
    return "equal"


def returned(document: Json, owned: Mapping[str, Tensor], inputs: Sequence[Tensor]) -> list[Tensor]:
    """What a document returns as a model with these weights."""
    rebuilt = DocumentModel(examined(document).analysis).eval()
    for name, tensor in _owned(rebuilt).items():
        tensor.copy_(owned[name])
    values = rebuilt.beginning(*inputs)
    for _ in rebuilt.walk(values):
        pass
    return list(held(rebuilt.returned(values)))


def drawn(shape: Sequence[int], dtype: torch.dtype, device: str) -> Tensor:
    """Numbers of all kinds; integers and truths are 0 or 1."""
    if dtype.is_floating_point or dtype.is_complex:
        return torch.randn(shape, dtype=dtype, device=device)
    return torch.randint(0, 2, shape, device=device).to(dtype)


def is_drawn(document: Json) -> bool:
    """Whether a document asks for numbers that are other ones each time."""
    layers = document.get("layers", [])
    return any(layer["type"] in DRAWN or is_drawn(layer) for layer in layers)


def _owned(model: Module) -> dict[str, Tensor]:
    return {**dict(model.named_parameters(remove_duplicate=False)), **dict(model.named_buffers(remove_duplicate=False))}


def _parameters(sample: Sample) -> int:
    with torch.device(sample.device):
        return sum(parameter.numel() for parameter in sample.build().parameters() if not is_lazy(parameter))


def main(words: Sequence[str]) -> int:
    told: Counter[str] = Counter()
    for sample in chosen(words):
        found = verdict(sample)
        told[found if found in SETTLED else "differ"] += 1
        print(f"{sample.name}: {found}", flush=True)
    print(", ".join(f"{kind}: {count}" for kind, count in told.items()))
    return int("differ" in told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
