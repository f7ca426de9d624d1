"""From a live PyTorch model to a document that says the same. Runs where the user's model is."""

from collections.abc import Callable
from typing import Any

from torch.nn import Module

from service.export.inputs import inputs_of
from service.export.problems import ExportError
from service.export.recording.session import recorded
from service.export.writing.again import Again
from service.export.writing.blocks import Placement
from service.export.writing.document import Writer, given_as_json

__all__ = ["ExportError", "export"]


def export(
    model: Module,
    inputs: Any,
    *,
    name: str | None = None,
    training: bool = False,
    entered: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """The document of ``model``, ready to be posted to ``/analyze``.

    ``inputs`` is a list of shapes, of tensors or of ``{"shape": […], "dtype": "int64"}``, one for each argument of the
    forward pass, or a dictionary that gives them by keyword. A tensor's numbers are looked at only where the model asks
    for numbers; a check of numbers that nobody knows, which could only raise an exception, is taken to be passed. The
    model runs once, on the ``meta`` device, in evaluation mode unless ``training``, and is afterwards what it was
    before. ``entered`` is called whenever modules are, with their number.

    Modules and computations are in the document also where nothing uses them. Of what else the model does and no output
    comes from, such as checks of a mask, ``about`` has how often under ``unused``.

    Raises :class:`ExportError` with everything that a document cannot say.
    """
    trace = recorded(model, inputs_of(model, inputs), training=training, entered=entered)
    again = Again(trace)
    writer = Writer(Placement(trace, again), trace)
    about = {"about": {"unused": again.unused}} if again.unused else {}
    mode = {"mode": "train"} if training else {}
    named = {"name": name or type(model).__name__, **about, **given_as_json(trace.given)}
    return {**named, **writer.document(), **mode}
