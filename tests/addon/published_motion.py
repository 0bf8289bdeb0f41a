"""Trackers' files in the published form, and what their frames should look like; the backend's interpreter runs it:
`published_motion.py FOLDER FORM...`.

FOLDER/models is a models folder. FOLDER/FORM.json names what to import. FOLDER/FORM.npz has vertices (T, V, 3) in mm,
pixels (T, V, 2) in screen coordinates and size (2,), empty without a camera; vertices and pixels are those of another
writing of the projects' code.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
from tests.backend.models.flame.forge import published_arrays, published_form, python2_pickle
from tests.backend.sequences.published_files import FORMS

from headbridge.sequences import import_sequence
from headbridge.sequences.job import ImportSettings


def main(folder: Path, forms: list[str]) -> None:
    published = {"2020": published_arrays(0), "2023": published_arrays(1)}
    lids = np.random.default_rng(5).normal(0.0, 1e-3, (2, 5023, 3))
    models = folder / "models" / "flame"
    models.mkdir(parents=True)
    for name, version in (("generic_model.pkl", "2020"), ("flame2023.pkl", "2023")):
        (models / name).write_bytes(python2_pickle(published_form(published[version])))
    for name, shape in zip(("l_eyelid.npy", "r_eyelid.npy"), lids):
        np.save(models / name, shape)
    os.environ["HEADBRIDGE_MODELS"] = str(folder / "models")
    for form in forms:
        write, version = FORMS[form]
        place = folder / form
        place.mkdir()
        written = write(place, published[version], lids)
        # Only to know the unit and the pixels' convention; vertices and pixels are the other writing's.
        sequence = import_sequence([str(written.path)], ImportSettings()).sequence
        pixels, size = np.zeros((0, 0, 2)), np.zeros(0, int)
        if written.pixels is not None:
            pixels, size = written.pixels + 0.5 - sequence.pixel_centre, sequence.camera_size[0]
        vertices = sequence.mm_per_unit * written.vertices
        np.savez(folder / f"{form}.npz", vertices=vertices, pixels=pixels, size=size, frame_ids=sequence.frame_ids)
        (folder / f"{form}.json").write_text(json.dumps(str(written.path)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
