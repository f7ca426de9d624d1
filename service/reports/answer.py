"""The JSON answer, described: what every field of it means."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.core.dtypes import DType

Size = Annotated[int | None, Field(description="A size; null where it is not known, behind a rejected layer.")]
Shape = Annotated[list[Size], Field(examples=[[1, 16, 15, 15]])]
Count = Annotated[int | None, Field(description="An exact count; null where it is not known.")]

Extent = int | float | None
"""In entries of the input, fractions of them behind layers that enlarge; null behind a rejected layer."""


class AnswerModel(BaseModel):
    """A part of the answer."""

    model_config = ConfigDict(defer_build=True, frozen=True)


class OutputTensor(AnswerModel):
    """A tensor that a layer or the model returns."""

    ref: Annotated[str, Field(description="How a document refers to it: `lstm[1][0]`.", examples=["conv1"])]
    shape: Annotated[Shape | None, Field(description="Its shape; null where nothing is known.")]
    dtype: Annotated[DType | None, Field(description="Its element type; null where nothing is known.")]


class SizeFormula(AnswerModel):
    """Where the size of one axis comes from."""

    axis: Annotated[int, Field(description="The axis of the output, counted from 0.")]
    formula: Annotated[str, Field(description="The formula, as PyTorch's page has it.")]
    worked: Annotated[
        str,
        Field(
            description="The same with the numbers in it.",
            examples=["floor((32 + 2·1 − 1·(5 − 1) − 1) / 2 + 1) = 15"],
        ),
    ]


class Formulas(AnswerModel):
    """Where a layer's figures come from."""

    sizes: Annotated[list[SizeFormula], Field(description="The axes whose size is computed.")]
    parameters: Annotated[
        str | None,
        Field(
            description="How the parameters add up; null without any.",
            examples=["16 filters × (3 × 5 × 5) + 16 biases = 1,216"],
        ),
    ]
    macs: Annotated[list[str], Field(description="How the multiply-accumulates add up.")]


class ReceptiveField(AnswerModel):
    """What one output sees of the model's input, along one axis."""

    axis: Annotated[int, Field(description="The axis, counted from the last: -1.")]
    size: Annotated[Extent, Field(description="Entries of the input that one output depends on.")]
    stride: Annotated[Extent, Field(description="How far the field moves from one output to the next.")]
    offset: Annotated[Extent, Field(description="Where the first field starts; negative inside the padding.")]


class Bytes(AnswerModel):
    """Memory, in bytes of the element type."""

    output: Annotated[Count, Field(description="Everything the layer returns.")]
    weights: Annotated[Count, Field(description="Its parameters and buffers.")]


class LayerAnswer(AnswerModel):
    """One layer, after nesting and repeats are unrolled."""

    name: Annotated[str, Field(description="The full name, as in the `state_dict`.", examples=["block1.conv1"])]
    type: Annotated[str, Field(description="The class of `torch.nn`, or the tensor operation.", examples=["Conv2d"])]
    pointer: Annotated[str, Field(description="Where it stands in the document (JSON Pointer).")]
    input_shapes: Annotated[list[Shape | None], Field(description="What arrives, tuples taken apart.")]
    output_shape: Annotated[Shape | None, Field(description="The shape of the first tensor it returns.")]
    outputs: Annotated[list[OutputTensor], Field(description="Every tensor it returns.")]
    parameters: Annotated[Count, Field(description="As PyTorch counts them; none for weights counted before.")]
    trainable_parameters: Annotated[Count, Field(description="Those that a gradient reaches.")]
    buffers: Annotated[Count, Field(description="Numbers in buffers, such as running averages.")]
    weights: Annotated[dict[str, Shape], Field(description="Shapes by the names of `named_parameters()`.")]
    buffer_shapes: Annotated[dict[str, Shape], Field(description="Shapes by the names of `named_buffers()`.")]
    macs: Annotated[
        Count, Field(description="Multiply-accumulates of convolutions and matrix products, biases left out.")
    ]
    bytes: Annotated[Bytes, Field(description="Memory of what it returns and owns.")]
    formulas: Annotated[Formulas, Field(description="Where the figures come from.")]
    receptive_field: Annotated[
        list[ReceptiveField] | None, Field(description="Per spatial axis; null where it is not defined.")
    ]
    inferred: Annotated[dict[str, int], Field(description="Arguments left out, and what they were taken to be.")]
    shares: Annotated[str | None, Field(description="The layer whose weights it uses; null if it has its own.")]
    assumed: Annotated[
        bool, Field(description="Whether its figures rest on what a rejected layer declares, here or before.")
    ]


