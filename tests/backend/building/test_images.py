import pytest

from headbridge.building.images import find_images
from headbridge.errors import InputError


def test_folders_give_their_images_by_name_and_each_file_comes_once(tmp_path):
    for name in ("b.JPG", "a.png", ".hidden.png", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "more.png").mkdir()
    other = tmp_path / "notes.txt"
    found = find_images([tmp_path / "b.JPG", tmp_path, other])
    assert found == (tmp_path / "b.JPG", tmp_path / "a.png", other)


def test_a_folder_without_images_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"x")
    with pytest.raises(InputError, match="no images in this folder"):
        find_images([tmp_path])
