"""Functions that a document says in a word, however they are called."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from service.export import export
from tests.documents import answered

Shape = tuple[int, ...]


class Calling(nn.Module):
    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *tensors: Tensor) -> Any:
        return self.function(*tensors)


def of(shape: Shape, dtype: str = "int64") -> dict[str, Any]:
    return {"shape": list(shape), "dtype": dtype}


@pytest.mark.parametrize(
    ("function", "inputs", "said"),
    [
        (torch.special.i0, [(2, 3)], {"type": "i0"}),
        (torch.special.i1e, [(2, 3)], {"type": "special_i1e"}),
        (torch.special.spherical_bessel_j0, [(2, 3)], {"type": "special_spherical_bessel_j0"}),
        (torch.special.gammaincc, [(2, 3), (3,)], {"type": "igammac"}),
        (lambda x: torch.polygamma(2, x), [(2, 3)], {"type": "polygamma", "n": 2}),
        (lambda x: x.polygamma(2), [(2, 3)], {"type": "polygamma", "n": 2}),
        (lambda x: torch.special.polygamma(2, x), [(2, 3)], {"type": "polygamma", "n": 2}),
        (lambda x: torch.special.zeta(x, 3), [(2, 3)], {"type": "special_zeta", "other": 3}),
        (torch.gcd, [of((2, 3)), of((3,))], {"type": "gcd"}),
        (lambda x, y: x.clone().lcm_(y), [of((2, 3)), of((3,))], {"type": "lcm"}),
        (torch.frexp, [(2, 3)], {"type": "frexp"}),
        (lambda x: torch.fft.hfft(x, norm="ortho"), [(2, 3)], {"type": "hfft", "norm": "ortho"}),
        (lambda x: torch.fft.ihfftn(x, dim=(0, 1)), [(2, 3)], {"type": "ihfftn", "dim": [0, 1]}),
        (torch.pinverse, [(2, 3)], {"type": "linalg_pinv", "rcond": 1e-15}),
        (lambda x: x.pinverse(0.1), [(2, 3)], {"type": "linalg_pinv", "rcond": 0.1}),
        (torch.linalg.diagonal, [(2, 3, 3)], {"type": "diagonal", "dim1": -2, "dim2": -1}),
        (lambda x: torch.linalg.diagonal(x, dim1=0), [(2, 3, 2)], {"type": "diagonal", "dim2": -1}),
        (lambda x: torch.linalg.pinv(x, 0.1), [(2, 3)], {"type": "linalg_pinv", "rcond": 0.1}),
        (lambda x: torch.linalg.pinv(x, atol=0.1), [(2, 3)], {"type": "linalg_pinv", "atol": 0.1}),
        (lambda x: torch.cholesky_inverse(x, upper=True), [(3, 3)], {"type": "cholesky_inverse", "upper": True}),
        (lambda x: torch.linalg.inv_ex(x).inverse, [(3, 3)], {"type": "linalg_inv_ex"}),
        (lambda x: torch.linalg.lu(x).U, [(3, 3)], {"type": "linalg_lu"}),
        (torch.linalg.lu_factor, [(3, 3)], {"type": "linalg_lu_factor"}),
        (
            lambda x, y: torch.linalg.lu_solve(*torch.linalg.lu_factor(x), y),
            [(3, 3), (3, 2)],
            {"type": "linalg_lu_solve"},
        ),
        (lambda x: torch.cholesky(x, upper=True), [(3, 3)], {"type": "linalg_cholesky", "upper": True}),
        (torch.linalg.eig, [(3, 3)], {"type": "linalg_eig"}),
        (torch.linalg.eigvals, [(3, 3)], {"type": "linalg_eigvals"}),
        (lambda x: torch.constant_pad_nd(x, (1, 2), 5), [(2, 3)], {"type": "pad", "pad": [1, 2], "value": 5}),
        (torch.poisson, [(2, 3)], {"type": "poisson"}),
        (torch.cov, [(2, 3)], {"type": "cov"}),
        (lambda x, w: x.cov(correction=0, fweights=w), [(2, 3), of((3,))], {"type": "cov", "correction": 0}),
        (torch.corrcoef, [(2, 3)], {"type": "corrcoef"}),
        (nn.functional.pdist, [(4, 3)], {"type": "pdist"}),
        (torch.pdist, [(4, 3)], {"type": "pdist"}),
        (lambda x: torch.combinations(x, 3), [(4,)], {"type": "combinations", "r": 3}),
        (lambda x: torch.nanquantile(x, 0.5, dim=1), [(2, 3)], {"type": "nanquantile", "q": 0.5, "dim": 1}),
        (torch.cholesky_solve, [(3, 2), (3, 3)], {"type": "cholesky_solve"}),
        (
            lambda x, i, y: x.clone().index_reduce_(1, i, y, "amax"),
            [(3, 4), of((2,)), (3, 2)],
            {"type": "index_reduce", "dim": 1, "reduce": "amax"},
        ),
        (lambda x, i, y: x.clone().put_(i, y), [(3, 4), of((2,)), (2,)], {"type": "put"}),
        (lambda x, y: x.diagonal_scatter(y, 1), [(3, 4), (3,)], {"type": "diagonal_scatter", "offset": 1}),
        (
            lambda x: nn.functional.fractional_max_pool2d(x, 2, output_ratio=(0.5, 0.5)),
            [(1, 2, 8, 8)],
            {"type": "fractional_max_pool2d", "kernel_size": 2, "output_ratio": [0.5, 0.5]},
        ),
        (
            lambda x: nn.functional.fractional_max_pool3d(x, 2, 3, return_indices=True)[1],
            [(1, 2, 8, 8, 8)],
            {"type": "fractional_max_pool3d", "kernel_size": 2, "output_size": 3, "return_indices": True},
        ),
        (nn.functional.embedding_bag, [of((2, 3)), (5, 4)], {"type": "embedding_bag"}),
        (
            lambda i, w, o: nn.functional.embedding_bag(i, w, o, mode="max"),
            [of((6,)), (5, 4), of((2,))],
            {"type": "embedding_bag", "mode": "max"},
        ),
        (
            lambda i, w, s: nn.functional.embedding_bag(i, w, mode="sum", per_sample_weights=s),
            [of((2, 3)), (5, 4), (2, 3)],
            {"type": "embedding_bag", "mode": "sum"},
        ),
        (lambda x: x.type(torch.LongTensor), [(2, 3)], {"type": "to", "dtype": "int64"}),
        (lambda x: x.type("torch.DoubleTensor"), [(2, 3)], {"type": "to", "dtype": "float64"}),
        (lambda x, y: x.type(y.type()), [(2, 3), of((3,))], {"type": "to", "dtype": "int64"}),
        (lambda x: x.exp() if x.type() == "torch.FloatTensor" else x.sin(), [(2, 3)], {"type": "exp"}),
    ],
)
def test_a_function_is_an_operation(function: Callable[..., Any], inputs: list[Any], said: dict[str, Any]) -> None:
    document = export(Calling(function), inputs)
    last = {key: value for key, value in document["layers"][-1].items() if key not in ("name", "inputs")}
    assert last == said
    assert answered(document)["valid"]
