"""What a matrix is made of and undone by: inverses, determinants, and the factors of qr, svd, eigh and cholesky.

Source: https://docs.pytorch.org/docs/stable/linalg.html; what comes out lies column by column, as LAPACK writes it.
"""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from service.core.dtypes import ANY, COMPLEX, FLOATING, DType, real_part
from service.core.faults import NotViewable
from service.core.layouts import laid_out
from service.core.sizes import Shape, differ, product, smallest
from service.core.tensors import Tensor
from service.core.views import viewed
from service.layers.arguments import Bool, Str
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import Rejection
from service.layers.operation import Operation

LAPACK: Final = frozenset({"float32", "float64", "complex64", "complex128"})
"""The element types of LAPACK, which computes all of this."""

QR_MODES: Final = ("reduced", "complete", "r")
TRIANGLES: Final = ("L", "U", "l", "u")


def by_columns(shape: Shape, dtype: DType) -> Tensor:
    """Matrices that lie in memory column by column."""
    *batch, rows, columns = range(len(shape))
    return laid_out(shape, dtype, (*batch, columns, rows))


def require_axes(call: Call, tensor: Tensor) -> None:
    """There are rows and columns."""
    if tensor.rank < 2:
        call.refuse(
            "rank",
            f"{{layer}} is a {call.type} of matrices, but {tensor} arrives, which has no rows and columns",
            expected="[…, rows, columns]",
            received=list(tensor.shape),
        )
        raise Rejection


class OfMatrices(Operation):
    """What is computed of a matrix, or of each of several."""

    family = "matrix"
    takes: ClassVar[frozenset[str]] = LAPACK
    takes_empty: ClassVar[frozenset[str]] = LAPACK
    """The element types of what holds no elements, with which some never get as far as LAPACK."""

    def require_matrices(self, call: Call, input: Tensor) -> None:
        """At least two axes, and an element type that LAPACK has."""
        call.expect_dtype(input, self.takes_empty if input.elements == 0 else self.takes)
        require_axes(call, input)

    def require_squares(self, call: Call, input: Tensor) -> None:
        """As many rows as columns."""
        self.require_matrices(call, input)
        if differ(input.shape[-2], input.shape[-1]):
            call.disagree(
                f"{{layer}} is a {self.type}, which only square matrices have, but {input} arrives, with "
                f"{input.shape[-2]} rows and {input.shape[-1]} columns",
                input,
                axis=input.rank - 1,
            )


class Inverse(OfMatrices, type="linalg_inv"):
    """Inverts square matrices; PyTorch refuses those that have no inverse."""

    function = "torch.linalg.inv"
    examples = (example((3, 3)), example(Tensor((2, 3, 3), "complex64")))

    def forward(self, call: Call, A: Tensor) -> Tensor:  # noqa: N803
        self.require_squares(call, A)
        return by_columns(A.shape, A.dtype)


class Determinant(OfMatrices, type="det"):
    """Takes the determinant of square matrices."""

    function = "torch.det"
    takes_empty = FLOATING | COMPLEX
    examples = (example((3, 3)), example(Tensor((2, 4, 4), "float64")))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.require_squares(call, input)
        return Tensor(input.shape[:-2], input.dtype)


class LogDeterminant(Determinant, type="logdet"):
    """Takes the logarithm of the determinant of square matrices."""

    function = "torch.logdet"
    takes_empty = LAPACK
    examples = (example((3, 3)), example((2, 4, 4)))


class SignAndLogDeterminant(OfMatrices, type="slogdet"):
    """Takes the sign of the determinant of square matrices, and the logarithm of how large it is."""

    function = "torch.slogdet"
    examples = (example((3, 3)), example(Tensor((2, 4, 4), "complex64")))

    def forward(self, call: Call, input: Tensor) -> tuple[Tensor, Tensor]:
        self.require_squares(call, input)
        batch = input.shape[:-2]
        return Tensor(batch, input.dtype), Tensor(batch, real_part(input.dtype))


class Cholesky(OfMatrices, type="linalg_cholesky"):
    """Takes the triangular factor of positive definite matrices; PyTorch refuses others."""

    function = "torch.linalg.cholesky"
    takes_empty = FLOATING | COMPLEX
    examples = (example((3, 3)), example((2, 4, 4), upper=True))

    upper: Annotated[Bool, Field(description="Whether the factor lies above the diagonal.")] = False

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.require_squares(call, input)
        return by_columns(input.shape, input.dtype)


class QR(OfMatrices, type="linalg_qr"):
    """Takes matrices apart into orthogonal columns and a triangle."""

    function = "torch.linalg.qr"
    examples = (example((4, 3)), example((2, 3, 4)), example((5, 3), mode="complete"), example((5, 3), mode="r"))

    mode: Annotated[
        Str,
        Field(
            description="`reduced` for as few columns as will do, `complete` for a square of them, `r` for the "
            "triangle alone.",
            examples=list(QR_MODES),
        ),
    ] = "reduced"

    def check_arguments(self, call: Call) -> None:
        call.expect_one_of("mode", self.mode, QR_MODES)

    def forward(self, call: Call, A: Tensor) -> tuple[Tensor, Tensor]:  # noqa: N803
        self.require_matrices(call, A)
        *batch, rows, columns = A.shape
        inner = rows if self.mode == "complete" else smallest(rows, columns)
        orthogonal = Tensor((0,), A.dtype) if self.mode == "r" else by_columns((*batch, rows, inner), A.dtype)
        return orthogonal, by_columns((*batch, inner, columns), A.dtype)


