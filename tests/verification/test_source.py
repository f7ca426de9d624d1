"""What the source may not hold, whoever changes it."""

import ast
from functools import cache
from pathlib import Path
from typing import Final

import service

ROOT: Final = Path(service.__file__).parent
UNPICKLING: Final = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}
EVALUATING: Final = {"eval", "exec", "compile", "__import__"}
LOADING: Final = {"load", "load_state_dict_from_url", "hub", "save", "compile"}
"""Of torch."""
STARTING: Final = {"system", "popen", "spawnv", "execv", "execve", "execvp", "posix_spawn", "Popen", "run", "call",
                   "check_call", "check_output"}  # fmt: skip


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    return [
        (path.relative_to(ROOT).as_posix(), node)
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Attribute, ast.Name))
    ]


def test_nothing_is_unpickled() -> None:
    for path, node in nodes():
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(alias.name for alias in node.names)]
        assert UNPICKLING.isdisjoint(name.partition(".")[0] for name in names), path
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "torch":
            assert node.attr not in LOADING, path


def test_no_job_is_started_by_what_pickles() -> None:
    """``multiprocessing`` starts the server's own processes, before there is any request."""
    importing = {
        path
        for path, node in nodes()
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("multiprocessing", "concurrent")))
        or (
            isinstance(node, ast.Import)
            and any(alias.name.startswith(("multiprocessing", "concurrent")) for alias in node.names)
        )
    }
    assert importing == {"api/serving.py"}


def test_only_formulas_are_evaluated() -> None:
    evaluating = {
        path
        for path, node in nodes()
        if isinstance(node, ast.Name) and node.id in EVALUATING
    }  # fmt: skip
    assert evaluating == {"core/formulas.py"}


def test_processes_are_started_in_one_place() -> None:
    starting = {
        path
        for path, node in nodes()
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("os", "subprocess")
        and node.attr in STARTING
    }
    assert starting == {"verification/spawning.py"}
