"""Whole files in and out: names that are too long for a second name beside them, and several files at once."""

import os

import pytest

from headbridge.errors import InputError
from headbridge.mesh.io.files import read_file, write_file, write_files


def test_the_longest_names_are_written(tmp_path):
    paths = [tmp_path / (letter * 251 + ".obj") for letter in "ab"]
    write_files([(path, path.name.encode()) for path in paths])
    assert [path.read_bytes() for path in paths] == [path.name.encode() for path in paths]
    assert sorted(os.listdir(tmp_path)) == [path.name for path in paths]


@pytest.mark.parametrize("name", ["n" * 300, "zero\0byte"])
def test_names_that_no_disk_holds_are_bad_input(tmp_path, name):
    for use in (read_file, lambda path: write_file(path, b"x")):
        with pytest.raises(InputError) as caught:
            use(tmp_path / name)
        assert "\n" not in str(caught.value) and "\0" not in str(caught.value)
    assert not os.listdir(tmp_path)


def test_none_is_written_when_one_cannot_be(tmp_path):
    with pytest.raises(InputError):
        write_files([(tmp_path / "a.txt", b"a"), (tmp_path / "nowhere" / "b.txt", b"b")])
    assert not os.listdir(tmp_path)
