"""The command line with a computation that only waits, lifts or breaks. Run as a script; the first argument chooses."""

import sys
import time
import types

import numpy as np

from headbridge.cli.main import console
from headbridge.registration.job import RegisterResult, Similarity


def lift(inputs, settings, progress):
    """Answers with the source lifted by one, and tells what it was given in the notes."""
    progress.report(0.5, "half way")
    print("a library prints")
    excluded = 0 if inputs.source_exclude is None else int(inputs.source_exclude.sum())
    pairs = 0 if inputs.landmarks is None else len(inputs.landmarks.source)
    note = f"stiffness {settings.stiffness}, symmetry {settings.symmetry}, pairs {pairs}, excluded {excluded}"
    vertices = inputs.source.vertices
    similarity = Similarity(1.0, np.eye(3), np.zeros(3))
    metrics = {"flipped_triangles": 0, "edge_log_ratio": {"median": 0.0, "p95": float("nan"), "max": 0.5}}
    return RegisterResult(vertices, vertices + 1.0, np.zeros(len(vertices)), similarity, 10.0, metrics, (note,))


def wait(inputs, settings, progress):
    """Never ends by itself."""
    while True:
        progress.report(0.5, "waiting")
        time.sleep(0.02)


def hang(inputs, settings, progress):
    """Does not listen to a cancel."""
    progress.report(0.5, "waiting")
    while True:
        time.sleep(0.02)


def crash(inputs, settings, progress):
    raise ZeroDivisionError("one\ntwo")


if __name__ == "__main__":
    register = {run.__name__: run for run in (lift, wait, hang, crash)}[sys.argv.pop(1)]
    sys.modules["headbridge.registration.register"] = types.SimpleNamespace(register=register)
    console()
