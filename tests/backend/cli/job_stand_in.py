"""The command line with a computation that waits, breaks, or answers what it was given. Run as a script; the first
argument chooses: the name of a function, after a dash perhaps the level of the result's verdict ("lift-check")."""

import sys
import time
import types
from dataclasses import replace

import numpy as np

from headbridge.__main__ import console
from headbridge.baking.job import BakeResult
from headbridge.mesh.similarity import Similarity
from headbridge.mesh.udim import occupied_tiles
from headbridge.registration.job import RegisterResult
from headbridge.uv.job import UvResult
from headbridge.verdict import CHECK, FAILED, Reason, Verdict


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


def dress(inputs, settings, progress):
    """Answers with UVs that count the target's corners, and tells what it was given in the notes."""
    progress.report(0.5, "half way")
    target, registered = inputs.target, inputs.registered
    corners = np.arange(len(target.corners))
    given = "none" if registered is None else f"{len(registered.vertices)} at {registered.vertices[0].tolist()}"
    note = (
        f"{settings.method}, seed {settings.seed}, symmetry {settings.symmetry}, registered {given}, "
        f"landmarks {inputs.landmarks and len(inputs.landmarks.source)}, "
        f"topologies {inputs.source_topology} {inputs.target_topology}"
    )
    flipped = {"count": 3, "area": 0.25, "skin_count": 2}
    return UvResult(
        np.stack([corners, corners + 0.5], axis=1).astype(np.float32) / len(corners),
        np.ones(len(target.vertices), bool),
        np.zeros(len(target.triangles), bool),
        inputs.source.name,
        {"flipped": flipped, "longest_edge": {"skin": float("nan"), "all": 0.5}, "seconds": 1.25},
        [note],
    )


def paint(inputs, settings, progress):
    """Answers with every tile in the colour of the first image and a number, and tells what it was given."""
    progress.report(0.5, "half way")
    given = {tile: image.pixels[0, 0].round(3).tolist() for tile, image in sorted(inputs.images.items())}
    tiles = occupied_tiles(inputs.target)
    shape = (settings.size, settings.size)
    first = next(iter(inputs.images.values()))
    images = {tile: replace(first, pixels=np.full((*shape, first.channels), k / 16)) for k, tile in enumerate(tiles)}
    masks = {tile: np.full(shape, 255 - k, np.uint8) for k, tile in enumerate(tiles)}
    registered = None if inputs.registered is None else len(inputs.registered.vertices)
    note = f"images {given}, padding {settings.padding}, registered {registered}, topology {inputs.target_topology}"
    return BakeResult(images, masks, {"seconds": 1.25}, [note])


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


VERDICTS = {
    CHECK: Verdict.of(
        [
            Reason(CHECK, "The nose lies 7 mm from where it is seen.", "nose", "Give landmark pairs there."),
            Reason(CHECK, "3 triangles are flipped."),
        ]
    ),
    FAILED: Verdict.of(
        [
            Reason(CHECK, "3 triangles are flipped."),
            Reason(FAILED, "The mouth lies 20 mm from where it is seen.", "mouth", "Give landmark pairs there."),
        ]
    ),
}


def judged(run, level):
    """The function with that verdict on its result; what only inherits a verdict refuses a failed one by itself."""

    def with_verdict(inputs, settings, progress):
        verdict = VERDICTS[level]
        if run is not lift:
            verdict.raise_if_failed()
        return replace(run(inputs, settings, progress), verdict=verdict)

    return with_verdict


def modules(name):
    """What `sys.modules` has to hold for the function of that name to stand in for every computation."""
    name, _, level = name.partition("-")
    run = {function.__name__: function for function in (lift, dress, paint, wait, hang, crash)}[name]
    run = judged(run, level) if level else run
    return {
        "headbridge.registration.register": types.SimpleNamespace(register=run),
        "headbridge.uv.transfer": types.SimpleNamespace(transfer_uvs=run),
        "headbridge.baking.bake_texture": types.SimpleNamespace(bake_texture=run),
    }


if __name__ == "__main__":
    sys.modules.update(modules(sys.argv.pop(1)))
    console()
