"""Users' model files are found where the doctor says to put them."""

import os

import pytest

from headbridge.model_files import MODEL_FILES, find_all, find_model, model_file, model_folders


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Two folders named in the environment, and a home without any."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir(), second.mkdir()
    monkeypatch.setenv("HEADBRIDGE_MODELS", f"{first}{os.pathsep}{second}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return first, second


@pytest.mark.parametrize("model", MODEL_FILES, ids=lambda model: model.key)
def test_found_in_the_folder_or_the_models_subfolder(folders, model):
    first, second = folders
    assert find_model(model).path is None
    plain = second / model.file_names[-1]
    plain.write_bytes(b"1234567")
    assert (find_model(model).path, find_model(model).size) == (plain, 7)
    inside = first / model.folder / model.file_names[0]
    inside.parent.mkdir()
    inside.write_bytes(b"1")
    assert find_model(model).path == inside


def test_files_in_unpacked_folders_are_found_and_all_are_told(folders):
    first, second = folders
    model = model_file("flame2020")
    places = [first / "flame" / "FLAME2019", first / "flame" / "FLAME2020", second]
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        (place / "generic_model.pkl").write_bytes(b"1")
    (places[1] / "male_model.pkl").write_bytes(b"22")
    found = [place / "generic_model.pkl" for place in places]
    found.insert(2, places[1] / "male_model.pkl")
    assert [each.path for each in find_all(model)] == found
    assert find_model(model).path == found[0] and find_all(model)[2].size == 2


def test_the_home_folder_comes_last(folders, tmp_path, monkeypatch):
    assert model_folders() == [*folders, tmp_path / "home" / ".headbridge" / "models"]
    monkeypatch.delenv("HEADBRIDGE_MODELS")
    assert model_folders() == [tmp_path / "home" / ".headbridge" / "models"]


def test_every_model_says_where_it_comes_from():
    assert all(model.source.startswith("https://") and model.file_names and model.label for model in MODEL_FILES)
    assert len({model.key for model in MODEL_FILES}) == len(MODEL_FILES)
