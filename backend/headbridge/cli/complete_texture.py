"""``headbridge complete-texture``: the hidden parts of a texture filled in."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ..jobs.complete_texture import describe_completion, read_known
from ..mesh.io.files import write_files
from ..mesh.udim import PLACEHOLDER, tile_paths
from ..texture.completion_job import CompleteTextureInput, CompleteTextureSettings
from .job_options import check_outputs, job_progress, report_file
from .meshes import input_files, load_mesh, tile_files
from .setting_options import add_setting_options, settings_from_options

_DESCRIPTION = f"""Fill in what is hidden of the texture IMAGE of a head (.png .jpg .tif .exr) and write the whole one to
OUT (.png .tif .exr), in the bit depth of IMAGE. The mask is white where IMAGE is known, as headbridge project-texture
and fit-photo write it; left out, IMAGE's alpha channel tells. Where the layout lies in several UDIM tiles {PLACEHOLDER}
in IMAGE, the mask and OUT stands for the number of the tile."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("image", metavar="IMAGE", help="texture that is known in parts")
    parser.add_argument("--mask", metavar="FILE", help="image, white where IMAGE is known")
    parser.add_argument(
        "--mesh", metavar="HEAD", help="mesh of a known topology with IMAGE's layout, if not --layout's"
    )
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="image file to write")
    parser.add_argument("--json", metavar="FILE", help="write metrics, settings and versions to this file")
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_setting_options(parser, CompleteTextureSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    # OpenCV takes a moment to load, so other commands do without.
    from ..images import check_writable, encode_image, read_image

    settings = settings_from_options(parsed, CompleteTextureSettings)
    check_writable(parsed.output)
    with job_progress(parsed) as progress:
        head = load_mesh(parsed.mesh or settings.layout)
        files = tile_files(parsed.image, head)
        masks = tile_files(parsed.mask, head) if parsed.mask else None
        outputs = tile_paths(parsed.output, files, f"the layout of '{head.name}'")
        check_outputs(
            [*(("-o", path) for path in outputs.values()), ("--json", parsed.json)],
            [*files.values(), *(masks or {}).values(), *input_files(parsed.mesh)],
        )
        images = {tile: read_image(path) for tile, path in files.items()}
        inputs = CompleteTextureInput(images, read_known(images, masks), head)
        # Compute libraries take a second to load, so wrong input is told first.
        from ..texture.complete_texture import complete_texture

        result = complete_texture(inputs, settings, progress)

        def contents() -> Iterator[tuple[str, bytes]]:
            for tile, path in outputs.items():
                yield path, encode_image(path, result.images[tile])
            yield from report_file(parsed, describe_completion(result, settings))

        write_files(contents())
    return 0, "\n".join([*result.notes, f"filled in: {result.metrics['hidden']:.1%} of the layout"])
