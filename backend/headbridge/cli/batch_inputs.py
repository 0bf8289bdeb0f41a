"""What a command's heads are in a batch: which files of a folder, and what it writes of each."""

from __future__ import annotations

from dataclasses import dataclass

from ..batch.manifest import SubFolder
from ..building.images import SUFFIXES as IMAGES
from ..mesh.io import READABLE as MESHES
from ..mesh.udim import PLACEHOLDER


@dataclass(frozen=True)
class BatchInputs:
    """files : endings of a folder's files that are heads. inside : what a folder inside a folder is. suffix : of the file
    that a command writes whose -o is no folder, for images with the number of the UDIM tile."""

    files: tuple[str, ...] = MESHES
    inside: SubFolder = SubFolder.NONE
    suffix: str = ".obj"


TEXTURES = BatchInputs(IMAGES, suffix=f".{PLACEHOLDER}.png")
PHOTOS = BatchInputs(IMAGES, SubFolder.FILES)
PROJECTED_PHOTOS = BatchInputs(IMAGES, SubFolder.FILES, TEXTURES.suffix)
PERFORMANCES = BatchInputs(("",), SubFolder.WHOLE)