class Totals(AnswerModel):
    """Sums over the model."""

    parameters: Annotated[Count, Field(description="`sum(p.numel() for p in model.parameters())`.")]
    trainable_parameters: Annotated[Count, Field(description="Those that a gradient reaches.")]
    buffers: Annotated[Count, Field(description="Numbers in buffers.")]
    macs: Annotated[Count, Field(description="Multiply-accumulates; half of FlopCounterMode's FLOPs.")]
    weight_bytes: Annotated[Count, Field(description="Bytes of parameters and buffers.")]
    activation_bytes: Annotated[Count, Field(description="Bytes of everything that layers return.")]


class PatchOperation(AnswerModel):
    """One step of a JSON Patch (RFC 6902)."""

    op: Annotated[Literal["add", "remove", "replace"], Field(description="What is done at `path`.")]
    path: Annotated[str, Field(description="JSON Pointer into the document as it was sent.")]
    value: Annotated[Any, Field(description="The new value; absent for `remove`.")] = None


class Effect(AnswerModel):
    """What a fix does to the totals."""

    parameters: Annotated[Count, Field(description="How many parameters more; fewer, if negative.")]
    macs: Annotated[Count, Field(description="How many multiply-accumulates more; fewer, if negative.")]


class FixAnswer(AnswerModel):
    """A change that was proven to cure the issue."""

    description: Annotated[str, Field(description="What to do, in a sentence.")]
    patch: Annotated[list[PatchOperation], Field(description="A JSON Patch on the document as it was sent.")]
    valid: Annotated[bool, Field(description="Whether the document is then free of errors.")]
    effect: Annotated[Effect, Field(description="What it does to the totals.")]


class IssueAnswer(AnswerModel):
    """One mistake, or one suspicion."""

    severity: Annotated[
        Literal["error", "warning"], Field(description="PyTorch refuses an error; a warning is likely unintended.")
    ]
    code: Annotated[str, Field(description="Stable, for programs.", examples=["linear-in-features"])]
    layer: Annotated[str | None, Field(description="The layer's full name; null where it is no layer's.")]
    pointer: Annotated[str, Field(description="The key at fault (JSON Pointer).")]
    message: Annotated[str, Field(description="What was expected, what arrived, where the number comes from.")]
    expected: Annotated[Any, Field(description="What was expected.")]
    received: Annotated[Any, Field(description="What arrived.")]
    fixes: Annotated[list[FixAnswer], Field(description="Ways out, each proven on the whole document, best first.")]


class Discrepancy(AnswerModel):
    """Something in which PyTorch differs from us: a defect of ours."""

    layer: Annotated[str | None, Field(description="The layer or the weight; null for the whole model.")]
    what: Annotated[str, Field(description="What differs.", examples=["output"])]
    ours: Annotated[Any, Field(description="What we say.")]
    pytorch: Annotated[Any, Field(description="What PyTorch says.")]


VerificationStatus = Literal[
    "verified", "discrepancy", "rejected", "timeout", "out_of_memory", "crashed", "too_large", "unavailable"
]


class Amount(AnswerModel):
    """What a model would take, or may."""

    memory_bytes: Annotated[int | None, Field(description="Bytes of memory; null where nothing is known.")] = None
    macs: Annotated[int | None, Field(description="Multiply-accumulates; null where nothing is known.")] = None


class VerifiedFix(AnswerModel):
    """What PyTorch says to the document with a fix applied."""

    issue: Annotated[int, Field(description="Which of the issues the fix belongs to, counted from 0.")]
    fix: Annotated[int, Field(description="Which of that issue's fixes it is, counted from 0.")]
    status: Annotated[
        VerificationStatus, Field(description="`verified` if it runs, `rejected` if it does not and we say so, too.")
    ]
    error: Annotated[str | None, Field(description="PyTorch's own words, or why there are none.")] = None
    layer: Annotated[str | None, Field(description="The layer that PyTorch refused.")] = None
    of_values: Annotated[bool, Field(description="Whether it is refused for values rather than shapes.")] = False
    discrepancies: Annotated[list[Discrepancy], Field(description="Everything in which PyTorch differs from us.")]


