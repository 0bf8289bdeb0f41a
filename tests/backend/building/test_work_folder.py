import numpy as np
import pytest

from headbridge.building.work_folder import WorkFolder
from headbridge.errors import InputError

KEY = 64 * "a"


def test_what_was_put_is_there_for_the_next_run(tmp_path):
    values = np.arange(5.0)
    WorkFolder(tmp_path / "work", "flame").put("unwrapped", KEY, {"values": values})
    folder = WorkFolder(tmp_path / "work", "flame")
    np.testing.assert_array_equal(folder.get("unwrapped", KEY)["values"], values)
    assert folder.get("completed", KEY) is None and folder.get("unwrapped", 64 * "b") is None


def test_a_damaged_file_counts_as_missing(tmp_path):
    folder = WorkFolder(tmp_path, "flame")
    folder.put("unwrapped", KEY, {"values": np.arange(1000.0)})
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:500])
    assert folder.get("unwrapped", KEY) is None


def test_another_layout_and_places_that_are_no_folder_are_refused(tmp_path):
    WorkFolder(tmp_path / "work", "hack").put("unwrapped", KEY, {"values": np.zeros(1)})
    with pytest.raises(InputError, match="layout of hack, not flame"):
        WorkFolder(tmp_path / "work", "flame")
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(InputError, match="this is a file"):
        WorkFolder(tmp_path / "file", "flame")
    with pytest.raises(InputError, match="does not exist"):
        WorkFolder(tmp_path / "none" / "work", "flame")
