"""An identity that is known before the photo is seen, such as MICA's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.io import read_mesh
from ...mesh.io.files import read_file
from ...models.safe_pickle import parse_npy
from ...progress import Progress
from ...topologies.recognise import recognise
from ..convert import convert
from ..job import ConvertSettings, FitMeshInput, FitMeshSettings
from ..mesh import fit_mesh
from ..posable import PosableHead
from .job import FitPhotoSettings

# MICA writes its mesh beside the codes.
_MESHES = ("mesh.ply", "mesh.obj")
# A standard deviation is 1: what is farther out is no identity.
_LARGEST = 50.0


def given_identity(
    path: str | Path, head: PosableHead, settings: FitPhotoSettings, progress: Progress = Progress()
) -> tuple[np.ndarray, str]:
    """(I,) the head's identity coefficients of a file, and a sentence on where they are from.

    path : identity.npy of MICA, codes of FLAME 2020, where `head` is the user's FLAME; else the mesh beside it, or a mesh
    file of a neutral head in a known topology: the head's model is fitted to it.
    Raises `InputError` for files that are neither, and codes without a mesh for another head."""
    path = Path(path)
    if path.suffix.lower() != ".npy":
        return _of_mesh(read_mesh(path), head, settings, progress)
    codes = _codes(path)
    if head.key == "flame" and not head.expression_names and head.version not in ("2023", "2023 no-jaw", "2023 Open"):
        if len(codes) > head.identity_count:
            raise InputError(
                f"{path}: there are {len(codes)} identity codes, but {head.label} has {head.identity_count}; name the "
                "model file that they are of."
            )
        identity = np.zeros(head.identity_count)
        identity[: len(codes)] = codes
        return identity, f"Identity: {path.name}, held to; codes of FLAME 2020."
    mesh = next((path.with_name(name) for name in _MESHES if path.with_name(name).is_file()), None)
    if mesh is None:
        raise InputError(
            f"{path}: MICA's codes are of FLAME 2020 and mean nothing to {head.label}; name generic_model.pkl of FLAME 2020 "
            "as the model file, or MICA's mesh.ply as the identity."
        )
    return _of_mesh(read_mesh(mesh), head, settings, progress)


def _codes(path: Path) -> np.ndarray:
    """(K,) the codes of an .npy file."""
    array = parse_npy(read_file(path), str(path))
    if array.dtype.kind != "f" or array.ndim > 2 or array.size != array.shape[-1] or not array.size:
        raise InputError(f"{path}: an identity is a row of numbers, not {array.dtype} {array.shape}.")
    codes = array.reshape(-1).astype(np.float64)
    if not np.isfinite(codes).all() or np.abs(codes).max() > _LARGEST:
        raise InputError(
            f"{path}: identity codes are standard deviations, but these are up to {np.abs(codes).max():.3g}."
        )
    return codes


def _of_mesh(mesh: Mesh, head: PosableHead, settings: FitPhotoSettings, progress: Progress) -> tuple[np.ndarray, str]:
    topology = recognise(mesh)
    if topology is not None and topology.key != head.key:
        chosen = ConvertSettings(to=head.key, model_file=settings.model_file, identities=settings.identities)
        fit = convert(mesh, chosen, progress).fit
    else:
        fit = fit_mesh(
            FitMeshInput(mesh),
            FitMeshSettings(model=settings.model, model_file=settings.model_file, identities=settings.identities),
            progress,
        )
    error = fit.metrics["face"]["mean"]
    identity = np.asarray(fit.coefficients["identity"], np.float64)
    return identity, f"Identity: {mesh.name}, held to; {head.label} is {error:.2f} mm off it in the face."