class VerificationAnswer(AnswerModel):
    """What PyTorch says, which built the model and ran it."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[
        VerificationStatus,
        Field(description="`rejected`: PyTorch refuses the model, too; `discrepancy`: it differs from us."),
    ]
    device: Annotated[str, Field(description="Where it ran.")]
    torch_version: Annotated[str | None, Field(description="PyTorch's version.")] = None
    error: Annotated[str | None, Field(description="PyTorch's own words, or why there are none.")] = None
    layer: Annotated[str | None, Field(description="The layer that PyTorch refused.")] = None
    of_values: Annotated[
        bool,
        Field(description="Whether PyTorch refuses values rather than shapes, such as an index that was computed."),
    ] = False
    estimate: Annotated[Amount | None, Field(description="What the model would take, if that is too much.")] = None
    limit: Annotated[Amount | None, Field(description="What it may take.")] = None
    seconds: Annotated[float | None, Field(description="Building the model and running it once.")] = None
    parameters: Annotated[int | None, Field(description="As PyTorch counts them.")] = None
    trainable_parameters: Annotated[int | None, Field(description="Those that have gradients.")] = None
    buffers: Annotated[int | None, Field(description="Numbers in buffers.")] = None
    weight_bytes: Annotated[int | None, Field(description="Bytes of parameters and buffers.")] = None
    activation_bytes: Annotated[int | None, Field(description="Bytes of all that the layers returned.")] = None
    output_shapes: Annotated[
        list[list[int]] | None, Field(description="Of everything the model returned, up to a thousand tensors.")
    ] = None
    macs: Annotated[
        int | None,
        Field(description="Half of what PyTorch's counter counts on `meta`; null where that cannot run it in time."),
    ] = None
    layers_compared: Annotated[int | None, Field(description="How many layers were compared.")] = None
    not_checked: Annotated[str | None, Field(description="What `meta` does not check.")] = None
    latency_ms: Annotated[
        float | None,
        Field(
            description="A forward pass, the median of a few, on CUDA by its own events; left out where there was no "
            "time for another."
        ),
    ] = None
    latency_runs: Annotated[int | None, Field(description="How many passes the median is of.")] = None
    threads: Annotated[int | None, Field(description="Threads that the forward pass ran on.")] = None
    peak_bytes: Annotated[
        int | None,
        Field(description="The most memory that building and running took beyond PyTorch; on CUDA its allocator's."),
    ] = None
    without_gradient: Annotated[
        list[str] | None,
        Field(description="Learned parameters that no gradient of the outputs reaches, up to a thousand."),
    ] = None
    without_gradient_count: Annotated[int | None, Field(description="How many there are.")] = None
    backward_error: Annotated[str | None, Field(description="Why there is no backward pass.")] = None
    fixes: Annotated[list[VerifiedFix] | None, Field(description="What PyTorch says to each fix, up to 200.")] = None
    discrepancies: Annotated[
        list[Discrepancy], Field(description="Everything in which PyTorch differs from us, up to 20.")
    ]
    discrepancy_count: Annotated[int | None, Field(description="How many there are.")] = None


class Answer(AnswerModel):
    """What Plumbline says about an architecture."""

    name: Annotated[str | None, Field(description="The document's name.")]
    valid: Annotated[bool, Field(description="Whether PyTorch would build and run the model.")]
    layers: Annotated[list[LayerAnswer], Field(description="Every layer, in the order of the document.")]
    outputs: Annotated[list[OutputTensor], Field(description="What the model returns.")]
    totals: Annotated[Totals, Field(description="The figures of all layers together.")]
    issues: Annotated[list[IssueAnswer], Field(description="Every mistake and every suspicion.")]
    verification: Annotated[
        VerificationAnswer | None, Field(description="What PyTorch says; only if the document asks for it.")
    ] = None
