"""The same face in another head topology, with the coefficients of that topology's model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.validate import check_mesh
from ..models.conversion import flame_to_hack, hack_to_flame
from ..progress import Progress
from ..topologies import load_builtin, load_topology, recognise
from ..verdict import Verdict
from .basel import BFM_COUNTS, register_basel
from .job import ConvertResult, ConvertSettings, FitMeshInput, FitMeshSettings
from .known_head import as_known_head
from .mesh import FITTED_TOPOLOGIES, fit_mesh

# Eyeballs, sockets and the mouth's inside follow the skin: they say less of the face.
_INNER_WEIGHT = 0.01


def convert(
    mesh: Mesh, settings: ConvertSettings = ConvertSettings(), progress: Progress = Progress()
) -> ConvertResult:
    """The head of `mesh`, in FLAME, HACK or ICT topology, or a Basel Face Model mesh, as a FLAME or HACK head.

    FLAME and HACK/ICT heads go over by the dense correspondence of the two, expression and pose included; a Basel
    Face Model mesh is known by its vertex count, and the wanted head is registered onto it.

    Raises `InputError` for other meshes, values that are not finite, a head that is of the wanted topology already,
    `FailedResult` when a registration failed, and `Cancelled`."""
    mesh, relation = _whole_head(mesh, settings, progress.part(0.0, 0.2))
    topology = recognise(mesh)
    bfm = BFM_COUNTS.get(len(mesh.vertices)) if topology is None else None
    if bfm is None and (topology is None or topology.key not in ("flame", "hack", "ict")):
        what = f"{len(mesh.vertices)} vertices" if topology is None else f"the {topology.label} topology"
        counts = ", ".join(f"{count:,}" for count in BFM_COUNTS)
        raise InputError(
            f"'{mesh.name}' has {what}; a head to convert has FLAME (5,023 vertices), HACK (14,062) or ICT (26,719) "
            f"topology or is a Basel Face Model mesh ({counts}); carry FLAME or HACK onto others with "
            "headbridge register."
        )
    if bfm is None:
        check_mesh(mesh, "mesh")
    goal, verdict = settings.to, Verdict()
    if goal == "auto":
        goal = "hack" if topology is not None and topology.key == "flame" else "flame"
    if topology is not None and topology.key == goal:
        other = "hack" if goal == "flame" else "flame"
        raise InputError(
            f"'{mesh.name}' is a {topology.label} head already; convert it to {other}, or find its coefficients with "
            "headbridge fit-mesh."
        )
    if bfm is not None:
        registered = register_basel(goal, mesh, settings.device, settings.seed, progress.part(0.0, 0.7))
        vertices, verdict = registered.registered, registered.verdict
        notes = [f"The mesh has the {len(mesh.vertices):,} vertices of the {bfm}.", *registered.notes]
    else:
        progress.report(0.25, "Carrying the face over")
        carry = flame_to_hack if goal == "hack" else hack_to_flame
        if topology.key == "ict" and goal == "hack":
            carry = _first_of_ict
        vertices, notes = carry(mesh.vertices), relation or [f"The mesh is a {topology.label} head."]
    carried = load_builtin(goal).with_vertices(vertices)
    weights = np.where(load_topology(goal).skin, 1.0, _INNER_WEIGHT)
    model = FitMeshSettings(model=goal, model_file=settings.model_file, identities=settings.identities)
    fit = fit_mesh(FitMeshInput(carried, weights=weights), model, progress.part(0.7, 1.0))
    return ConvertResult(vertices, replace(fit, notes=(*notes, *fit.notes)), verdict)


def _whole_head(mesh: Mesh, settings: ConvertSettings, progress: Progress) -> tuple[Mesh, list[str]]:
    """A cut, cropped or split head with all vertices of its topology, those it lacks as the model has them; notes."""
    inputs, notes = as_known_head(FitMeshInput(mesh), FITTED_TOPOLOGIES)
    if inputs.exclude is None:
        return inputs.mesh, notes
    fitted = fit_mesh(inputs, FitMeshSettings(), progress)
    vertices = np.where(inputs.exclude[:, None], fitted.vertices, inputs.mesh.vertices)
    return inputs.mesh.with_vertices(vertices), notes


def _first_of_ict(vertices: np.ndarray) -> np.ndarray:
    return vertices[: len(load_topology("hack").skin)]
