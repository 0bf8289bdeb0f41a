"""The same face in another head topology, with the coefficients of that topology's model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.similarity import fit_similarity_robust
from ..mesh.validate import check_mesh
from ..metrics.statistics import summary
from ..models.catalogue import HEADS
from ..models.conversion import flame_to_hack, hack_to_flame
from ..progress import Progress
from ..topologies import load_builtin, load_topology, recognise
from ..verdict import Verdict
from .basel import BFM_COUNTS, register_basel
from .ict_parts import with_inner_parts
from .job import ConvertResult, ConvertSettings, FitMeshInput, FitMeshSettings
from .known_head import as_known_head
from .mesh import fit_mesh

# Eyeballs, sockets and the mouth's inside follow the skin: they say less of the face.
_INNER_WEIGHT = 0.01


def convert(
    mesh: Mesh, settings: ConvertSettings = ConvertSettings(), progress: Progress = Progress()
) -> ConvertResult:
    """The head of `mesh`, in FLAME, HACK or ICT topology, or a Basel Face Model mesh, as a FLAME, HACK or ICT head.

    FLAME and HACK/ICT heads go over by the dense correspondence of the two, expression and pose included; a Basel
    Face Model mesh is known by its vertex count, and the wanted head is registered onto it. An ICT head has HACK's skin,
    and ICT-FaceKit's teeth, gums, tongue, eyes and lashes behind it (`ict_parts`).

    Raises `InputError` for other meshes, values that are not finite, a head that is of the wanted topology already,
    `FailedResult` when a registration failed, and `Cancelled`."""
    mesh, relation = _whole_head(mesh, settings, progress.part(0.0, 0.2))
    topology = recognise(mesh)
    bfm = BFM_COUNTS.get(len(mesh.vertices)) if topology is None else None
    if bfm is None and (topology is None or topology.key not in HEADS):
        what = f"{len(mesh.vertices)} vertices" if topology is None else f"the {topology.label} topology"
        counts = ", ".join(f"{count:,}" for count in BFM_COUNTS)
        raise InputError(
            f"'{mesh.name}' has {what}; a head to convert has FLAME (5,023 vertices), HACK (14,062) or ICT (26,719) "
            f"topology or is a Basel Face Model mesh ({counts}); transfer FLAME or HACK onto others with "
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
    if goal == "ict" and settings.model_file:
        raise InputError("ICT-FaceKit ships with HeadBridge and takes no model file; leave it out.")
    # ICT's skin is HACK's.
    skin = "hack" if goal == "ict" else goal
    if bfm is not None:
        registered = register_basel(skin, mesh, settings.device, settings.seed, progress.part(0.0, 0.7))
        vertices, verdict = registered.registered, registered.verdict
        notes = [f"The mesh has the {len(mesh.vertices):,} vertices of the {bfm}.", *registered.notes]
    else:
        progress.report(0.25, "Transferring the face over")
        notes = relation or [f"The mesh is a {topology.label} head."]
        vertices = mesh.vertices
        if "flame" in (topology.key, skin):
            vertices = (hack_to_flame if skin == "flame" else flame_to_hack)(vertices)
        elif topology.key == "ict":
            vertices = vertices[: len(load_topology("hack").skin)]
    fitted = FitMeshSettings(model=goal, model_file=settings.model_file, identities=settings.identities)
    fit = fit_mesh(_to_fit(goal, vertices), fitted, progress.part(0.7, 1.0))
    if goal == "ict":
        vertices = with_inner_parts(vertices, fit.vertices)
        distances = np.linalg.norm(vertices - fit.vertices, axis=1) / fit.similarity.scale
        fit = replace(fit, metrics={**fit.metrics, "all": summary(distances)})
        notes = [*notes, "Teeth, gums, tongue, eyes and lashes are ICT-FaceKit's; they follow the skin next to them."]
    return ConvertResult(vertices, replace(fit, notes=(*notes, *fit.notes)), verdict)


def _to_fit(goal: str, vertices: np.ndarray) -> FitMeshInput:
    """A head, or an ICT head's skin, as what its model is to be fitted to."""
    template, inside = load_builtin(goal), ~load_topology(goal).skin
    weights, count = np.where(inside, _INNER_WEIGHT, 1.0), len(vertices)
    onto = fit_similarity_robust(template.vertices[:count], vertices)
    whole = template.with_vertices(np.concatenate([vertices, onto.apply(template.vertices[count:])]))
    lacking = np.arange(len(inside)) >= count
    return FitMeshInput(whole, weights=weights, exclude=lacking if lacking.any() else None)


def _whole_head(mesh: Mesh, settings: ConvertSettings, progress: Progress) -> tuple[Mesh, list[str]]:
    """A cut, cropped or split head with all vertices of its topology, those it lacks as the model has them; notes."""
    inputs, notes = as_known_head(FitMeshInput(mesh), HEADS)
    if inputs.exclude is None:
        return inputs.mesh, notes
    fitted = fit_mesh(inputs, FitMeshSettings(), progress)
    vertices = np.where(inputs.exclude[:, None], fitted.vertices, inputs.mesh.vertices)
    return inputs.mesh.with_vertices(vertices), notes
