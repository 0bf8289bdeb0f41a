"""Every reader of files, with small sound samples of what it reads."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Reader:
    """suffix : of its files. samples : makes sound contents. read : reads a file by its path."""

    suffix: str
    samples: Callable[[], list[bytes]]
    read: Callable[[Path], Any]


READERS: dict[str, Reader] = {}


def _reader(name: str, suffix: str, samples: Callable[[], list[bytes]]):
    def keep(read):
        READERS[name] = Reader(suffix, samples, read)
        return read

    return keep


# Meshes


@cache
def _mesh():
    from headbridge.mesh import Mesh

    vertices = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
    faces = [[0, 1, 2], [2, 1, 3, 4], [5, 6, 7, 8, 9], [9, 10, 11], [0, 2, 5]]
    corners = sum(map(len, faces))
    uvs = np.random.default_rng(1).random((corners, 2))
    return Mesh.from_faces(
        vertices, faces, uvs=uvs, face_materials=[0, 1, 0, 0, 1], material_names=("skin", "eye"), name="head"
    )


def _encoded(suffix: str) -> bytes:
    from headbridge.mesh.io import encode_mesh

    return encode_mesh(f"head{suffix}", _mesh())


_ASCII_PLY = b"""ply
format ascii 1.0
comment made by hand
element vertex 4
property float x
property float y
property float z
property uchar red
property float s
property float t
element face 2
property list uchar int vertex_indices
property list uchar float texcoord
end_header
0 0 0 10 0.1 0.2
1 0 0 20 0.3 0.4
0 1 0 30 0.5 0.6
0 0 1 40 0.7 0.8
3 0 1 2 6 0 0 1 0 0 1
4 0 1 2 3 8 0 0 1 0 0 1 1 1
"""
_BIG_PLY = (
    b"ply\nformat binary_big_endian 1.0\nelement vertex 3\nproperty double x\nproperty double y\nproperty double z\n"
    b"element face 1\nproperty list uint uint vertex_index\nend_header\n"
    + np.arange(9, dtype=">f8").tobytes()
    + np.array([3, 0, 1, 2], ">u4").tobytes()
)
_ASCII_STL = b"solid a\n" + b"facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\n" * 3 + b"endsolid a\n"  # fmt: skip
_OBJ = b"""mtllib a.mtl
o head
v 0 0 0
v 1 0 0 1 0.5 0.2
v 0 1 0
v 0 0 1
vt 0 0
vt 1 0
vt 0.5 1
usemtl skin
f 1/1 2/2 3/3
f -4//1 -3//1 -1//1
f 1 2 \\
 3 4
