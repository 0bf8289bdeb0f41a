"""Poses heads with the backend's own models; the backend's interpreter runs it: `rig_reference.py FOLDER`.

FOLDER/NAME.heads.npz has the parameters of some heads by their names, one head per row: FlameParameters for NAME flame,
ict and hack, HackParameters for spine, a made-up HACK model that is written to FOLDER/models/hack. Written beside it:
NAME.posed.npz with vertices (B, V, 3) and joints (B, J, 3), mm, computed in float64.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from hack_files import write_hack_folder
from tests.backend.models.torch_models.hack_parameters import HackParameters
from tests.backend.models.torch_models.registry import load_head_model

from headbridge.models.flame import FlameParameters


def main(folder: Path) -> None:
    for heads in sorted(folder.glob("*.heads.npz")):
        name = heads.name.split(".")[0]
        parameters, path = FlameParameters, None
        if name == "spine":
            parameters, path = HackParameters, folder / "models" / "hack"
            write_hack_folder(path)
            # The published folder has the mesh twice; it is found by the other one.
            shutil.copyfile(path / "000_generic_neutral_mesh_newuv.obj", path / "000_generic_neutral_mesh.obj")
        model = load_head_model("hack" if name == "spine" else name, path, dtype=torch.float64)
        with np.load(heads, allow_pickle=False) as given:
            tensors = {key: torch.as_tensor(given[key], dtype=torch.float64) for key in given}
        shape = model.forward(parameters(**tensors))
        np.savez(folder / f"{name}.posed.npz", vertices=shape.vertices.numpy(), joints=shape.joints.numpy())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
