"""Further ways to invert matrices: pinv, inv_ex and cholesky_inverse.

Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.pinv.html and its neighbours.
"""

from typing import Annotated

from pydantic import Field

from service.core.dtypes import REAL
from service.core.tensors import Tensor
from service.layers.arguments import Bool, Float
from service.layers.base import example
from service.layers.call import Call
from service.layers.decompositions import OfMatrices, by_columns

Tolerance = Annotated[
    Float | None, Field(description="Singular values that are not above it are taken for 0.", examples=[1e-6, 0.1])
]


class PseudoInverse(OfMatrices, type="linalg_pinv"):
    """Inverts matrices as far as they can be: the pseudoinverse of Moore and Penrose."""

    function = "torch.linalg.pinv"
    null_is_absent = True
    examples = (
        example((4, 3)),
        example((2, 3, 4), rtol=0.1, atol=1e-6),
        example((3, 3), hermitian=True),
        example(Tensor((2, 4, 3), "complex64"), rcond=0.1),
    )

    atol: Tolerance = None
    rtol: Annotated[
        Float | None, Field(description="The same as a multiple of the largest singular value.", examples=[1e-6, 0.1])
    ] = None
    rcond: Annotated[Float | None, Field(description="Another name for rtol, without atol.", examples=[1e-6, 0.1])] = (
        None
    )
    hermitian: Annotated[Bool, Field(description="Whether the matrices are symmetric, or Hermitian.")] = False

    def forward(self, call: Call, A: Tensor, rcond: Tensor | None = None) -> Tensor:  # noqa: N803
        self.expect_one_tolerance(call, rcond)
        if self.hermitian and A.elements != 0:
            self.require_squares(call, A)
        else:
            self.require_matrices(call, A)
        *batch, rows, columns = A.shape
        if rcond is None:
            return Tensor((*batch, columns, rows), A.dtype)
        call.expect_dtype(rcond, REAL, input=1)
        if A.elements != 0:
            batch = list(call.require_broadcast(Tensor(tuple(batch)), rcond))
        return Tensor((*batch, columns, rows), A.dtype)

    def expect_one_tolerance(self, call: Call, arriving: Tensor | None) -> None:
        """PyTorch takes rcond alone, as a number or as a tensor."""
        given = [name for name in ("atol", "rtol", "rcond") if getattr(self, name) is not None]
        if given and (arriving is not None or "rcond" in given[1:]):
            call.refuse(
                "arguments",
                f"{{layer}} is a {self.type} with {' and '.join(given)}{'' if arriving is None else ' and an input'}; "
                "PyTorch takes rcond alone, be it a number or an input",
                argument=given[0],
                expected="one tolerance",
                received=given,
            )


class InverseAndInfo(OfMatrices, type="linalg_inv_ex"):
    """Inverts square matrices and says for each whether it has an inverse: a tuple."""

    function = "torch.linalg.inv_ex"
    examples = (example((3, 3)), example(Tensor((2, 3, 3), "complex64"), check_errors=True))

    check_errors: Annotated[Bool, Field(description="Whether PyTorch refuses matrices that have no inverse.")] = False

    def forward(self, call: Call, A: Tensor) -> tuple[Tensor, Tensor]:  # noqa: N803
        self.require_squares(call, A)
        return by_columns(A.shape, A.dtype), Tensor(A.shape[:-2], "int32")


class CholeskyInverse(OfMatrices, type="cholesky_inverse"):
    """Inverts positive definite matrices of which the triangular factors arrive."""

    function = "torch.cholesky_inverse"
    examples = (example((3, 3)), example(Tensor((2, 4, 4), "complex64"), upper=True))

    upper: Annotated[Bool, Field(description="Whether the factor lies above the diagonal.")] = False

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.require_squares(call, input)
        return by_columns(input.shape, input.dtype)
