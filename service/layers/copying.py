"""A tensor once more: clone and detach.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.clone.html and
https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html
"""

from service.core.layouts import preserved
from service.core.tensors import Tensor
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import PRESERVED
from service.layers.operation import Operation

COPIED = (example((2, 3, 4)), example(Tensor((2, 3), "int64", (1, 2))))


class Clone(Operation, type="clone"):
    """Copies a tensor."""

    keeps_entries = True
    function = "torch.clone"
    examples = COPIED

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        return preserved(input)


class Detach(Operation, type="detach"):
    """Looks at a tensor without a gradient flowing back to where it came from."""

    function = "torch.detach"
    page = "generated/torch.Tensor.detach.html"
    examples = COPIED

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        return input._replace()
