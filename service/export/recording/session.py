"""One recorded run of a model, which is afterwards what it was before."""

import random
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import torch
from torch.nn import Module

from service.export.inputs import Inputs
from service.export.problems import (
    ExportError,
    Problem,
    ValuesNeededError,
    is_users,
)
from service.export.recording.kernels import scripts_looked_into
from service.export.recording.recorder import Recorder
from service.export.recording.run import Run
from service.export.recording.unsaid import autocast_told, gradients_told
from service.export.recording.visiting import Visitor
from service.export.surroundings.kept import as_before
from service.export.surroundings.lazy import expect_weights, to_be_run
from service.export.surroundings.moving import held
from service.export.surroundings.remembered import caches_of, forget_meta
from service.export.surroundings.replacing import Turn, put_in
from service.export.trace import Frame, Owned, Trace, Unit

_TURN: Final = Turn()

_TRACING: Final = ("torch.compiler.is_compiling", "torch.compiler.is_exporting", "torch.compiler.is_dynamo_compiling")
"""By these, models choose a way that asks for no numbers."""

_CHECKS: Final = ("torch._check_tensor_all_with", "torch._check_tensor_all", "torch._assert_async")
_FORBIDDEN: Final = frozenset("[]=")
_NUMBERS_ON_META: Final = "cannot be called on meta tensors"


def recorded(model: Module, inputs: Inputs, *, training: bool, entered: Callable[[int], None]) -> Trace:
    """Runs the model on ``meta``; raises :class:`ExportError` with everything that cannot be expressed."""
    with _TURN.taken():
        return _as_needed(model, inputs, training=training, entered=entered)


def _as_needed(model: Module, inputs: Inputs, *, training: bool, entered: Callable[[int], None]) -> Trace:
    """Runs the model once, or again if it asks for numbers."""
    _expect_names(model)
    record = partial(_recorded, model, inputs, training=training, entered=entered)
    try:
        return record()
    except ValuesNeededError:
        with put_in(dict.fromkeys(_TRACING, _always)):
            try:
                return record()
            except Exception:  # noqa: S110  what the model does without being told is what is told
                pass
    return record(guessing=True)


def _recorded(
    model: Module, inputs: Inputs, *, training: bool, entered: Callable[[int], None], guessing: bool = False
) -> Trace:
    model = to_be_run(model)
    owned = {name: Owned(name, tensor, tensor) for name, tensor in _weights(model)}
    frame = Frame(Unit(model, ""), None)
    run = Run(frame, {id(node.tensor): node for node in owned.values()}, _other_tensors(model), guessing=guessing)
    for given in inputs.given:
        run.storages.add_given(given)
    visitor = Visitor(run, {module: name for name, module in model.named_modules()}, entered)
    with _preserved(model), torch.no_grad(), torch.compiler.set_stance("force_eager"), _without_checks():
        model.train(training)
        try:
            with visitor.visiting(), scripts_looked_into(run), gradients_told(run), autocast_told(run), Recorder(run):
                result = model(*inputs.args, **inputs.kwargs)
        except ExportError:
            raise
        except Exception as error:
            if run.problems:
                # What fails now is likely to follow.
                place, what, reason = _failing(error)
                ended = Problem(run.module_name(), place, "the run ends here", f"{what}: {reason}")
                raise run.failure(ended) from error
            if _NUMBERS_ON_META in str(error):
                raise ValuesNeededError(_failure(error, run.module_name())) from error
            raise ExportError(_failure(error, run.module_name())) from error
    if run.problems:
        raise run.failure()
    expect_weights(model)
    outputs = tuple(run.value(tensor) for tensor in held(result))
    if not outputs:
        raise ExportError(f"The model returns no tensor, but {type(result).__name__}.")
    return Trace(frame, inputs.given, owned, outputs)


def _expect_names(model: Module) -> None:
    """Refuses names that a document cannot have."""
    names = [name for name, _ in (*model.named_modules(), *_weights(model))]
    wrong = [name for name in names if not _FORBIDDEN.isdisjoint(name)]
    if wrong:
        raise ExportError(f"In a document, names have no brackets and equals signs: {', '.join(wrong)}.")


def _weights(model: Module) -> Iterator[tuple[str, torch.Tensor]]:
    yield from model.named_parameters()
    yield from model.named_buffers()


def _other_tensors(model: Module) -> set[int]:
    """Tensors that modules keep without registering them, by identity."""
    return {id(tensor) for module in model.modules() for tensor in held(list(vars(module).values()))}


def _failure(error: Exception, module: str) -> str:
    """Where the model's own code fails, in one line."""
    place, what, reason = _failing(error)
    return f"{module or 'The model'}{place and f' ({place})'} fails: {what}: {reason}"


def _failing(error: Exception) -> tuple[str, str, str]:
    """File and line of the user's that an error came from, its class and its words."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_users(frame.filename)]
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return place, type(error).__name__, " ".join(str(error).split())


@contextmanager
def _without_checks() -> Iterator[None]:
    """Within, PyTorch's own checks of numbers pass, since there may be none."""
    with put_in({**dict.fromkeys(_CHECKS, _passed), "torch.distributions.Distribution._validate_args": False}):
        yield


def _always() -> bool:
    """Whether anything traces."""
    return True


def _passed(*_: Any, **__: Any) -> None:
    """A check that nothing fails."""


@contextmanager
def _preserved(model: Module) -> Iterator[None]:
    """Afterwards the model keeps what it kept, random numbers go on as they would have, and nothing is remembered that
    was computed without numbers."""
    caches = caches_of(model)
    forget_meta(caches)
    state = random.getstate()
    numpy = sys.modules.get("numpy")
    numpy_state = None if numpy is None else numpy.random.get_state()
    with torch.random.fork_rng(devices=[]):
        try:
            with as_before(model):
                yield
        finally:
            forget_meta(caches)
            random.setstate(state)
            if numpy is not None:
                numpy.random.set_state(numpy_state)
