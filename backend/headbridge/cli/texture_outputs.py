"""The images that a command writes: a texture, and a mask of where its colours come from, for every tile of a layout."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from ..jobs.bake import texture_contents
from ..mesh import Mesh
from ..mesh.io.files import write_files
from ..mesh.udim import Tile, occupied_tiles, tile_paths
from .job_options import check_outputs, report_file


def check_image_options(parsed: argparse.Namespace) -> None:
    """Raise `InputError` when -o or --mask names no image that can be written."""
    from ..images import check_writable

    for image in filter(None, (parsed.output, getattr(parsed, "mask", None))):
        check_writable(image)


class TextureOutputs:
    """The files after -o, --mask and --json for a layout.

    tiles : those of the layout, all where they are left out; masks : whether --mask names a file to write. Raises
    `InputError` for files that cannot be written or are among the `inputs`."""

    def __init__(
        self,
        parsed: argparse.Namespace,
        layout: Mesh,
        inputs: Iterable[str],
        tiles: Iterable[Tile] | None = None,
        masks: bool = True,
    ):
        self._parsed = parsed
        tiles, whose = occupied_tiles(layout) if tiles is None else tiles, f"the layout of '{layout.name}'"
        self.textures = tile_paths(parsed.output, tiles, whose)
        self.masks = tile_paths(parsed.mask, tiles, whose) if masks and parsed.mask else {}
        named = [
            *(("-o", path) for path in self.textures.values()),
            *(("--mask", path) for path in self.masks.values()),
        ]
        check_outputs([*named, ("--json", parsed.json)], inputs)

    def write(self, images: dict[Tile, Any], coverages: dict[Tile, Any], described: dict[str, Any]) -> None:
        """Write images and coverages by tile, and the report; all of them or none."""
        pictures = texture_contents(self.textures, self.masks, images, coverages)
        write_files(file for files in (pictures, report_file(self._parsed, described)) for file in files)
