"""Brings the two heads of a transfer onto each other."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import numpy as np

from ..cache import Cache, content_key
from ..errors import InputError
from ..mesh import Mesh
from ..mesh.validate import check_mesh
from ..progress import Progress
from ..registration.job import LandmarkPairs, RegisterInput, RegisterSettings
from ..spatial.intersections import count_self_intersecting_triangles
from ..topologies import Topology, check_topology, load_builtin, recognise
from ..units import guess_units
from ..verdict import Verdict
from .job import UvInput, UvSettings

# Source and target of the registration among known topologies are chosen once.
_DIRECTION: dict[tuple[str, str], bool] = {}


@dataclass(frozen=True, eq=False)
class Overlay:
    """Two heads lying on each other, in millimetres.

    source, target : the meshes in the shapes they were registered in; source_topology, target_topology : or None.
    source_positions (Vs, 3), target_positions (Vt, 3) : where their vertices lie on each other, mm.
    registered_seconds : time the registration took, 0 when it was given or known; given : whether it was given.
    backward : whether it was the target that was registered, onto the source; verdict : on that registration, good where
        it was given without one.
    """

    source: Mesh
    target: Mesh
    source_topology: Topology | None
    target_topology: Topology | None
    source_positions: np.ndarray
    target_positions: np.ndarray
    registered_seconds: float
    given: bool
    notes: tuple[str, ...]
    backward: bool = False
    verdict: Verdict = Verdict()

    @property
    def common_landmarks(self) -> bool:
        """Whether the tables know the 51 landmarks of both heads."""
        topologies = (self.source_topology, self.target_topology)
        return all(t is not None and t.landmarks_51 is not None for t in topologies)


def topologies_of(inputs: UvInput) -> tuple[Topology | None, Topology | None]:
    """The topologies of source and target, insisted on or recognised."""
    return tuple(
        check_topology(mesh, key) if key else recognise(mesh)
        for mesh, key in ((inputs.source, inputs.source_topology), (inputs.target, inputs.target_topology))
    )


def overlay_heads(
    inputs: UvInput,
    settings: UvSettings,
    progress: Progress,
    cache: Cache,
    held_out: np.ndarray | None = None,
) -> Overlay:
    """The heads lying on each other: as `inputs.registered` says, or by a registration of our own.

    Registering two known topologies their templates stand in for them, since a layout belongs to the topology and not
    to the face or its expression. held_out : (51,) bool, table landmarks to leave out. Raises `InputError` when
    `registered` has neither mesh's faces."""
    source_topology, target_topology = topologies_of(inputs)
    if inputs.registered is not None:
        return _given(inputs, source_topology, target_topology)
    source, target = _in_shape(inputs.source, source_topology), _in_shape(inputs.target, target_topology)
    backward = inputs.landmarks is None and _backward(source, target, source_topology, target_topology)
    start = time.perf_counter()
    moved, mm, notes, verdict = _register(
        *(
            (target, source, target_topology, source_topology)
            if backward
            else (source, target, source_topology, target_topology)
        ),
        inputs.landmarks,
        settings,
        progress,
        cache,
        held_out,
    )
    seconds = time.perf_counter() - start
    positions = (source.vertices * mm, moved * mm) if backward else (moved * mm, target.vertices * mm)
    return Overlay(
        source, target, source_topology, target_topology, *positions, seconds, False, notes, backward, verdict
    )


def _in_shape(mesh: Mesh, topology: Topology | None) -> Mesh:
    """The mesh in the shape of its topology's template: a layout file's own vertices are not to be trusted."""
    return mesh if topology is None else mesh.with_vertices(load_builtin(topology.key).vertices)


