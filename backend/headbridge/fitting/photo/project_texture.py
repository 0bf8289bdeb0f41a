"""Photos projected on a fitted head: the colours that its texels show, with visibility."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...progress import Progress
from ...topologies import TOPOLOGY_KEYS, Topology, load_builtin, load_topology
from ...topologies.recognise import recognise
from .job import PhotoTexture
from .posed_photo import PosedPhoto
from .projection_job import ProjectedPhoto, ProjectTextureInput, ProjectTextureResult, ProjectTextureSettings
from .texels import paint_texture

# Heads are so high in millimetres.
_LEAST, _MOST = 50.0, 2000.0


def project_texture(
    inputs: ProjectTextureInput, settings: ProjectTextureSettings = ProjectTextureSettings(), progress=Progress()
) -> ProjectTextureResult:
    """The photos' colours in the layout of the mesh.

    Raises `InputError` for a mesh of no known topology or in other units, photos of another size than their camera's,
    cameras that do not see the head, and light to remove that is not known."""
    started = time.perf_counter()
    progress.report(0.0, "Looking at the mesh")
    template, topology = _template(inputs.mesh)
    photos = [_posed(photo, inputs.mesh, settings) for photo in inputs.photos]
    painted = paint_texture(
        photos, template, topology, None, settings.size, settings.device, progress, completed=settings.complete
    )
    metrics = {
        "coverage": painted.share,
        "psnr": {photo.name: psnr for photo, psnr in zip(photos, painted.psnr, strict=True)},
        "seconds": time.perf_counter() - started,
    }
    progress.report(1.0, "Done")
    return ProjectTextureResult(PhotoTexture(painted.images, painted.coverages), metrics)


def _template(mesh: Mesh) -> tuple[Mesh, Topology]:
    """The mean head with the mesh's layout, and its topology."""
    topology = recognise(mesh)
    if topology is None:
        labels = ", ".join(load_topology(key).label for key in TOPOLOGY_KEYS)
        raise InputError(
            f"'{mesh.name}' ({len(mesh.vertices)} vertices) has no known topology; give a fitted head: {labels}."
        )
    height = float(np.ptp(mesh.vertices, axis=0).max())
    if not _LEAST < height < _MOST:
        raise InputError(
            f"'{mesh.name}' measures {height:.4g}, but cameras are in millimetres; give head.obj as it was fitted."
        )
    mean = load_builtin(topology.key)
    return (mean if mesh.uvs is None else replace(mesh, vertices=mean.vertices)), topology


def _posed(projected: ProjectedPhoto, mesh: Mesh, settings: ProjectTextureSettings) -> PosedPhoto:
    photo, camera = projected.photo, projected.camera
    if (photo.width, photo.height) != (camera.width, camera.height):
        raise InputError(
            f"{photo.name} has {photo.width} x {photo.height} pixels, but its camera belongs to a picture of "
            f"{camera.width} x {camera.height}; give the picture that was fitted."
        )
    if settings.remove_light and projected.light is None:
        raise InputError(f"{photo.name}: the camera file has no light to remove; keep the colours as they are.")
    in_camera = mesh.vertices @ camera.rotation.T + camera.translation
    return PosedPhoto(
        photo.pixels,
        in_camera * (1.0, -1.0, -1.0),
        camera.matrix,
        projected.light if settings.remove_light else None,
        photo.alpha,
        photo.name,
    )
