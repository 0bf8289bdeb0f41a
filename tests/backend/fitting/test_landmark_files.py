"""Landmark files of all formats, and what is none."""

import json

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.fitting.landmark_files import read_landmarks

POINTS = np.array([[1.5, -2.0, 3.25], [4.0, 5.0, -6.0], [0.125, 1e-3, 7.0]])
PICKED = """<!DOCTYPE PickedPoints>
<PickedPoints>
 <DocumentData><DateTime time="12:00" date="2020-01-01"/><DataFileName name="head.ply"/></DocumentData>
 <point x="1.5" y="-2" z="3.25" active="1" name="nose tip"/>
 <point active="0" name="left ala" x="4" y="5" z="-6"/>
 <point x="0.125" y="1e-3" z="7" name="right ala"/>
</PickedPoints>
"""


def test_picked_points_keep_order_names_and_which_are_active(tmp_path):
    (tmp_path / "a.pp").write_text(PICKED)
    found = read_landmarks(tmp_path / "a.pp")
    np.testing.assert_array_equal(found.points, POINTS)
    assert found.names == ("nose tip", "left ala", "right ala")
    assert found.active.tolist() == [True, False, True]


@pytest.mark.parametrize("array", [POINTS, POINTS.astype(np.float32), POINTS[None]])
def test_npy(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    np.testing.assert_allclose(read_landmarks(tmp_path / "a.npy").points, POINTS, rtol=1e-6)


@pytest.mark.parametrize(
    ("document", "names"),
    [
        (POINTS.tolist(), ()),
        (dict(zip("abc", POINTS.tolist())), ("a", "b", "c")),
        ({"points": POINTS.tolist(), "names": ["a", "b", "c"]}, ("a", "b", "c")),
        ({"points": POINTS.tolist()}, ()),
    ],
)
def test_json(tmp_path, document, names):
    (tmp_path / "a.json").write_text(json.dumps(document))
    found = read_landmarks(tmp_path / "a.json")
    np.testing.assert_array_equal(found.points, POINTS)
    assert found.names == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1.5 -2 3.25\n\n4,5,-6  # a comment\n0.125;0.001;7\n", ()),
        ("1.5 -2 3.25 nose tip\n4 5 -6 left ala\n0.125 1e-3 7 x\n", ("nose tip", "left ala", "x")),
        ("nose tip 1.5 -2 3.25\nleft ala 4 5 -6\nx 0.125 1e-3 7\n", ("nose tip", "left ala", "x")),
        ("1 1.5 -2 3.25\n2 4 5 -6\n3 0.125 1e-3 7\n", ("1", "2", "3")),
        ("0,1.5,-2,3.25\n1,4,5,-6\n2,0.125,1e-3,7\n", ("0", "1", "2")),
        ("1.5 -2 3.25 9\n4 5 -6 8\n0.125 1e-3 7 7\n", ("9", "8", "7")),
    ],
)
def test_text(tmp_path, text, names):
    (tmp_path / "a.txt").write_text(text)
    found = read_landmarks(tmp_path / "a.txt")
    np.testing.assert_array_equal(found.points, POINTS)
    assert found.names == names


def test_whole_points_with_a_number_behind_stay_points(tmp_path):
    (tmp_path / "a.txt").write_text("10 20 30 1\n40 50 60 2\n")
    assert read_landmarks(tmp_path / "a.txt").points.tolist() == [[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]]


def test_slicers_markups_keep_the_place_of_points_that_were_not_placed(tmp_path):
    controls = [{"label": f"F-{k}", "position": point} for k, point in enumerate(POINTS.tolist())]
    controls[1] |= {"position": [0.0, 0.0, 0.0], "positionStatus": "undefined"}
    markup = {"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": controls}
    (tmp_path / "a.mrk.json").write_text(json.dumps({"@schema": "markups", "markups": [markup]}))
    found = read_landmarks(tmp_path / "a.mrk.json")
    assert found.active.tolist() == [True, False, True] and found.names == ("F-0", "F-1", "F-2")
    np.testing.assert_array_equal(found.points[[0, 2]], POINTS[[0, 2]])


_FCSV = """# Markups fiducial file version = {version}
# CoordinateSystem = LPS
# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID
"""


@pytest.mark.parametrize(
    ("version", "lines", "active"),
    [
        ("4.11", "vtkMRMLMarkupsFiducialNode_{k},{x},{y},{z},0,0,0,1,1,1,0,F-{k},,vtkMRMLVolumeNode1", [True] * 3),
        ("5.4", "{k},{x},{y},{z},0,0,0,1,1,1,0,F-{k},,,{placed},0", [True, False, True]),
    ],
)
def test_slicers_older_markups(tmp_path, version, lines, active):
    rows = [lines.format(k=k, x=x, y=y, z=z, placed=(2, 3, 2)[k]) for k, (x, y, z) in enumerate(POINTS.tolist())]
    (tmp_path / "a.fcsv").write_text(_FCSV.format(version=version) + "\n".join(rows) + "\n")
    found = read_landmarks(tmp_path / "a.fcsv")
    assert found.names == ("F-0", "F-1", "F-2") and found.active.tolist() == active
    np.testing.assert_array_equal(found.points[active], POINTS[active])


