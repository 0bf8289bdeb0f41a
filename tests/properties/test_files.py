from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from headbridge.errors import InputError
from headbridge.jobs.plain_json import encode_json
from headbridge.mesh.io import npz, obj_reader, obj_writer, ply_reader, ply_writer
from headbridge.safetensors import encode_safetensors, read_safetensors

from .meshes import meshes

FORMATS = {
    "npz": (npz.encode, npz.decode),
    "obj": (obj_writer.encode, lambda content, source: obj_reader.decode(content, source).mesh),
    "ply": (ply_writer.encode, lambda content, source: ply_reader.decode(content, source).mesh),
}


@pytest.mark.parametrize("ending", FORMATS)
@given(mesh=meshes())
def test_a_mesh_comes_back_from_its_file(ending, mesh):
    encode, decode = FORMATS[ending]
    read = decode(encode(mesh), "file")
    np.testing.assert_array_equal(read.vertices, mesh.vertices)
    np.testing.assert_array_equal(read.corners, mesh.corners)
    np.testing.assert_array_equal(read.face_sizes, mesh.face_sizes)
    assert (read.uvs is None) == (mesh.uvs is None)
    if mesh.uvs is not None:
        np.testing.assert_array_equal(read.uvs, mesh.uvs)


@pytest.mark.parametrize("ending", FORMATS)
@given(mesh=meshes(), cut=st.floats(0.0, 1.0), wrong=st.integers(0, 255))
def test_a_damaged_file_is_bad_input_or_a_mesh(ending, mesh, cut, wrong):
    encode, decode = FORMATS[ending]
    content = bytearray(encode(mesh))
    place = min(int(cut * len(content)), len(content) - 1)
    content[place] = wrong
    for damaged in (bytes(content), bytes(content[:place])):
        try:
            assert decode(damaged, "file").vertices.shape[1] == 3
        except InputError as problem:
            assert "file" in str(problem)


any_array = arrays.arrays(
    st.sampled_from([np.float32, np.float64, np.int32, np.int64, np.uint8, np.bool_]),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
names = st.text("abcdefgh_.0", min_size=1, max_size=8)


@given(st.dictionaries(names, any_array, max_size=4))
def test_arrays_come_back_from_npz(given_arrays):
    read = npz.read_arrays(npz.write_arrays(given_arrays), "file")
    assert read.keys() == given_arrays.keys()
    for name, array in given_arrays.items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)


@given(st.dictionaries(names, arrays.arrays(st.sampled_from([np.float32, np.float16]), (2, 3)), min_size=1, max_size=4))
def test_tensors_come_back_from_safetensors(given_arrays):
    tensors = {name: torch.from_numpy(array) for name, array in given_arrays.items()}
    read = read_safetensors(encode_safetensors(tensors), Path("file"))
    assert read.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert read[name].dtype == tensor.dtype
        np.testing.assert_array_equal(read[name].numpy(), tensor.numpy())


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats() | st.builds(np.float32, st.floats(width=32)),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_reports_are_json_of_what_is_finite(value):
    assert json.loads(encode_json(value)) == _plain(value)


def _plain(value):
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