def _backward(source: Mesh, target: Mesh, source_topology: Topology | None, target_topology: Topology | None) -> bool:
    """Whether the target is to be registered onto the source.

    A known topology carries its model and landmarks to an unknown surface. Of two known ones that with fewer
    self-intersections stays: where lips run through each other the nearest surface is the wrong one."""
    if source_topology is None or target_topology is None:
        return source_topology is None and target_topology is not None
    key = (source_topology.key, target_topology.key)
    if key not in _DIRECTION:
        _DIRECTION[key] = _skin_crossings(source, source_topology) < _skin_crossings(target, target_topology)
    return _DIRECTION[key]


def _skin_crossings(mesh: Mesh, topology: Topology) -> int:
    triangles = mesh.triangles[topology.skin[mesh.triangles].all(axis=1)]
    return count_self_intersecting_triangles(mesh.vertices, triangles)


def _register(moving, still, moving_topology, still_topology, landmarks, settings, progress, cache, held_out):
    """(V, 3) the moving head's vertices on the still one, in the latter's units; millimetres per unit; notes; verdict."""
    register_settings = RegisterSettings(device=settings.device, seed=settings.seed)
    if held_out is not None:
        pairs = [t.landmarks_51.evaluate(m.vertices) for t, m in ((moving_topology, moving), (still_topology, still))]
        landmarks = LandmarkPairs(pairs[0], pairs[1]).subset(~held_out)
    given = (landmarks.source, landmarks.target) if landmarks is not None else None
    key = content_key("judged overlay", moving, still, given, register_settings)
    found = cache.get("registration", key)
    if found is not None:
        progress.report(1.0, "Registered before")
        verdict = Verdict.from_plain(json.loads(str(found["verdict"])))
        return found["registered"], float(found["mm"]), (), verdict
    # A layout needs lips where the layouts' own surfaces have them; FLAME's template is one of the adults' space.
    templates = moving_topology is not None and still_topology is not None
    from ..registration.register import register

    inputs = RegisterInput(
        moving,
        still,
        landmarks=landmarks,
        head_space="ict" if templates and moving_topology.key == "flame" else None,
        close_openings=not templates,
    )
    result = register(inputs, register_settings, progress)
    kept = {
        "registered": result.registered,
        "mm": np.float64(result.mm_per_target_unit),
        "verdict": np.array(json.dumps(result.verdict.plain())),
    }
    cache.put("registration", key, kept)
    return result.registered, result.mm_per_target_unit, result.notes, result.verdict


def _given(inputs: UvInput, source_topology: Topology | None, target_topology: Topology | None) -> Overlay:
    source, target, registered = inputs.source, inputs.target, inputs.registered
    # A registration checks its meshes itself.
    for mesh, role in ((source, "source"), (target, "target"), (registered, "registered mesh")):
        check_mesh(mesh, role)
    if _same_faces(registered, source):
        still, topology = target, target_topology
        positions, backward = (registered.vertices, target.vertices), False
    elif _same_faces(registered, target):
        still, topology = source, source_topology
        positions, backward = (source.vertices, registered.vertices), True
    else:
        raise InputError(
            f"The registered mesh has {len(registered.vertices)} vertices and {len(registered.face_sizes)} faces, neither "
            f"the source's ({len(source.vertices)}, {len(source.face_sizes)}) nor the target's "
            f"({len(target.vertices)}, {len(target.face_sizes)}); give the output of registering one onto the other."
        )
    mm, why = guess_units(still, topology)
    if mm is None:
        # Any head is about as large as any other: enough for distances that only tell near from far.
        size = float(np.ptp(still.vertices[still.corners], axis=0).max())
        mm, why = 300.0 / max(size, 1e-12), f"taken to be 300 mm large ({why})"
    note = f"Registration: given; {still.name}: {why}"
    return Overlay(
        source, target, source_topology, target_topology, positions[0] * mm, positions[1] * mm, 0.0, True, (note,),
        backward, inputs.registered_verdict,
    )  # fmt: skip


def _same_faces(one: Mesh, other: Mesh) -> bool:
    return len(one.vertices) == len(other.vertices) and np.array_equal(one.corners, other.corners)
