"""What a file is, for people who found one: our own files, model files, meshes and trackers' results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..mesh.io import READABLE, read_mesh
from ..mesh.io.files import read_file
from ..mesh.io.npz import read_arrays
from ..models.flame.file import read_flame_file
from ..progress import Progress
from ..sequences import read_sequence
from ..sequences.description import described, description_lines
from ..sequences.trackers.registry import read_tracker
from ..topologies import recognise
from ..units import guess_units

_FEWEST_BYTES_OF_A_MODEL = 10_000_000


def information(path: str, progress: Progress) -> tuple[dict[str, Any], list[str]]:
    """The facts about a file, folder or pattern, and the same as lines. Raises `InputError` where it is nothing known."""
    file = Path(path)
    own = _own_arrays(file) if file.is_file() and file.suffix.lower() == ".npz" else {}
    if "format" in own:
        sequence = read_sequence(file)
        facts = {"kind": "sequence", **described(sequence)}
        return facts, ["A sequence of HeadBridge.", *description_lines(sequence.source, facts)]
    if {"model", "version", "units"} <= own.keys():
        return _head(own)
    if file.is_file() and file.suffix.lower() in (".pkl", ".pickle") and file.stat().st_size > _FEWEST_BYTES_OF_A_MODEL:
        return _model(file)
    if file.is_file() and file.suffix.lower() in READABLE and (file.suffix.lower() != ".npz" or "corners" in own):
        return _mesh(file)
    sequence, reader = read_tracker([path], "auto", progress)
    facts = {"kind": "tracker", "tracker": reader.label, "format": reader.key, **described(sequence)}
    return facts, description_lines(reader.label, facts)


def _own_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz file of ours; none of one that holds Python objects or is torch's."""
    try:
        return read_arrays(read_file(path), str(path))
    except InputError:
        return {}


def _head(arrays: dict[str, np.ndarray]) -> tuple[dict[str, Any], list[str]]:
    sizes = {name: list(array.shape) for name, array in arrays.items() if array.dtype.kind == "f"}
    facts = {
        "kind": "head",
        "model": {"key": str(arrays["model"]), "version": str(arrays["version"])},
        "contents": sizes,
    }
    listed = [f"{name}: {' x '.join(map(str, size)) or 'a number'}." for name, size in sizes.items()]
    return facts, [f"A head of the model {arrays['model']} {arrays['version']} by its coefficients.", *listed]


def _model(path: Path) -> tuple[dict[str, Any], list[str]]:
    data = read_flame_file(path)
    facts = {
        "kind": "model",
        "model": {"key": "flame", "version": data.version},
        "contents": {"identity": len(data.identity), "expression": len(data.expression)},
    }
    counts = f"{len(data.identity)} identity and {len(data.expression)} expression coefficients"
    return facts, [f"A model file: {data.label}, {counts}."]


def _mesh(path: Path) -> tuple[dict[str, Any], list[str]]:
    mesh = read_mesh(path)
    known = recognise(mesh)
    unit, said = guess_units(mesh, known)
    facts = {
        "kind": "mesh",
        "topology": "" if known is None else known.key,
        "mm_per_unit": unit,
        "contents": {"vertices": len(mesh.vertices), "faces": len(mesh.face_sizes), "uvs": mesh.uvs is not None},
    }
    what = "of no known topology" if known is None else f"in {known.label}'s topology"
    return facts, [
        f"A mesh {what}: {len(mesh.vertices)} vertices, {len(mesh.face_sizes)} faces.",
        f"Unit: {said}",
    ]