def test_slicers_columns_are_taken_by_name(tmp_path):
    (tmp_path / "a.fcsv").write_text('# columns = label,z,y,x\n"nose, tip",3,2,1\nchin,6,5,4\n')
    found = read_landmarks(tmp_path / "a.fcsv")
    assert found.names == ("nose, tip", "chin") and found.points.tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.fcsv", b"# columns = id,x,y,z\n", "no control points"),
        ("a.fcsv", b"1,2\n", r"line 1 .*three numbers"),
        ("a.fcsv", b"\xff\xfe1,2,3,4", "no text file"),
        ("a.pp", b'<!DOCTYPE p [<!ENTITY a "1">]><p><point x="&a;" y="0" z="0"/></p>', "entities"),
        ("a.pp", b'<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]><p>&a;</p>', "entities"),
        ("a.pp", b"<PickedPoints><point x=", "no XML"),
        ("a.pp", b"<PickedPoints/>", "no picked points"),
        ("a.pp", b'<p><point x="1" z="2" name="chin"/></p>', "point 1 .*'chin'.*three numbers"),
        ("a.npy", b"nothing", "no NumPy array"),
        ("a.json", b"{", "no JSON"),
        ("a.json", b"[[1, 2], [3, 4]]", "point 1: should be three numbers"),
        ("a.json", b'{"points": [[1, 2, 3]], "names": ["a", "b"]}', "should look like"),
        ("a.json", b'{"markups": []}', "no control points"),
        ("a.json", b'{"markups": [{"controlPoints": [{"label": "chin", "position": [1, 2]}]}]}', "point 1 .*'chin'"),
        ("a.txt", b"1 2 3\n4 5\n", "line 2"),
        ("a.csv", b"1 2 3\n", "'.csv' is no landmark file"),
        ("a.txt", b"", "empty"),
    ],
)
def test_what_is_no_list_of_points_is_told(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_landmarks(tmp_path / name)


def test_pickled_array_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"points": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="Python objects, which are never loaded"):
        read_landmarks(tmp_path / "a.npy")


def test_wrong_shape_is_told(tmp_path):
    np.save(tmp_path / "a.npy", POINTS[:, :2])
    with pytest.raises(InputError, match=r"\(N, 3\), not \(3, 2\)"):
        read_landmarks(tmp_path / "a.npy")


def test_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_landmarks(tmp_path / "a.pp")


@pytest.mark.parametrize(
    "text, points, names",
    [
        # The number first, as whole numbers or as numpy.savetxt writes them.
        ("1 10 20 30\n2 11 21 30\n", [[10, 20, 30], [11, 21, 30]], ("1", "2")),
        ("1.0e+00 10 20 30\n2.0e+00 11 21 30\n", [[10, 20, 30], [11, 21, 30]], ("1", "2")),
        ("0 10 20 35\n1 11 21 31\n", [[10, 20, 35], [11, 21, 31]], ("0", "1")),
        ("1 10 20 30 nose\n2 11 21 30 chin\n", [[10, 20, 30], [11, 21, 30]], ("1", "2")),
        # The number last, and a confidence.
        ("10 20 30 1\n10 21 30 2\n", [[10, 20, 30], [10, 21, 30]], ("1", "2")),
        ("10.5 20 30 0.5\n11.5 21 31 0.25\n", [[10.5, 20, 30], [11.5, 21, 31]], ("0.5", "0.25")),
    ],
)
def test_lines_of_four_numbers(tmp_path, text, points, names):
    (tmp_path / "a.txt").write_text(text)
    read = read_landmarks(tmp_path / "a.txt")
    np.testing.assert_array_equal(read.points, points)
    assert read.names == names


def test_lines_of_four_numbers_that_can_be_read_in_two_ways_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text("1 5 5 2\n2 6 6 1\n0 7 7 0\n")
    with pytest.raises(InputError, match="the first as well as the last could be the landmark's"):
        read_landmarks(tmp_path / "a.txt")


def test_absurd_places_are_named(tmp_path):
    (tmp_path / "a.json").write_text('{"nose tip": [1, 2, 3], "chin": [0, 1e30, 0]}')
    with pytest.raises(InputError, match=r"a\.json: landmark 'chin' lies at 1e\+30"):
        read_landmarks(tmp_path / "a.json")
