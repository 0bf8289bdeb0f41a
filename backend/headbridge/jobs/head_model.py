"""Handing out a head model as a job: one file of arrays from which a program builds a rig."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..fitting.job import identities_setting
from ..models.catalogue import of_all_people
from ..models.people.handles import load_handles
from ..progress import Progress
from ..settings import model_file_setting, setting
from .folder import JobFolder
from .plain_json import plain_json
from .protocol import Task
from .versions import result_origin

if TYPE_CHECKING:
    from ..models.rig import RigModel


def _correctives():
    return setting(
        True,
        label="Pose correctives",
        help="Shapes that the joints' rotations drive; without them the head bends by skinning alone.",
    )


def _inner_parts():
    return setting(
        False,
        label="Inner parts",
        help="Teeth, gums, tongue, lashes and, on HACK, eyes as an object of their own that moves with the head; for the "
        "open heads, hack and flame, and FLAME files of yours (without lashes).",
    )


def _model_file():
    return model_file_setting(
        "FLAME model file or HACK folder to take; left out, the one in the model folders, else the open head."
    )


@dataclass(frozen=True)
class HeadModelSettings:
    """Which model, and how much of it."""

    model: str = setting(
        "flame",
        label="Model",
        help="flame: your model file, else the open head in FLAME's topology, which open-flame always is. hack: your "
        "HACK files, else ICT-FaceKit's part in HACK's topology. ict: all of ICT-FaceKit, with teeth and eyes.",
        choices=("flame", "open-flame", "ict", "hack"),
    )
    model_file: str = _model_file()
    identities: str = identities_setting()
    identity_count: int = setting(
        128, label="Identity keys", help="At most so many identity coefficients.", minimum=0, maximum=300
    )
    expression_count: int = setting(
        60, label="Expression keys", help="At most so many expression coefficients.", minimum=0, maximum=100
    )
    correctives: bool = _correctives()
    inner_parts: bool = _inner_parts()


@dataclass(frozen=True)
class FittedHeadSettings:
    """How the head of a fit is handed out."""

    model_file: str = _model_file()
    correctives: bool = _correctives()
    inner_parts: bool = _inner_parts()


def run_head_model(folder: JobFolder, settings: HeadModelSettings, progress: Progress) -> dict[str, Any]:
    """Write the model as `result.npz`, the arrays of `models.rig.RigModel` by their names and those of its mesh; all
    people with their handles (`Handles.handed_over`), and the inner parts where they are wanted (`_parts_arrays`)."""
    progress.report(0.0, "Reading the model")
    from ..models.rig import load_rig

    rig = load_rig(
        settings.model,
        settings.identity_count,
        settings.expression_count,
        settings.correctives,
        settings.model_file or None,
        settings.identities,
    )
    progress.report(0.6, "Handing over the model")
    folder.write_arrays("result.npz", **rig_arrays(rig), **_parts_arrays(rig, settings.inner_parts))
    return _describe(rig, settings)


def run_fitted_head(folder: JobFolder, settings: FittedHeadSettings, progress: Progress) -> dict[str, Any]:
    """The model of the fit `head.npz` (see `jobs.fit_output`) as `run_head_model` writes it, and in the same file
    values (K,) of the keys, rotations (J, 3) axis-angle, translation (3,) mm, the similarity to the data's frame, and
    detail (V, 3) mm where the fit has a face beyond the coefficients."""
    progress.report(0.0, "Reading the fit")
    from ..models.rig.fitted import read_fitted_rig

    fitted = read_fitted_rig(folder.read_arrays("head.npz"), settings.correctives, settings.model_file or None)
    progress.report(0.6, "Handing over the model")
    more = {} if fitted.detail is None else {"detail": fitted.detail.astype(np.float32)}
    folder.write_arrays(
        "result.npz",
        **rig_arrays(fitted.handed_over(fitted.rig)),
        **_parts_arrays(fitted.rig, settings.inner_parts, fitted.handed_over),
        values=fitted.values[~fitted.smooth],
        rotations=fitted.rotations,
        translation=fitted.translation,
        similarity_scale=np.array(fitted.similarity.scale),
        similarity_rotation=fitted.similarity.rotation,
        similarity_translation=fitted.similarity.translation,
        **more,
    )
    return _describe(fitted.rig, settings)


def rig_arrays(rig: RigModel) -> dict[str, np.ndarray]:
    """The arrays of a rig by their names, and those of its mesh."""
    mesh = rig.mesh
    return {
        "vertices": mesh.vertices,
        "corners": mesh.corners,
        "face_sizes": mesh.face_sizes,
        "uvs": mesh.uvs,
        "face_materials": mesh.face_materials,
        "material_names": np.array(mesh.material_names, np.str_),
        "names": np.array(rig.names, np.str_),
        "kinds": np.array(rig.kinds, np.str_),
        "lower": rig.lower,
        "upper": rig.upper,
        "deltas": rig.deltas,
        "joint_names": np.array(rig.joint_names, np.str_),
        "parents": rig.parents,
        "joints": rig.joints,
        "joint_deltas": rig.joint_deltas,
        "joint_axes": rig.joint_axes,
        "weights": rig.weights,
        "correctives": rig.correctives,
        "corrective_entries": rig.corrective_entries,
        **(load_handles().handed_over() if of_all_people(rig.version) else {}),
    }


def _parts_arrays(
    rig: RigModel, wanted: bool, handed_over: Callable[[RigModel], RigModel] = lambda parts: parts
) -> dict[str, np.ndarray]:
    """The arrays of the inner parts, whose keys and joints are the rig's, their names beginning with "parts_".

    handed_over : what is made of them before."""
    if not wanted:
        return {}
    from ..models.rig.inner_parts import inner_parts

    arrays = rig_arrays(handed_over(inner_parts(rig)))
    return {f"parts_{name}": array for name, array in arrays.items() if not name.startswith("handle_")}


def _describe(rig: RigModel, settings: Any) -> dict[str, Any]:
    return plain_json(
        {
            "topology": rig.topology,
            "label": rig.label,
            "version": rig.version,
            "settings": settings,
            **result_origin(),
            "result": "result.npz",
        }
    )


HEAD_MODEL = Task(HeadModelSettings, run_head_model)
FITTED_HEAD = Task(FittedHeadSettings, run_fitted_head)
