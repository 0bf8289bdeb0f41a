"""Shape keys for a head as jobs: ARKit's by name, or those of another head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..models.catalogue import HEADS
from ..progress import Progress
from .folder import JobFolder
from .protocol import Task
from .registered_mesh import read_registered
from .versions import result_origin


@dataclass(frozen=True)
class ExpressionKeysSettings:
    """There is nothing to set: the files say what goes where."""


def run_arkit_keys(folder: JobFolder, settings: ExpressionKeysSettings, progress: Progress) -> dict[str, Any]:
    """ARKit's 52 shapes for the neutral head `target.npz`, written as `result.npz`.

    registered.npz : for a head of unknown topology, one of a known topology that lies on it.
    result.npz : names (52,), parts (52,) the ICT-FaceKit expressions each is made of, separated by blanks, and deltas
    (52, V, 3) float32, millimetres."""
    progress.report(0.0, "Looking at the head")
    target = folder.read_mesh("target.npz")
    registered = folder.read_mesh("registered.npz") if folder.file("registered.npz").exists() else None
    from ..models.arkit import ARKIT_PARTS, arkit_shapes
    from ..models.shape_transfer import transfer_shapes

    source, shapes = arkit_shapes(_known_topology(target, registered))
    deltas = transfer_shapes(source, shapes, target, registered, progress)
    folder.write_arrays(
        "result.npz",
        names=np.array(list(ARKIT_PARTS), np.str_),
        parts=np.array([" ".join(parts) for parts in ARKIT_PARTS.values()], np.str_),
        deltas=deltas,
    )
    return {"result": "result.npz", **result_origin()}


def _known_topology(target: Mesh, registered: Mesh | None) -> str:
    from ..topologies import recognise

    for mesh in (target, registered):
        topology = recognise(mesh) if mesh is not None else None
        if topology is not None and topology.key in HEADS:
            return topology.key
    raise InputError(
        "This is no head of the FLAME, HACK or ICT topology, and none of these lies on it; register one onto it first."
    )


def run_transfer_keys(folder: JobFolder, settings: ExpressionKeysSettings, progress: Progress) -> dict[str, Any]:
    """The shape keys `keys.npz` (deltas (K, Vs, 3), millimetres) of the neutral head `source.npz` for the neutral head
    `target.npz`: `result.npz` with deltas (K, Vt, 3) float32.

    registered.npz : where the two topologies are not both of FLAME, HACK and ICT, one of the two lying on the other."""
    progress.report(0.0, "Looking at the heads")
    source, target = folder.read_mesh("source.npz"), folder.read_mesh("target.npz")
    registered = read_registered(folder, source, target)
    keys = folder.read_arrays("keys.npz")
    if "deltas" not in keys or keys["deltas"].ndim != 3:
        raise InputError("keys.npz should hold 'deltas' of the shape (K, V, 3), the source's shape keys.")
    from ..models.shape_transfer import transfer_shapes

    folder.write_arrays("result.npz", deltas=transfer_shapes(source, keys["deltas"], target, registered, progress))
    return {"result": "result.npz", **result_origin()}


ARKIT_KEYS = Task(ExpressionKeysSettings, run_arkit_keys)
TRANSFER_KEYS = Task(ExpressionKeysSettings, run_transfer_keys)
