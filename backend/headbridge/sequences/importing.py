"""A tracker's files become a sequence: read, cut to the frames asked for, and posed where meshes are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import InputError
from ..models.catalogue import FLAME_JOINTS
from ..progress import Progress
from ..video.frame_range import frame_range
from .job import ImportSettings
from .posing import SequencePoser
from .required_model import find_required
from .sequence import ORIGIN, Sequence
from .trackers.collecting import mesh_files
from .trackers.meshes import FILES
from .trackers.registry import read_contents, read_tracker


@dataclass(frozen=True, eq=False)
class ImportedSequence:
    """What an import found.

    sequence : the frames asked for. label : the project's name. poser : poses its frames, None where the vertices are
    in the sequence, or no meshes were asked for. model_label : the model that poses them, empty without."""

    sequence: Sequence
    label: str
    poser: SequencePoser | None
    model_label: str

    def frames(self, progress: Progress) -> Iterator[np.ndarray]:
        """(V, 3) of every frame, in the source's frame and unit."""
        if self.sequence.vertices is not None:
            yield from self.sequence.vertices
        elif self.poser is not None:
            yield from self.poser.all_vertices(progress)


def import_sequence(
    paths: Iterable[str], settings: ImportSettings | None = None, progress: Progress | None = None
) -> ImportedSequence:
    """Read the files, folders or patterns `paths` of one tracker.

    Raises `InputError` for files that are no results, damaged, or of several projects, for frames that are not there,
    and, where meshes are wanted, when the model that the codes need is missing or another."""
    settings, progress = settings or ImportSettings(), progress or Progress()
    wanted = frame_range(settings.frames)
    paths = list(paths)
    sequence, reader = read_tracker(paths, settings.format, progress.part(0.0, 0.9))
    if settings.fps:
        sequence = replace(sequence, fps=settings.fps)
    sequence = _cut(sequence, wanted)
    if settings.mesh:
        sequence = _with_file_vertices(sequence, paths, progress.part(0.9, 1.0))
    poser, label = None, ""
    if sequence.vertices is None and settings.meshes != "none":
        required, sequence = find_required(sequence, settings.model_file)
        poser, label = SequencePoser(sequence, required.data, required.eyelids), required.data.label
    elif sequence.vertices is None and settings.model_file:
        _, sequence = find_required(sequence, settings.model_file)
    return ImportedSequence(sequence, reader.label, poser, label)


def _cut(sequence: Sequence, wanted: tuple[int | None, int | None, int]) -> Sequence:
    first, end, step = wanted
    if wanted == (None, None, 1):
        return sequence
    ids = sequence.frame_ids
    start = int(ids[0]) if first is None else first
    kept = (ids >= start) & ((ids - start) % step == 0)
    if end is not None:
        kept &= ids < end
    if not kept.any():
        raise InputError(f"There are no such frames; the source has {len(ids)}, numbered {ids[0]} to {ids[-1]}.")
    return sequence.of_frames(np.flatnonzero(kept))


def _with_file_vertices(sequence: Sequence, paths: list[str], progress: Progress) -> Sequence:
    """The sequence with the vertices of mesh files that lie with its codes, by the frames' names or numbers."""
    if sequence.vertices is not None:
        return sequence
    files = {}
    for path in (Path(path) for path in paths):
        folder = path if path.is_dir() else path.parent
        places = [folder, folder.parent / "mesh", folder.parent / "meshes"]
        for place in places:
            for file in mesh_files(place) if place.is_dir() else ():
                files.setdefault(file.stem, file)
                if file.stem.isdigit():
                    files.setdefault(int(file.stem), file)
                if file.stem == "mesh":
                    files.setdefault(file.parent.name, file)
    chosen = []
    for name, number in zip(sequence.frame_names.tolist(), sequence.frame_ids.tolist()):
        file = files.get(name, files.get(number))
        if file is None:
            raise InputError(
                f"The files of {sequence.source} have no vertices: there is no mesh of frame {name or number} with them; "
                "leave out --mesh and name the model file of the codes."
            )
        chosen.append(file)
    meshes = FILES.read(read_contents(chosen, progress))
    vertices = meshes.vertices * (meshes.mm_per_unit / sequence.mm_per_unit)
    if sequence.root_pivot == ORIGIN:
        # Such meshes are written before the head is turned about the origin.
        turns = Rotation.from_rotvec(sequence.joint(FLAME_JOINTS[0])).as_matrix()
        vertices = sequence.scale[:, None, None] * vertices @ turns.transpose(0, 2, 1) + sequence.translation[:, None]
    return replace(
        sequence,
        topology=meshes.topology,
        vertices=vertices,
        corners=meshes.corners,
        face_sizes=meshes.face_sizes,
        notes=(*sequence.notes, "The vertices are those of the meshes that lie with the codes."),
    )