# end
"""


def _glb_samples() -> list[bytes]:
    import struct

    plain = _encoded(".glb")
    (size,) = struct.unpack_from("<I", plain, 12)
    document = json.loads(plain[20 : 20 + size])
    document["nodes"] = [
        {"mesh": 0, "rotation": [0, 0, 0, 1], "scale": [1, 2, 1], "children": [1]},
        {"mesh": 0, "translation": [1, 0, 0], "matrix": np.eye(4).ravel().tolist()},
    ]
    document["accessors"][0]["sparse"] = {
        "count": 1,
        "indices": {"bufferView": 0, "byteOffset": 2, "componentType": 5121},
        "values": {"bufferView": 0},
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I", len(text)) + b"JSON" + text + plain[20 + size :]
    return [plain, plain[:8] + struct.pack("<I", 12 + len(body)) + body]


def _read_mesh(path):
    from headbridge.mesh.io import read_mesh

    return read_mesh(path)


def _read_scan(path):
    from headbridge.fitting.scan.reading import read_scan

    return read_scan(path).own_colours


def _glb_with_images() -> bytes:
    import cv2
    from tests.backend.mesh.coloured_files import GlbWriter

    writer = GlbWriter()
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4")
    for number in range(2):
        png = cv2.imencode(".png", np.full((6, 5, 3), 90 * number, np.uint8))[1].tobytes()
        texture = {"index": writer.image(png, wrapS=33071), "extensions": {"KHR_texture_transform": {"scale": [2, 1]}}}
        writer.primitive(
            np.array([[0, 1, 2]]),
            writer.material(f"m{number}", baseColorTexture=texture, baseColorFactor=[0.5, 1, 1, 1]),
            POSITION=writer.accessor(corners),
            TEXCOORD_0=writer.accessor(corners[:, :2] + np.float32(number)),
            COLOR_0=writer.accessor(np.full((3, 4), 128, "<u1"), normalized=True),
        )
    return writer.content()


_COLOURED_OBJ = b"v 0 0 0 1 0.5 0.2\nv 1 0 0 0.1 0.2 0.3\nv 0 1 0 0 0 1\nf 1 2 3\n"

_reader("obj", ".obj", lambda: [_encoded(".obj"), _OBJ])(_read_mesh)
_reader("coloured obj", ".obj", lambda: [_COLOURED_OBJ])(_read_scan)
_reader("glb with images", ".glb", lambda: [_glb_with_images()])(_read_scan)
_reader("ply", ".ply", lambda: [_encoded(".ply"), _BIG_PLY])(_read_mesh)
_reader("ply, text", ".ply", lambda: [_ASCII_PLY])(_read_mesh)
_reader("glb", ".glb", _glb_samples)(_read_mesh)
_reader("stl", ".stl", lambda: [_encoded(".stl")])(_read_mesh)
_reader("stl, text", ".stl", lambda: [_ASCII_STL])(_read_mesh)
_reader("mesh npz", ".npz", lambda: [_encoded(".npz")])(_read_mesh)


# Arrays


def _npy(array, **more) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **more)
    return stream.getvalue()


def _npz(**arrays) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _packed(**arrays) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


_ARRAYS = {"a": np.arange(12.0).reshape(3, 4), "names": np.array(["one", "two"]), "flag": np.array(True)}


@_reader("npz", ".npz", lambda: [_npz(**_ARRAYS), _packed(**_ARRAYS)])
def _read_npz(path):
    from headbridge.mesh.io.files import read_file
    from headbridge.mesh.io.npz import read_arrays

    return read_arrays(read_file(path), str(path))


@_reader("npz, part by part", ".npz", lambda: [_npz(**_ARRAYS), _packed(b=np.asfortranarray(np.ones((4, 6))))])
def _read_rows(path):
    from headbridge.texture.npz_rows import NpzRows

    with NpzRows(path) as stored:
        return [stored.read(name) for name in stored.shapes]


@_reader("npy", ".npy", lambda: [_npy(np.arange(6.0).reshape(2, 3)), _npy({"mean": np.ones(3)}, allow_pickle=True)])
def _read_npy(path):
    from headbridge.mesh.io.files import read_file
    from headbridge.models.safe_pickle import parse_npy

    return parse_npy(read_file(path), str(path))


@_reader("vertex list", ".npy", lambda: [_npy(np.array([1, 3])), _npy(np.ones(12, bool))])
def _read_vertices(path):
    from headbridge.cli.meshes import read_vertex_mask

    return read_vertex_mask([str(path)], _mesh())


@_reader("vertex list, text", ".txt", lambda: [b"1, 2 3\n4\n"])
def _read_vertex_text(path):
    return _read_vertices(path)


@_reader("job options", ".npz", lambda: [_npz(landmarks_source=np.ones((4, 3)), landmarks_target=np.ones((4, 3)),
         registered_verdict=np.array('{"verdict": "good", "reasons": []}'))])  # fmt: skip
def _read_options(path):
    from headbridge.jobs.folder import JobFolder
    from headbridge.jobs.options import LANDMARKS, VERDICT, landmark_options, read_options, verdict_option

    path.replace(path.with_name("options.npz"))
    options = read_options(JobFolder(path.parent), LANDMARKS | {VERDICT})
    return landmark_options(options), verdict_option(options)


# Landmarks and cameras


def _points(count: int = 68) -> np.ndarray:
    from headbridge.topologies import load_builtin, load_topology

    return load_topology("flame").landmarks_68.evaluate(load_builtin("flame").vertices)[-count:]


_PP = b"""<!DOCTYPE PickedPoints>
<PickedPoints><DocumentData/>
<point x="1" y="2" z="3" active="1" name="nose tip"/>
<point x="1.5" y="-2" z="3e1" active="0" name="chin"/>
</PickedPoints>"""
_SLICER = {"@schema": "x", "markups": [{"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": [
    {"label": "a", "position": [1.0, 2.0, 3.0], "positionStatus": "defined"},
    {"label": "b", "position": [1.0, 2.0, 4.0], "positionStatus": "undefined"}]}]}  # fmt: skip


def _read_landmarks(path):
    from headbridge.fitting.landmark_files import read_landmarks

    return read_landmarks(path)


_reader("landmarks pp", ".pp", lambda: [_PP])(_read_landmarks)
_reader("landmarks npy", ".npy", lambda: [_npy(_points())])(_read_landmarks)
_reader("landmarks json", ".json", lambda: [
    json.dumps({"nose tip": [1, 2, 3], "chin": [1.5, 2, 3]}).encode(),
    json.dumps({"points": [[1, 2, 3]], "names": ["chin"]}).encode(), b"[[1,2,3],[4,5,6]]"])(_read_landmarks)  # fmt: skip
_reader("landmarks slicer", ".json", lambda: [json.dumps(_SLICER).encode()])(_read_landmarks)
_reader("landmarks fcsv", ".fcsv", lambda: [
    b"# Markups fiducial file version = 4.11\n# CoordinateSystem = LPS\n# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,"
    b"desc,associatedNodeID\nvtkMRMLMarkupsFiducialNode_0,1,2,3,0,0,0,1,1,1,0,nose tip,,\n2,1.5,-2,3e1,0,0,0,1,1,1,0,\"a, b\",,,2,"
    b"0\n"])(_read_landmarks)  # fmt: skip
_reader("landmarks txt", ".txt", lambda: [b"1 2 3 nose tip\n4 5 6 chin # no\n", b"1;2;3;4\n2;2;3;5\n"])(_read_landmarks)


@cache
def _photo():
    from headbridge.images import Photo

    return Photo(np.zeros((512, 512, 3), np.float32), name="photo.png")


def _read_photo_landmarks(path):
    from headbridge.fitting.photo_landmark_files import read_photo_landmarks

    return read_photo_landmarks(path, _photo())


def _seen(count: int = 68) -> np.ndarray:
    return _points(count)[:, :2] * (1.5, -1.5) + 256.0


_reader("photo landmarks npy", ".npy", lambda: [_npy(_seen()), _npy(_points(51) * (1, -1, 1) + 256)])(
    _read_photo_landmarks
)
_reader("photo landmarks json", ".json", lambda: [json.dumps(
    {"points": _seen().tolist(), "exact": [True] * 68, "size": [512, 512], "order": "ibug"}).encode()])(
    _read_photo_landmarks)  # fmt: skip


def _read_photo_pins(path):
    from headbridge.fitting.photo_landmark_files import read_photo_pins

    return read_photo_pins(path, _photo())


_reader("photo pins json", ".json", lambda: [json.dumps({"nose tip": [200.0, 210.0]}).encode()])(_read_photo_pins)


def _kept_fit() -> bytes:
    from headbridge.mesh.io.npz import write_arrays

    shapes = {"identity": 4, "coefficients": (1, 6), "rotations": (1, 5, 3, 3), "translations": (1, 3)}
    shapes |= {"log_focals": 1, "lights": (1, 9, 3), "albedo": 7, "sigmas": 1}
    return write_arrays({"made_of": np.array("0f"), **{name: np.ones(shape) for name, shape in shapes.items()}})


@_reader("state of a photo fit", ".npz", lambda: [_kept_fit()])
def _read_kept(path):
    from headbridge.jobs.photo_views import read_kept

    return read_kept(path)


_reader("photo landmarks of detectors", ".json", lambda: [
    json.dumps({"faceLandmarks": [[{"x": x / 512, "y": y / 512, "z": 0.1} for x, y in _seen()]]}).encode(),
    json.dumps({"people": [{"face_keypoints_2d": np.pad(_seen(), ((0, 2), (0, 1)), constant_values=1.0).ravel().tolist()}]}
               ).encode()])(_read_photo_landmarks)  # fmt: skip
_reader("photo landmarks pts", ".pts", lambda: [
    ("version: 1\nn_points: 68\n{\n" + "\n".join(f"{x} {y}" for x, y in _seen()) + "\n}\n").encode()])(
    _read_photo_landmarks)  # fmt: skip


@_reader("landmark pairs", ".json", lambda: [json.dumps({"pairs": [
    {"name": "nose", "source": [1, 2, 3], "target": {"vertex": 5}},
    {"name": "chin", "source": {"vertex": 1}, "target": [0.5, 1, 2]}]}).encode()])  # fmt: skip
def _read_pairs(path):
    from headbridge.jobs.landmark_file import read_landmark_pairs

    return read_landmark_pairs(path, _mesh(), _mesh())


_CAMERA = {"K": [[500, 0, 256], [0, 500, 256], [0, 0, 1]], "R": np.eye(3).tolist(), "t": [0, 0, 600], "width": 512,
           "height": 512, "pixel_centre": 0.5}  # fmt: skip


@_reader("cameras", ".json", lambda: [json.dumps(_CAMERA).encode(), json.dumps(
    {"views": [{"camera": _CAMERA, "photo": "a.png", "light": np.ones((9, 3)).tolist()}]}).encode()])  # fmt: skip
def _read_cameras(path):
    from headbridge.jobs.camera_file import read_views

    return read_views(path)


def _head_arrays() -> dict[str, np.ndarray]:
    from headbridge.topologies import load_builtin

    return {
        "model": np.array("ict"), "version": np.array("ICT"), "label": np.array("ICT"), "units": np.array("mm"),
        "vertices": load_builtin("ict").vertices.astype(np.float32), "similarity_scale": np.array(1.0),
        "similarity_rotation": np.eye(3), "similarity_translation": np.zeros(3),
    }  # fmt: skip


@_reader("head", ".npz", lambda: [_npz(**_head_arrays())])
def _read_head(path):
    from headbridge.jobs.head_file import is_head_file, read_head_mesh

    return is_head_file(path), read_head_mesh(path)


@_reader("head by coefficients", ".npz", lambda: [_npz(model=np.array("flame"), version=np.array("open topology"),
         label=np.array("x"), identity=np.zeros(10), expression=np.zeros(10), translation=np.zeros(3))])  # fmt: skip
def _read_coefficients(path):
    return _read_head(path)


# Models


def _safetensors() -> bytes:
    import torch

    from headbridge.safetensors import encode_safetensors

    return encode_safetensors({"a": torch.ones(3, 4), "b": torch.zeros(2, dtype=torch.int64)}, {"layout": "hack"})


@_reader("safetensors", ".safetensors", lambda: [_safetensors()])
def _read_safetensors(path):
    from headbridge.mesh.io.files import read_file
    from headbridge.safetensors import read_safetensors, read_safetensors_metadata

    content = read_file(path)
    return read_safetensors(content, path), read_safetensors_metadata(content, path)


def _pickles() -> list[bytes]:
    import scipy.sparse

    value = {
        "v": np.arange(12.0).reshape(3, 4), "f": np.asfortranarray(np.arange(6, dtype=np.uint32).reshape(2, 3)),
        "J": scipy.sparse.csc_matrix(np.eye(3)), "names": ["a", "b"], "n": 3, "x": np.float64(2.0), "s": {1, 2},
        "o": np.array([np.ones(2), np.ones(3)], dtype=object), "b": b"abc", "t": (1, None, True),
    }  # fmt: skip
    small = {"v": value["v"], "n": [1, 2.5, "a"]}
    return [*(pickle.dumps(value, protocol) for protocol in (2, 4, 5)), pickle.dumps(small, 0)]


@_reader("pickle", ".pkl", _pickles)
def _read_pickle(path):
    from headbridge.models.safe_pickle import read_pickle

    return read_pickle(path)


@_reader("flame model", ".pkl", lambda: [pickle.dumps({"v_template": np.zeros((5023, 3), np.float32), "f": np.zeros(
    (9976, 3), np.int32), "weights": np.ones((5023, 5), np.float32), "bs_style": "lbs"}, 2)])  # fmt: skip
def _read_flame(path):
    from headbridge.cache import Cache
    from headbridge.models.flame import read_flame_file

    return read_flame_file(path, Cache(None))


def _embeddings() -> list[bytes]:
    static = {"static_lmk_faces_idx": np.arange(51), "static_lmk_bary_coords": np.full((51, 3), 1 / 3)}
    plain = {"lmk_face_idx": np.arange(51), "lmk_b_coords": np.full((51, 3), 1 / 3)}
    return [pickle.dumps(plain, 2), _npy(static, allow_pickle=True)]


@_reader("landmark embedding", ".pkl", _embeddings)
def _read_embedding(path):
    from headbridge.models.flame.landmarks import read_landmark_embedding

    return read_landmark_embedding(path)


@_reader("mediapipe embedding", ".npz", lambda: [_npz(lmk_face_idx=np.arange(105), lmk_b_coords=np.full((105, 3), 1 / 3),
         landmark_indices=np.arange(105))])  # fmt: skip
def _read_mediapipe(path):
    return _read_embedding(path)


@_reader("masks", ".pkl", lambda: [pickle.dumps({"face": np.arange(10), "nose": np.arange(5)}, 0)])
def _read_masks(path):
    from headbridge.models.flame.landmarks import read_masks

    return read_masks(path)


def _saved(value, **more) -> bytes:
    import torch

    stream = io.BytesIO()
    torch.save(value, stream, **more)
    return stream.getvalue()


def _frame() -> dict:
    flame = {"exp": np.zeros((1, 100), np.float32), "shape": np.zeros((1, 300), np.float32),
             "tex": np.zeros((1, 140), np.float32), "sh": np.ones((1, 9, 3), np.float32),
             "eyes": np.tile(np.eye(3)[:2].reshape(1, 6), (1, 2)).astype(np.float32),
             "eyelids": np.zeros((1, 2), np.float32),
             "jaw": np.eye(3)[:2].reshape(1, 6).astype(np.float32)}  # fmt: skip
    camera = {"R": np.eye(3)[:2].reshape(1, 6), "t": np.ones((1, 3)), "fl": np.array([[5.0]]), "pp": np.zeros((1, 2))}
    return {"flame": flame, "camera": camera, "img_size": np.array([480, 640]), "frame_id": "00001", "global_step": 3}


@_reader("tracker frame", ".frame", lambda: [_saved(_frame())])
def _read_frame(path):
    from headbridge.mesh.io.files import read_file
    from headbridge.models.flame.tracker_frame import tracker_frame
    from headbridge.models.torch_pickle import parse_torch_archive

    stored = parse_torch_archive(read_file(path), str(path))
    return tracker_frame(stored, str(path))


def _generator():
    import torch

    from headbridge.texture.stylegan import Generator, GeneratorShape

    torch.manual_seed(0)
    return Generator(GeneratorShape(4, 4, 1, (3, 2, 2))).state_dict()


@_reader("torch", ".pth", lambda: [_saved(_generator()), _saved(_generator(), _use_new_zipfile_serialization=False)])
def _read_torch(path):
    from headbridge.texture.stylegan import load_generator

    return load_generator(path)


@_reader("generator safetensors", ".safetensors", lambda: [_generator_safetensors()])
def _read_generator(path):
    return _read_torch(path)


def _generator_safetensors() -> bytes:
    from headbridge.safetensors import encode_safetensors

    return encode_safetensors(_generator(), {"layout": "flame"})


def _matlab() -> bytes:
    from scipy.io import savemat

    stream = io.BytesIO()
    arrays = {"shapeMU": np.arange(12.0).reshape(-1, 1), "texMU": np.full((12, 1), 100.0), "texPC": np.eye(12)[:, :2],
              "texEV": np.ones((2, 1)), "tl": np.array([[1.0, 2, 3], [2, 3, 4]])}  # fmt: skip
    savemat(stream, arrays)
    return stream.getvalue()


@_reader("mat", ".mat", lambda: [_matlab()])
def _read_matlab(path):
    from headbridge.building.basel_file import read_basel_colours

    return read_basel_colours(path)


def _bones() -> bytes:
    names = ["c7t1", "c6c7", "c5c6", "c4c5", "c3c4", "c2c3", "c1c2", "oc1"]
    return json.dumps({name: {"matrix": np.eye(3).tolist(), "head": [0.0, 1.0, 0.0], "parent": names[k - 1] if k else None,
                              "length": 1.5} for k, name in enumerate(names)}).encode()  # fmt: skip


@_reader("hack bones", ".json", lambda: [_bones()])
def _read_bones(path):
    from headbridge.mesh.io.files import read_file
    from headbridge.models.hack.bones import parse_bones

    return parse_bones(read_file(path), str(path), 10.0)


# Textures and pictures


def _picture(suffix: str, *options: int, kind=np.uint8, channels: int = 3) -> bytes:
    import cv2

    largest = np.iinfo(kind).max if kind != np.float32 else 1
    pixels = (np.random.default_rng(0).random((24, 20, channels)) * largest).astype(kind)
    return cv2.imencode(suffix, pixels, list(options))[1].tobytes()


def _exif_jpeg() -> bytes:
    plain = _picture(".jpg")
    entries = b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00" + b"\x82\x9a\x00\x05\x00\x00\x00\x01\x00\x00\x00\x32"
    body = b"Exif\0\0MM\0*\0\0\0\x08\0\x02" + entries + bytes(20)
    return plain[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + plain[2:]


_PICTURES = {
    "png": lambda: [_picture(".png"), _picture(".png", channels=4, kind=np.uint16)],
    "jpeg": lambda: [_picture(".jpg"), _exif_jpeg()],
    "tiff": lambda: [_picture(".tiff"), _picture(".tiff", kind=np.float32), _picture(".tiff", channels=4)],
    "webp": lambda: [_picture(".webp"), _picture(".webp", 64, 101)],
    "exr": lambda: [_exr()],
}


def _exr() -> bytes:
    from headbridge.images import codec

    return codec.encode_exr(np.random.default_rng(0).random((24, 20, 3)).astype(np.float32), half=True)


def _read_image(path):
    from headbridge.images import read_image

    return read_image(path)


def _read_photo(path):
    from headbridge.images import read_photo

    return read_photo(path)


for _name, _samples in _PICTURES.items():
    _reader(f"texture {_name}", f".{_name}", _samples)(_read_image)
    _reader(f"photo {_name}", f".{_name}", _samples)(_read_photo)


def _published() -> dict[str, np.ndarray]:
    side = 8
    return {"mean": np.full((side, side, 3), 140.0), "tex_dir": np.full((side, side, 3, 2), 8.0)}


@_reader("published texture space", ".npz", lambda: [_npz(**_published()), _packed(**_published())])
def _read_published(path):
    from headbridge.texture.published import read_published_space

    return read_published_space(path, size=8)


def _built() -> dict[str, np.ndarray]:
    return {"format": np.array("HeadBridge texture space 1"), "layout": np.array("flame"), "tiles": np.zeros((1, 2), np.int32),
            "mean": np.full((1, 8, 8, 3), 0.5, np.float32), "components": np.full((1, 8, 8, 3, 2), 0.1, np.float16),
            "labels": np.array(["a", "b"]), "explained_variance": np.ones(2), "sources": np.array(["x.png"])}  # fmt: skip


@_reader("built texture space", ".npz", lambda: [_npz(**_built())])
def _read_built(path):
    from headbridge.texture.built_space import is_built_space, read_built_space

    return is_built_space(path), read_built_space(path, size=8)


# Videos


def _film() -> bytes:
    import av

    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for level in range(0, 200, 40):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), level, np.uint8), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return made.getvalue()


@_reader("video", ".mp4", lambda: [_film()])
def _read_video(path):
    from headbridge.video import open_footage

    return [frame.number for frame in open_footage(path).frames()]


def _phone_picture(form: str) -> bytes:
    import pillow_heif
    from PIL import Image

    pixels = (np.random.default_rng(0).random((32, 24, 3)) * 255).astype(np.uint8)
    stream = io.BytesIO()
    if form == "avif":
        Image.fromarray(pixels).save(stream, "AVIF", quality=60)
    else:
        pillow_heif.from_bytes("RGB", (24, 32), pixels.tobytes()).save(stream, quality=60)
    return stream.getvalue()


_reader("photo heic", ".heic", lambda: [_phone_picture("heic")])(_read_photo)
_reader("photo avif", ".avif", lambda: [_phone_picture("avif")])(_read_photo)


def _onnx_message(*fields: tuple[int, bytes | int]) -> bytes:
    """A message of protocol buffers: numbers as varints, bytes with their length."""

    def varint(value: int) -> bytes:
        parts = bytearray()
        while value > 127:
            parts.append(value & 127 | 128)
            value >>= 7
        return bytes([*parts, value])

    made = b""
    for number, value in fields:
        if isinstance(value, int):
            made += varint(number << 3) + varint(value)
        else:
            made += varint(number << 3 | 2) + varint(len(value)) + value
    return made


def _onnx() -> bytes:
    """A network of one convolution that gives 19 scores a pixel."""
    weights = np.random.default_rng(0).normal(size=(19, 3, 1, 1)).astype("<f4")
    tensor = _onnx_message(*((1, side) for side in weights.shape), (2, 1), (8, b"w"), (9, weights.tobytes()))
    node = _onnx_message((1, b"x"), (1, b"w"), (2, b"y"), (4, b"Conv"))

    def value(name: bytes, *sides: int) -> bytes:
        shape = _onnx_message(*((1, _onnx_message((1, side))) for side in sides))
        return _onnx_message((1, name), (2, _onnx_message((1, _onnx_message((1, 1), (2, shape))))))

    graph = _onnx_message(
        (1, node), (2, b"g"), (5, tensor), (11, value(b"x", 1, 3, 512, 512)), (12, value(b"y", 1, 19, 512, 512))
    )
    return _onnx_message((1, 8), (7, graph), (8, _onnx_message((2, 13))))


@_reader("face parsing network", ".onnx", lambda: [_onnx()])
def _read_network(path):
    from headbridge.detection.face_parsing import parse_face

    return parse_face(np.zeros((64, 64, 3), np.float32), np.array([[20.0, 20.0], [40.0, 50.0]]), str(path))


# What trackers write: every form as its project writes it, by the writers that the tests of the readers have.


def _tracked(form: str) -> list[bytes]:
    import tempfile
    from unittest import mock

    from tests.backend.sequences import published_files

    from headbridge.topologies import load_builtin

    vertices = 1e-3 * load_builtin("flame").vertices
    model = {"v_template": vertices}
    write, _ = published_files.FORMS[form]
    # A head's own pose does not matter to who only reads files, and takes seconds.
    made = mock.patch.object(published_files, "heads", lambda *_, **__: np.stack([vertices] * published_files.FRAMES))
    with tempfile.TemporaryDirectory() as folder, made:
        path = write(Path(folder), model, np.zeros((2, 5023, 3))).path
        files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
        return [file.read_bytes() for file in files[:2]]


def _read_tracker(path):
    from headbridge.sequences.description import described, description_lines
    from headbridge.sequences.trackers.registry import read_tracker

    sequence, reader = read_tracker([path])
    return description_lines(reader.label, described(sequence, found=False))


for _form, _ending in (
    ("metrical-tracker", ".frame"), ("pixel3dmm", ".frame"), ("vhap", ".npz"), ("flame-head-tracker", ".npz"),
    ("deca", ".npy"), ("deca-outputs", ".mat"), ("smirk", ".pt"), ("ringnet", ".npy"), ("tf-flame", ".npz"),
    ("mica", ".npy"), ("mesh-array", ".npy"),
):  # fmt: skip
    _reader(f"tracker {_form}", _ending, lambda form=_form: _tracked(form))(_read_tracker)


def _curves() -> bytes:
    from headbridge.models.arkit import ARKIT_PARTS

    names = sorted(ARKIT_PARTS)
    rows = [
        ",".join(["Timecode", "BlendshapeCount", *names]),
        *(f"10:00:0{k}:0{k}.100,{len(names)}," + ",".join(f"{0.01 * k:.3f}" for _ in names) for k in range(3)),
    ]
    return "\n".join(rows).encode()


_reader("tracker live-link-face", ".csv", lambda: [_curves()])(_read_tracker)


def _sequence_file() -> bytes:
    from headbridge.sequences import Sequence
    from headbridge.sequences.file import encode_sequence

    return encode_sequence(
        Sequence(source="test", frame_ids=np.arange(3), vertices=np.zeros((3, 4, 3)), mm_per_unit=1.0)
    )


@_reader("sequence", ".npz", lambda: [_sequence_file()])
def _read_sequence(path):
    from headbridge.sequences.file import read_sequence

    return read_sequence(path)


# What is no file of a user's


@_reader("cache entry", ".npz", lambda: [_npz(**_ARRAYS)])
def _read_cache(path):
    from headbridge.cache import Cache

    path.replace(path.with_name(f"kind-{'0' * 64}.npz"))
    return Cache(path.parent).get("kind", "0" * 64)
