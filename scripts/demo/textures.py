"""The demo's random textures: of the open space, and of the open generator."""

from __future__ import annotations

import os

from .columns import join

_COUNT, _SIZE = 5, 384


def sample(command, output: str) -> dict[str, str]:
    """Sheets of textures in FLAME's layout, name to file. command : the add-on's module of this name.

    `RuntimeError` when the command fails; it has told why."""
    sheets = {}
    for name in ("open", "open-generator"):
        folder = os.path.join(output, f"textures-{name}")
        status = command.run(
            ["sample-texture", "-o", folder, "--space", name, "--count", str(_COUNT), "--size", str(_SIZE)]
        )
        if status:
            raise RuntimeError(f"headbridge sample-texture ended with {status}")
        sheets[name] = os.path.join(output, f"textures-{name}.png")
        join([os.path.join(folder, f"texture_{number:04d}.png") for number in range(_COUNT)], sheets[name])
    return sheets