class SVD(OfMatrices, type="linalg_svd"):
    """Takes matrices apart into two orthogonal ones and the singular values between them."""

    function = "torch.linalg.svd"
    takes_empty = FLOATING | COMPLEX
    examples = (example((4, 3)), example((2, 3, 4), full_matrices=False), example(Tensor((3, 3), "complex64")))

    full_matrices: Annotated[Bool, Field(description="Whether the orthogonal matrices are square.")] = True

    def forward(self, call: Call, A: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # noqa: N803
        self.require_matrices(call, A)
        *batch, rows, columns = A.shape
        inner = smallest(rows, columns)
        left, right = (rows, columns) if self.full_matrices else (inner, inner)
        return (
            by_columns((*batch, rows, left), A.dtype),
            Tensor((*batch, inner), real_part(A.dtype)),
            by_columns((*batch, right, columns), A.dtype),
        )


class SingularValues(OfMatrices, type="linalg_svdvals"):
    """Takes the singular values of matrices."""

    function = "torch.linalg.svdvals"
    takes_empty = FLOATING | COMPLEX
    examples = (example((4, 3)), example(Tensor((2, 3, 4), "complex64")))

    def forward(self, call: Call, A: Tensor) -> Tensor:  # noqa: N803
        self.require_matrices(call, A)
        *batch, rows, columns = A.shape
        return Tensor((*batch, smallest(rows, columns)), real_part(A.dtype))


class OfHermitian(OfMatrices):
    """What is computed of symmetric or Hermitian matrices, of which one triangle is read."""

    takes_empty = ANY

    UPLO: Annotated[
        Str, Field(description="The triangle: `L` below the diagonal, `U` above it.", examples=list(TRIANGLES))
    ] = "L"

    def check_arguments(self, call: Call) -> None:
        call.expect_one_of("UPLO", self.UPLO, TRIANGLES)


class Eigh(OfHermitian, type="linalg_eigh"):
    """Takes the eigenvalues and eigenvectors of symmetric matrices."""

    function = "torch.linalg.eigh"
    examples = (example((3, 3)), example(Tensor((2, 4, 4), "complex64"), UPLO="U"))

    def forward(self, call: Call, A: Tensor) -> tuple[Tensor, Tensor]:  # noqa: N803
        self.require_squares(call, A)
        return Tensor(A.shape[:-1], real_part(A.dtype)), by_columns(A.shape, A.dtype)


class EigenvaluesOfHermitian(OfHermitian, type="linalg_eigvalsh"):
    """Takes the eigenvalues of symmetric matrices."""

    function = "torch.linalg.eigvalsh"
    examples = (example((3, 3)), example(Tensor((2, 4, 4), "complex64")))

    def forward(self, call: Call, A: Tensor) -> Tensor:  # noqa: N803
        self.require_squares(call, A)
        return Tensor(A.shape[:-1], real_part(A.dtype))


class MatrixExponential(OfMatrices, type="matrix_exp"):
    """Takes the exponential of square matrices."""

    function = "torch.matrix_exp"
    takes = takes_empty = FLOATING | COMPLEX
    examples = (example((3, 3)), example(Tensor((2, 4, 4), "complex64")))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.require_squares(call, input)
        if viewed(input, (product(input.shape[:-2]), *input.shape[-2:])) is None:
            call.reject(
                NotViewable(
                    code="not-viewable",
                    message=f"{{layer}} is a {self.type} of {input}, whose matrices lie in memory so that PyTorch "
                    "cannot view them as one row of matrices; contiguous before it copies",
                )
            )
        return Tensor(input.shape, input.dtype)


class HouseholderProduct(OfMatrices, type="linalg_householder_product"):
    """Multiplies out Householder reflections, which gives orthogonal columns."""

    function = "torch.linalg.householder_product"
    examples = (example((4, 3), (3,)), example((2, 4, 3), (2, 2)))

    def forward(self, call: Call, input: Tensor, tau: Tensor) -> Tensor:
        self.require_matrices(call, input)
        call.expect_dtype(tau, frozenset({input.dtype}), input=1)
        *batch, rows, columns = input.shape
        if differ(smallest(rows, columns), columns):
            call.disagree(
                f"{{layer}} is a {self.type}, which takes no more columns than rows, but {input} arrives", input
            )
        if tau.rank != input.rank - 1 or any(map(differ, tau.shape[:-1], batch)):
            call.disagree(
                f"{{layer}} is a {self.type} of {input}, which needs a factor for each reflection, but {tau} arrives",
                tau,
                input,
            )
        elif differ(smallest(tau.shape[-1], columns), tau.shape[-1]):
            call.disagree(f"{{layer}} is a {self.type} of {columns} columns, but {tau.shape[-1]} factors arrive", tau)
        return by_columns(input.shape, input.dtype)
