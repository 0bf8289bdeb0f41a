"""What is wrong with files is told in one line that names the file, the cause and what to do."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import zipfile

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.sequences import import_sequence
from headbridge.sequences.job import ImportSettings

from . import published_files
from .published_files import FORMS, six


def told(paths, **settings) -> str:
    with pytest.raises(InputError) as problem:
        import_sequence([str(path) for path in paths], ImportSettings(**settings))
    assert "\n" not in str(problem.value)
    return str(problem.value)


@pytest.fixture
def written(tmp_path, published, eyelid_shapes):
    """Writes a form into a folder of its own and returns what to import: `written("vhap")`."""

    def run(form):
        folder = tmp_path / form
        folder.mkdir()
        write, version = FORMS[form]
        return write(folder, published[version], eyelid_shapes).path

    return run


class Evil:
    def __reduce__(self):
        return os.system, ("touch evil",)


@pytest.mark.parametrize("name", ["codes.npy", "codes.pkl", "codes.pt", "00000.frame"])
def test_code_in_a_pickle_is_refused_and_does_not_run(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    value, path = {"shape": Evil()}, tmp_path / name
    if name.endswith("npy"):
        np.save(path, value, allow_pickle=True)
    elif name.endswith("pkl"):
        path.write_bytes(pickle.dumps(value))
    else:
        torch.save(value, path)
    message = told([path])
    assert "system" in message and "was not run" in message
    assert not (tmp_path / "evil").exists()


@pytest.mark.slow
def test_codes_never_fall_on_another_head(written, tmp_path, monkeypatch, models_folder):
    path = written("vhap")
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    message = told([path], meshes="npz")
    assert "FLAME 2023 (flame2023.pkl)" in message and "--model-file" in message and "--mesh" in message
    # The model of another year is another face.
    message = told([path], model_file=str(models_folder / "FLAME2020" / "generic_model.pkl"))
    assert "this is FLAME 2020" in message and "the codes are of FLAME 2023" in message
    # With only the other one in place, it is not taken either.
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(models_folder / "FLAME2020"))
    assert "there is FLAME 2020" in told([path], meshes="npz")
    # The codes themselves need no model.
    assert import_sequence([str(path)]).sequence.version == "2023"


@pytest.mark.slow
def test_eyelids_need_their_shapes(written, tmp_path, monkeypatch, models_folder):
    path = written("smirk")
    (tmp_path / "FLAME2020").mkdir()
    (tmp_path / "FLAME2020" / "generic_model.pkl").symlink_to(models_folder / "FLAME2020" / "generic_model.pkl")
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "l_eyelid.npy" in told([path], meshes="npz")


def test_coefficients_beyond_the_model_are_an_error_unless_zero(models, monkeypatch, tmp_path):
    from headbridge.models.open_flame import load_open_flame
    from headbridge.sequences import Sequence
    from headbridge.sequences.posing import SequencePoser

    data = load_open_flame()
    codes = np.zeros((1, 300))
    codes[0, 5] = 1.0
    kept = Sequence(source="x", frame_ids=np.array([0]), model="flame", identity=codes)
    vertices = SequencePoser(kept, data).vertices(slice(None))
    assert np.abs(vertices[0] - (data.template + data.identity[5])).max() < 1e-3
    codes[0, 250] = 0.1
    beyond = Sequence(source="x", frame_ids=np.array([0]), model="flame", identity=codes)
    with pytest.raises(InputError, match="identity coefficient 251 of 300 is not zero, but .* has 101"):
        SequencePoser(beyond, data)


def test_files_of_two_projects_are_not_mixed(written):
    message = told([written("vhap"), written("smirk")])
    assert "SMIRK" in message and "VHAP" in message and "one project's files at a time" in message


def test_similar_keys_of_another_layout(tmp_path):
    # TF_FLAME's pose has 12 numbers, DECA's 6: 9 are of neither.
    np.savez(tmp_path / "a.npz", shape=np.zeros((1, 100)), exp=np.zeros((1, 50)), pose=np.zeros((1, 9)))
    assert "no tracker's file that is known (it has exp, pose, shape)" in told([tmp_path / "a.npz"])
    # VHAP's names with axis-angle eyes of one eye.
    keys = {"rotation": 3, "neck_pose": 3, "jaw_pose": 3, "eyes_pose": 3, "translation": 3, "expr": 100}
    np.savez(tmp_path / "b.npz", shape=np.zeros(300), **{key: np.zeros((4, size)) for key, size in keys.items()})
    message = told([tmp_path / "b.npz"])
    assert "b.npz" in message and "'eyes_pose' should have 6 columns, but has 3" in message


def test_not_a_number_is_found_in_its_file(written):
    path = written("flame-head-tracker")
    values = dict(np.load(path / "10.npz"))
    values["exp"][0, 3] = np.nan
    np.savez(path / "10.npz", **values)
    message = told([path])
    assert "10.npz" in message and "'exp' holds NaN" in message


def test_a_file_that_is_cut_off(written):
    path = written("metrical-tracker") / "checkpoint" / "00008.frame"
    path.write_bytes(path.read_bytes()[:5000])
    assert "00008.frame" in told([path.parent])
    assert "cut off" in told([path])


def test_missing_frames_are_told_and_kept_as_gaps(written):
    path = written("metrical-tracker")
    for number in (20, 21, 30):
        (path / "checkpoint" / f"{number:05d}.frame").write_bytes((path / "checkpoint" / "00009.frame").read_bytes())
    frames = sorted((path / "checkpoint").iterdir())
    for frame in frames[3:]:
        stored = torch.load(frame, weights_only=False)
        torch.save({**stored, "frame_id": frame.stem}, frame)
    sequence = import_sequence([str(path)]).sequence
    assert sequence.frame_ids.tolist() == [7, 8, 9, 20, 21, 30]
    assert any("18 frames are missing, from 9 to 20, 21 to 30" in note for note in sequence.notes)


def test_mixed_identities_each_keep_their_own(written):
    path = written("metrical-tracker")
    frame = path / "checkpoint" / "00008.frame"
    stored = torch.load(frame, weights_only=False)
    stored["flame"]["shape"] = stored["flame"]["shape"] + 1.0
    torch.save(stored, frame)
    sequence = import_sequence([str(path)]).sequence
    assert sequence.identity.shape == (3, 300)
    assert np.allclose(sequence.identity[1] - sequence.identity[0], 1.0)
    assert any("The identity is not the same in all frames" in note for note in sequence.notes)


def test_unknown_keys_are_listed(written):
    path = written("vhap") / "tracked_flame_params_30.npz"
    values = dict(np.load(path))
    np.savez(path, **values, tongue=np.zeros(3))
    assert any("unknown: tongue" in note for note in import_sequence([str(path)]).sequence.notes)


def test_meshes_of_two_topologies(tmp_path):
    square = "v 0 0 0\nv 100 0 0\nv 100 150 0\nv 0 150 50\nf 1 2 3 4\n"
    (tmp_path / "0.obj").write_text(square)
    (tmp_path / "1.obj").write_text(square.replace("f 1 2 3 4", "f 1 2 3\nf 1 3 4"))
    message = told([tmp_path])
    assert "1.obj" in message and "one topology" in message


@pytest.mark.slow
def test_nothing_that_is_known(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "no results of a tracker" in told([tmp_path / "empty"])
    (tmp_path / "notes.txt").write_text("hello")
    assert "no file of a tracker" in told([tmp_path / "notes.txt"])
    assert "no such file or folder" in told([tmp_path / "nothing*.frame"])
    np.save(tmp_path / "numbers.npy", np.zeros(17))
    assert "no tracker's file that is known" in told([tmp_path / "numbers.npy"])
    (tmp_path / "broken.mat").write_bytes(b"MATLAB 5.0 MAT-file, nonsense" + bytes(200))
    assert "broken.mat" in told([tmp_path / "broken.mat"])


@pytest.mark.parametrize("text", ["5:5", "9:2", "1-5", "::0", "a:b"])
def test_frames_that_are_none(written, text):
    assert "frames" in told([written("vhap")], frames=text)


def test_chosen_frames_go_by_the_numbers_of_the_source(written):
    path = written("metrical-tracker")
    assert import_sequence([str(path)], ImportSettings(frames="8:")).sequence.frame_ids.tolist() == [8, 9]
    assert import_sequence([str(path)], ImportSettings(frames="::2")).sequence.frame_ids.tolist() == [7, 9]
    assert "numbered 7 to 9" in told([path], frames="0:3")


def test_a_rotation_without_length(tmp_path):
    frame = io.BytesIO()
    flame = {"exp": np.zeros((1, 100)), "shape": np.zeros((1, 300)), "jaw": np.zeros((1, 6)), "eyes": np.zeros((1, 12))}
    camera = {"R": six(np.zeros((1, 3))), "t": np.zeros((1, 3)), "fl": np.ones((1, 1)), "pp": np.zeros((1, 2))}
    torch.save({"flame": flame, "camera": camera, "img_size": np.array([512, 512]), "frame_id": "0"}, frame)
    (tmp_path / "0.frame").write_bytes(frame.getvalue())
    assert "it is no rotation" in told([tmp_path / "0.frame"])


def test_live_link_face_says_its_rate_and_its_gaps(tmp_path):
    names = ["EyeBlinkLeft", "JawOpen", "MouthSmileLeft", *(f"browOuterUp{s}" for s in ("Left", "Right"))]
    names += [
        "NoseSneerLeft",
        "NoseSneerRight",
        "CheekPuff",
        "TongueOut",
        "MouthClose",
        "HeadYaw",
        "HeadPitch",
        "HeadRoll",
    ]
    rows = []
    for frame in range(200):
        if frame in (70, 71):
            continue
        seconds, left = divmod(frame + 55, 60)
        values = [0.01 * (frame % 100)] * (len(names) - 3) + [0.2, -0.1, 0.05]
        rows.append(f"10:00:{seconds:02d}:{left:02d}.000," + f"{len(names)}," + ",".join(f"{v:.6f}" for v in values))
    path = tmp_path / "take.csv"
    path.write_text("Timecode,BlendShapeCount," + ",".join(names) + "\n" + "\n".join(rows) + "\n")
    sequence = import_sequence([str(path)]).sequence
    assert (sequence.source, sequence.model, sequence.fps) == ("live-link-face", "arkit", 60.0)
    assert sequence.frame_ids[[0, 69, 70]].tolist() == [0, 69, 72]
    assert sequence.expression_names[:2].tolist() == ["eyeBlinkLeft", "jawOpen"]
    assert np.abs(sequence.expression[:, 1] - 0.01 * (sequence.frame_ids % 100)).max() < 1e-6
    assert sequence.joint_names.tolist() == ["root"]
    assert dict(zip(sequence.curve_names.tolist(), sequence.curves[0].tolist())) == {
        "HeadYaw": 0.2,
        "HeadPitch": -0.1,
        "HeadRoll": 0.05,
    }
    # Yaw turns the nose toward the subject's left, +X.
    nose = published_files.matrices(sequence.joint("root"))[0] @ [0.0, 0.0, 1.0]
    assert nose[0] > 0.1
    path.write_text(path.read_text().replace("0.050000", "nan", 1))
    assert "'HeadRoll' is NaN or infinite in line 2" in told([path])


@pytest.mark.parametrize("form", ["categories", "dictionaries", "table"])
def test_blendshapes_in_json(tmp_path, form):
    names = ["_neutral", "browDownLeft", "browDownRight", "eyeBlinkLeft", "eyeBlinkRight", "jawOpen", "jawLeft"]
    names += ["mouthClose", "mouthLeft", "mouthRight", "noseSneerLeft", "noseSneerRight", "cheekPuff"]
    scores = np.random.default_rng(0).random((4, len(names)))
    frames = [dict(zip(names, map(float, row))) for row in scores]
    if form == "categories":
        value = [[{"index": 0, "categoryName": name, "score": score} for name, score in f.items()] for f in frames]
        value.insert(2, [])
    elif form == "dictionaries":
        value = {"fps": 0, "frames": [{"timestamp_ms": 40 * n, "blendshapes": f} for n, f in enumerate(frames)]}
    else:
        value = {"exportFps": 30, "facsNames": names[1:], "weightMat": [list(f.values())[1:] for f in frames]}
    (tmp_path / "face.json").write_text(json.dumps(value))
    sequence = import_sequence([str(tmp_path / "face.json")]).sequence
    assert sequence.source == "mediapipe-blendshapes" and sequence.expression_names.tolist() == names[1:]
    assert np.abs(sequence.expression - scores[:, 1:]).max() < 1e-6
    assert sequence.frame_ids.tolist() == ([0, 1, 3, 4] if form == "categories" else [0, 1, 2, 3])
    assert sequence.fps == pytest.approx({"categories": None, "dictionaries": 25.0, "table": 30.0}[form])


@pytest.mark.slow
def test_basel_codes_are_kept_and_named(tmp_path):
    import scipy.io

    codes = {"id": 80, "exp": 64, "tex": 80, "angle": 3, "gamma": 27, "trans": 3}
    random = np.random.default_rng(1)
    values = {key: random.normal(size=(1, size)) for key, size in codes.items()}
    scipy.io.savemat(tmp_path / "a.mat", values)
    sequence = import_sequence([str(tmp_path / "a.mat")]).sequence
    assert (sequence.source, sequence.model) == ("deep3dfacerecon", "bfm2009")
    assert np.array_equal(sequence.identity, values["id"]) and np.array_equal(sequence.expression, values["exp"])
    assert any("Basel Face Model 2009" in note for note in sequence.notes)
    assert "not of FLAME" in told([tmp_path / "a.mat"], meshes="npz") or "no codes of FLAME" in told(
        [tmp_path / "a.mat"], meshes="npz"
    )


def test_pose_and_eyelids_under_other_projects_names_are_taken(written):
    path = written("vhap") / "tracked_flame_params_30.npz"
    lids = np.random.default_rng(0).random((3, 2))
    np.savez(path, **dict(np.load(path)), eyelids=lids)
    sequence = import_sequence([str(path)]).sequence
    assert np.array_equal(sequence.eyelids, lids) and not any("unknown" in note for note in sequence.notes)
    frame = written("metrical-tracker") / "checkpoint" / "00008.frame"
    stored = torch.load(frame, weights_only=False)
    neck = np.array([[0.1, -0.2, 0.3]])
    stored["flame"]["neck"] = six(neck)
    torch.save(stored, frame)
    assert np.abs(import_sequence([str(frame)]).sequence.joint("neck") - neck).max() < 1e-6


def test_a_format_that_is_insisted_on(written):
    path = written("smirk")
    assert import_sequence([str(path)], ImportSettings(format="smirk")).sequence.source == "smirk"
    message = told([path], format="vhap")
    assert "no file of VHAP" in message and "pose_params" in message


def test_the_vertices_that_lie_with_the_codes(written, published, tmp_path):
    path = written("metrical-tracker")
    (path / "mesh").mkdir()
    for number in (7, 8, 9):
        lines = [f"v {x} {y} {z}" for x, y, z in published["2020"]["v_template"] + 0.001 * number]
        lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in published["2020"]["f"].astype(int)]
        (path / "mesh" / f"{number:05d}.obj").write_text("\n".join(lines))
    sequence = import_sequence([str(path)], ImportSettings(mesh=True, frames="8:")).sequence
    assert sequence.vertices.shape == (2, 5023, 3) and sequence.camera_model == "perspective"
    assert np.abs(sequence.vertices[1] - published["2020"]["v_template"] - 0.009).max() < 1e-6
    assert sequence.expression.shape == (2, 100)
    assert "no mesh of frame" in told([written("smirk")], mesh=True)


def test_the_square_crop_of_metrical_tracker_leads_back_to_the_video(written):
    path = written("metrical-tracker")
    for frame in (path / "checkpoint").iterdir():
        stored = torch.load(frame, weights_only=False)
        torch.save({**stored, "img_size": np.array([512, 512])}, frame)
    # The cut is 800 x 600 pixels at (100, 50): padded by 100 rows above and below, then 800 pixels become 512.
    sequence = import_sequence([str(path)]).sequence
    corners = sequence.crop_to_original[0] @ np.array([[0.0, 0.0, 1.0], [512.0, 512.0, 1.0]]).T
    assert np.allclose(corners[:2].T, [[100.0, -50.0], [900.0, 750.0]])


def test_heads_of_another_topology(tmp_path):
    from headbridge.mesh.io import write_mesh
    from headbridge.topologies import load_builtin

    template = load_builtin("hack")
    for number in (1, 4):
        # Centimetres, as HACK and ICT-FaceKit have them.
        moved = template.with_vertices(0.1 * template.vertices + 0.01 * number)
        write_mesh(tmp_path / f"{number:03d}.ply", moved)
    sequence = import_sequence([str(tmp_path)]).sequence
    assert (sequence.topology, sequence.mm_per_unit, sequence.frame_ids.tolist()) == ("hack", 10.0, [1, 4])
    assert np.abs(sequence.vertices[1] - sequence.vertices[0] - 0.03).max() < 1e-4


def test_two_runs_are_not_joined(written, tmp_path):
    path = written("metrical-tracker")
    shutil.copytree(path, path.parent / "another")
    message = told([path.parent])
    assert "results of 2 runs" in message and "another" in message
    assert import_sequence([str(path)]).sequence.frame_count == 3


def test_the_last_epoch_of_vhap_is_taken(written):
    path = written("vhap")
    values = dict(np.load(path / "tracked_flame_params_30.npz"))
    np.savez(path / "tracked_flame_params_9.npz", **{**values, "expr": 0.0 * values["expr"]})
    assert import_sequence([str(path)]).sequence.expression.any()


@pytest.mark.slow
def test_a_version_that_nobody_says_is_told(written, models):
    sequence = import_sequence([str(written("tf-flame"))], ImportSettings(meshes="npz")).sequence
    assert sequence.version == "2020"
    assert any("FLAME 2020 (generic_model.pkl) is taken" in note for note in sequence.notes)


@pytest.mark.parametrize("key", ["cam", "eye_pose", "light"])
def test_what_only_some_frames_have_is_told(written, key):
    path = written("flame-head-tracker")
    values = dict(np.load(path / "10.npz"))
    del values[key]
    np.savez(path / "10.npz", **values)
    message = told([path])
    assert f"10.npz: '{key}' is missing, but" in message


# What a careless writer or a broken disk leaves under a key.
BROKEN = {
    "deleted": None,
    "nan": lambda value: np.full(np.shape(value), np.nan),
    "text": lambda value: "hello",
    "none": lambda value: None,
    "a number": lambda value: np.float32(3.0),
    "empty": lambda value: np.zeros(0),
    "twice": lambda value: np.concatenate([np.atleast_1d(value)] * 2),
    "wide": lambda value: np.zeros((1, 999)),
    "objects": lambda value: np.array([{"a": 1}, "b"], dtype=object),
    "ragged": lambda value: np.array([1, [2, 3]], dtype=object),
    "huge": lambda value: np.full(np.shape(value), 1e300),
    "deep": lambda value: np.zeros((2, 2, 2, 2)),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("form", ["pixel3dmm", "vhap", "flame-head-tracker", "deca", "smirk"])
def test_broken_values_are_read_right_or_told(written, form):
    path = written(form)
    file = path if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())[0]
    load = {".npz": lambda: dict(np.load(file)), ".npy": lambda: np.load(file, allow_pickle=True).item()}
    stored = load.get(file.suffix, lambda: torch.load(file, weights_only=False))()
    parts = [(stored, key) for key in stored if not isinstance(stored[key], dict)]
    parts += [(inner, key) for inner in stored.values() if isinstance(inner, dict) for key in inner]
    for holder, key in parts:
        kept = holder[key]
        for broken in BROKEN.values():
            if broken is None:
                del holder[key]
            else:
                holder[key] = broken(kept)
            if file.suffix == ".npz":
                np.savez(file, **stored)
            elif file.suffix == ".npy":
                np.save(file, stored, allow_pickle=True)
            else:
                torch.save(stored, file)
            try:
                import_sequence([str(path)])
            except InputError as problem:
                assert "\n" not in str(problem)
            holder[key] = kept


def test_frames_come_in_the_order_of_their_numbers(written):
    path = written("flame-head-tracker")
    (path / "20.npz").rename(path / "100.npz")
    # As a shell lists them.
    files = [str(path / name) for name in ("0.npz", "10.npz", "100.npz")]
    (path / "10.npz").rename(path / "9.npz")
    files[1:] = [str(path / "100.npz"), str(path / "9.npz")]
    sequence = import_sequence(files).sequence
    assert sequence.frame_ids.tolist() == [0, 9, 100]
    assert np.array_equal(sequence.expression[1], np.load(path / "9.npz")["exp"][0])


@pytest.mark.slow
def test_persons_with_offsets_of_their_own(written, published, models):
    from headbridge.sequences.posing import SequencePoser
    from headbridge.sequences.required_model import find_required

    path = written("vhap-export")
    before = import_sequence([str(path)]).sequence
    file = path / "flame_param" / "00001.npz"
    values = dict(np.load(file))
    moved = np.random.default_rng(0).normal(0.0, 1e-3, values["static_offset"].shape)
    np.savez(file, **{**values, "static_offset": values["static_offset"] + moved})
    after = import_sequence([str(path)]).sequence
    assert after.static_offset is None and after.teeth
    total = before.static_offset + before.dynamic_offset
    total[1] += moved[0]
    assert np.abs(after.dynamic_offset - total).max() < 1e-9
    required, _ = find_required(after)
    heads = [SequencePoser(each, required.data).vertices(slice(0, 1)) for each in (before, after)]
    assert np.abs(heads[0] - heads[1]).max() < 1e-9


def test_performances_that_gaussian_avatars_joins(written):
    path = written("vhap-export")
    alone = import_sequence([str(path)]).sequence
    joined = path.parent / "UNION"
    joined.mkdir()
    frames = json.loads((path / "transforms.json").read_text())["frames"]
    for name, kept in (("train", frames[:2]), ("val", frames[2:])):
        linked = [
            frame | {"timestep_index": 10 + frame["timestep_index"], "flame_param_path": f"../vhap-export/{link}"}
            for frame in kept
            for link in [frame["flame_param_path"]]
        ]
        (joined / f"transforms_{name}.json").write_text(json.dumps({"frames": linked}))
    sequence = import_sequence([str(joined)]).sequence
    assert sequence.frame_ids.tolist() == [10, 11, 12]
    assert np.array_equal(sequence.expression, alone.expression) and np.array_equal(sequence.camera_R, alone.camera_R)
    assert sequence.teeth and sequence.view_names.tolist() == ["cam3", "cam8"]
    (path / "flame_param" / "00001.npz").unlink()
    assert "00001.npz: there is no such file" in told([joined])


def test_a_small_file_that_unpacks_to_much_is_refused_before_it_does(tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (40_000_000,)})
    with zipfile.ZipFile(tmp_path / "00000.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("shape.npy", header.getvalue() + bytes(160_000_000))
    assert "'shape.npy' would take 153 MB of memory" in told([tmp_path / "00000.npz"])
