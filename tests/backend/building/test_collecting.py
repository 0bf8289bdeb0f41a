"""Images one after another: skipped with their reason, kept when finished."""

import pytest

from headbridge.building.collecting import stored_texture, unwrap_images
from headbridge.building.work_folder import WorkFolder
from headbridge.errors import Cancelled, HeadBridgeError
from headbridge.progress import Progress

from .painted_photos import BREAKS, NO_FACE, PaintedUnwrap, half, write_photo


@pytest.fixture
def folder(tmp_path):
    return WorkFolder(tmp_path / "work", "flame")


def test_images_of_no_use_are_named_with_the_reason_and_the_others_used(tmp_path, folder):
    images = [
        write_photo(tmp_path / "one.png", 1),
        write_photo(tmp_path / "wall.png", NO_FACE),
        write_photo(tmp_path / "odd.png", BREAKS),
        tmp_path / "none.png",
        tmp_path / "text.png",
        write_photo(tmp_path / "again.png", 1),
        write_photo(tmp_path / "two.png", 2),
    ]
    images[4].write_text("no picture")
    used, skipped = unwrap_images(images, PaintedUnwrap(), folder, Progress())
    assert [image.name for image in used] == ["one.png", "two.png"]
    reasons = {image.name: image.reason for image in skipped}
    assert list(reasons) == ["wall.png", "odd.png", "none.png", "text.png", "again.png"]
    assert reasons["wall.png"] == "no face was found."
    assert reasons["odd.png"] == "unexpected ValueError: a matrix is singular"
    assert reasons["none.png"].startswith("there is no such file")
    assert reasons["text.png"].startswith("the file is no image")
    assert reasons["again.png"] == "the same picture as one.png."
    pictures, known = stored_texture(folder, used[1].key)
    assert pictures.shape == (1, 64, 64, 3) and (known == half(2)).all() and used[1].share == half(2).mean()


def test_the_next_run_fits_only_what_is_new_and_what_broke(tmp_path, folder):
    images = [write_photo(tmp_path / f"{n}.png", n) for n in (1, NO_FACE, BREAKS)]
    first = unwrap_images(images, PaintedUnwrap(), folder, Progress())
    unwrap = PaintedUnwrap()
    again = unwrap_images([*images, write_photo(tmp_path / "4.png", 4)], unwrap, folder, Progress())
    assert unwrap.calls == [BREAKS, 4]
    assert again[0][:1] == first[0] and again[1] == first[1]


def test_another_photo_or_other_settings_are_fitted_again(tmp_path, folder):
    photo, unwrap = write_photo(tmp_path / "a.png", 1), PaintedUnwrap()
    unwrap_images([photo], unwrap, folder, Progress())
    write_photo(photo, 2)
    unwrap_images([photo], unwrap, folder, Progress())
    unwrap.key = "other settings"
    unwrap_images([photo], unwrap, folder, Progress())
    assert unwrap.calls == [1, 2, 2]


def test_what_no_image_is_to_blame_for_stops_the_run(tmp_path, folder):
    def unwrap(photo, progress):
        raise HeadBridgeError("The face detector is not installed.")

    unwrap.layout, unwrap.key = "flame", "none"
    with pytest.raises(HeadBridgeError, match="not installed"):
        unwrap_images([write_photo(tmp_path / "a.png", 1)], unwrap, folder, Progress())
    assert not list(folder.path.iterdir())


def test_a_stop_is_followed_within_an_image_and_messages_name_it(tmp_path, folder):
    told = []

    def listener(fraction, message, vertices):
        told.append((fraction, message))

    images = [write_photo(tmp_path / f"{n}.png", n) for n in (1, 2)]
    unwrap_images(images, PaintedUnwrap(), folder, Progress(listener))
    assert told[:2] == [(0.0, "1.png (1 of 2): reading"), (0.25, "1.png (1 of 2): looking")]
    calls = []

    def stop_while_looking():
        calls.append(0)
        return len(calls) > 1

    unwrap = PaintedUnwrap()
    with pytest.raises(Cancelled):
        unwrap_images([write_photo(tmp_path / "3.png", 3)], unwrap, folder, Progress(should_stop=stop_while_looking))
    assert unwrap.calls == []
