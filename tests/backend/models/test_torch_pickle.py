"""Tensors in pickles and in torch's zip files become arrays without torch's loader."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.models.safe_pickle import parse_npy, parse_pickle
from headbridge.models.torch_pickle import TENSOR_NAMES, parse_torch_archive

BASE = torch.arange(24.0).reshape(2, 3, 4)
TENSORS = {
    "float": BASE,
    "turned": BASE.transpose(0, 2),
    "part": BASE[1, 1:],
    "steps": BASE[:, ::2, 1],
    "long": torch.tensor([[2**40, -1]]),
    "double": torch.tensor(0.1, dtype=torch.float64),
    "half": torch.tensor([1.5], dtype=torch.float16),
    "bool": torch.tensor([True, False]),
    "empty": torch.zeros(0, 3),
}


def saved(value) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream)
    return stream.getvalue()


def assert_same(read, tensors=TENSORS):
    assert set(read) == set(tensors)
    for name, tensor in tensors.items():
        assert isinstance(read[name], np.ndarray) and read[name].dtype == tensor.numpy().dtype
        np.testing.assert_array_equal(read[name], tensor.numpy(), err_msg=name)


@pytest.mark.parametrize("protocol", range(2, 6))
def test_tensors_inside_a_pickle(protocol):
    assert_same(parse_pickle(pickle.dumps(TENSORS, protocol), "file", TENSOR_NAMES))


def test_tensors_inside_an_object_array():
    stream = io.BytesIO()
    np.save(stream, TENSORS, allow_pickle=True)
    assert_same(parse_npy(stream.getvalue(), "file", TENSOR_NAMES).item())


def test_tensors_in_model_files_are_refused_by_name():
    with pytest.raises(InputError, match=r"'torch._utils._rebuild_tensor_v2', which is no part"):
        parse_pickle(pickle.dumps(BASE), "file")


def test_archives_hold_tensors_and_arrays():
    read = parse_torch_archive(saved({"tensors": TENSORS, "array": np.eye(3), "id": "00007"}), "file")
    assert_same(read["tensors"])
    np.testing.assert_array_equal(read["array"], np.eye(3))
    assert read["id"] == "00007"


class Mark:
    ran = False

    def __reduce__(self):
        return (setattr, (Mark, "ran", True))


def test_an_archive_that_runs_code_is_refused():
    with pytest.raises(InputError, match="'__builtin__.setattr', which is no part of a model"):
        parse_torch_archive(saved({"a": BASE, "b": Mark()}), "evil.frame")
    assert not Mark.ran


def rewritten(content: bytes, change) -> bytes:
    """An archive with `change(name, bytes)` in place of every entry; None leaves it out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            entry = change(name, old.read(name))
            if entry is not None:
                new.writestr(name, entry)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda name, entry: None if "/data/" in name else entry, "storage '0' is missing"),
        (lambda name, entry: entry[:-4] if "/data/" in name else entry, "missing or cut off"),
        (lambda name, entry: None if name.endswith("data.pkl") else entry, "no file saved by torch"),
        # The tensor claims rows of 13 numbers in a storage of 24.
        (lambda name, entry: entry.replace(b"K\x0cK\x04K\x01", b"K\x0dK\x04K\x01"), "beyond its storage"),
        (lambda name, entry: entry.replace(b"FloatStorage", b"HorseStorage"), "'torch.HorseStorage', which is no"),
    ],
)
def test_broken_archives(change, message):
    with pytest.raises(InputError, match=message):
        parse_torch_archive(rewritten(saved({"a": BASE}), change), "file")


def test_what_is_no_archive():
    for content in (b"", b"PK\x03\x04", saved({"a": BASE})[:-50], pickle.dumps(BASE)):
        with pytest.raises(InputError, match="torch.save writes other files"):
            parse_torch_archive(content, "file")


def test_a_storage_that_is_cut_off_inside_a_pickle():
    content = pickle.dumps({"a": torch.arange(5.0)}, 4)
    whole = np.arange(5.0, dtype=np.float32).tobytes()
    assert whole in content
    with pytest.raises(InputError, match="missing or cut off|announces"):
        parse_pickle(content.replace(whole, whole[:-4] + b"\x00\x00\x00"), "file", TENSOR_NAMES)
