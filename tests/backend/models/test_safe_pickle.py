"""Pickles of model files give their data, and no pickle runs anything."""

from __future__ import annotations

import collections
import io
import pickle
import struct
import sys

import numpy as np
import pytest
import scipy.sparse

from headbridge.errors import InputError
from headbridge.models.safe_pickle import parse_npy, parse_pickle, read_pickle, with_unix_lines

from .flame.forge import python2_text_pickle

ARRAYS = {
    "float64": np.random.default_rng(0).random((4, 5)),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big endian": np.arange(6, dtype=">i4").reshape(2, 3),
    "uint32": np.array([1, 2**32 - 1], np.uint32),
    "bool": np.array([True, False]),
    "text": np.array(["ab", "c"]),
    "bytes": np.array([b"ab", b"c"]),
    "scalar array": np.array(3.5, np.float32),
}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_arrays_of_every_protocol(array, protocol):
    read = parse_pickle(pickle.dumps({"a": array}, protocol), "file")["a"]
    assert read.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_of_every_protocol(protocol):
    shared = [1, -(2**40), 10**20, 2.5, True, None]
    value = {
        "list": shared,
        "again": shared,
        "text": "é\n\\ 'quoted'",
        "tuple": (1, (2, "three"), ()),
        "bytes": b"\x00\xff" if protocol > 2 else "ascii",
        "set": {1, "two"},
        "ordered": collections.OrderedDict(b=1, a=[2]),
        3: np.float64(0.1),
        "int": np.int32(-7),
    }
    read = parse_pickle(pickle.dumps(value, protocol), "file")
    assert read == {**value, "ordered": {"b": 1, "a": [2]}}
    assert read["list"] is read["again"] and type(read["ordered"]) is dict


@pytest.mark.parametrize("protocol", range(2, 6))
def test_sparse_matrices(protocol):
    matrix = scipy.sparse.random(5, 30, 0.2, "csc", random_state=1)
    read = parse_pickle(pickle.dumps(matrix, protocol), "file")
    assert read.format == "csc"
    np.testing.assert_array_equal(read.toarray(), matrix.toarray())


def test_strings_of_python_2_are_latin_1():
    assert parse_pickle(b"\x80\x02}U\x02k\xe9U\x01\xe4s.", "file") == {"ké": "ä"}
    assert parse_pickle(b"(dS'k\\xe9'\nS\"it's\\n\"\ns.", "file") == {"ké": "it's\n"}
    assert parse_pickle(b"(lp0\nI01\naI00\naI5\naL7L\naF1.5\naNaVu\\u00e9\na.", "file") == [
        True,
        False,
        5,
        7,
        1.5,
        None,
        "ué",
    ]


# Every attack would leave a mark: it appends to ATTACKED, in this process.
ATTACKED = []


class Attack:
    def __init__(self, reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


def attack(function, *arguments):
    return Attack((function, arguments))


def mark(*_):
    ATTACKED.append(1)
    return {}


CODE = f"import sys; sys.modules[{__name__!r}].ATTACKED.append(1)"
NDARRAY = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"

REFUSED = {
    "os.system": (b"cos\nsystem\n(S'exit 1'\ntR.", "'os.system'"),
    "posix": (b"cposix\nsystem\n(S'exit 1'\ntR.", "'posix.system'"),
    "eval": (pickle.dumps(attack(eval, "mark()"), 2), "'__builtin__.eval'"),
    "exec": (pickle.dumps(attack(exec, CODE), 4), "'builtins.exec'"),
    "getattr": (pickle.dumps(attack(getattr, [], "append"), 4), "'builtins.getattr'"),
    "own function": (pickle.dumps(attack(mark), 4), f"{__name__}.mark'"),
    "name through dots": (b"\x80\x04\x8c\x05numpy\x8c\x1ccore.multiarray._reconstruct\x93.", "'numpy.core.multiarray"),
    "name of a known module": (b"cnumpy\nload\n(S'x'\ntR.", "'numpy.load'"),
    "codecs": (b"c_codecs\nlookup\n(S'latin1'\ntR.", "'_codecs.lookup'"),
    "chumpy": (b"cchumpy.ch\ndepends_on\n(S'x'\ntR.", "'chumpy.ch.depends_on'"),
    "copyreg": (b"ccopy_reg\n_reconstructor\n(c__builtin__\nset\nc__builtin__\nobject\nNtR.", "'copy_reg._recon"),
    "name only": (b"cos\nsystem\n.", "'os.system'"),
    "unknown name that is dropped": (b"cos\nsystem\n0N.", "'os.system'"),
    "INST": (b"(S'exit 1'\nios\nsystem\n.", "'os.system' \\(opcode INST\\)"),
    "INST of a known name": (b"(ichumpy.ch\nCh\n.", "opcode INST"),
    "OBJ": (b"(c__builtin__\nset\no.", "opcode OBJ"),
    "NEWOBJ of a known function": (b"c_codecs\nencode\n)\x81.", "an instance of '_codecs.encode' as no model"),
    "NEWOBJ with arguments": (b"cchumpy.ch\nCh\n(S'x'\nt\x81.", "an instance of 'chumpy.ch.Ch' as no model"),
    "NEWOBJ_EX with keywords": (b"\x80\x04cchumpy.ch\nCh\n)}(U\x01xK\x01u\x92.", "'chumpy.ch.Ch' as no model"),
    "NEWOBJ of an instance": (b"cchumpy.ch\nCh\n)\x81)\x81.", "an instance of a chumpy variable"),
    "call of the array class": (b"cnumpy\nndarray\n((I2\nttR.", "calls 'numpy.ndarray'"),
    "call of a result": (b"c_codecs\nencode\n(Vx\nVlatin1\ntR)R.", "calls an object of type bytes"),
    "call of a text": (b"S'os.system'\n(S'exit 1'\ntR.", "which is nothing to be called"),
    "call of an instance": (b"cchumpy.ch\nCh\n)\x81)R.", "calls a chumpy variable"),
    "array of another class": (
        b"cnumpy.core.multiarray\n_reconstruct\n(cchumpy.ch\nCh\n(I0\ntS'b'\ntR.",
        "a kind that is no NumPy array",
    ),
    "encoding other than Latin-1": (b"c_codecs\nencode\n(Vx\nVbz2_codec\ntR.", "encodes text as 'bz2_codec'"),
    "state of a class": (b"cchumpy.ch\nCh\n}S'x'\nI1\nsb.", "sets the state of 'chumpy.ch.Ch'; it was not set"),
    "state of a function": (b"c_codecs\nencode\n}b.", "sets the state of '_codecs.encode'"),
    "state of a dictionary": (b"}}b.", "sets the state of an object of type dict"),
    "state twice": (b"cchumpy.ch\nCh\n)\x81}b}b.", "sets the state of a chumpy variable"),
    "attributes of an array": (NDARRAY + b"}S'__class__'\nI1\nsb.", "a NumPy array without content"),
    "attributes of a dtype": (b"cnumpy\ndtype\n(S'f8'\nI0\nI1\ntR(N}S'x'\nI1\nstb.", "a name.*|structured type"),
    "no state": (NDARRAY + b".", "a NumPy array without content"),
    "persistent id, text": (b"Pos.system\n.", "persistent id"),
    "persistent id": (b"S'x'\nQ.", "persistent id"),
    "extension code": (b"\x80\x02\x82\x01.", "an extension code"),
    "wide extension code": (b"\x80\x02\x84\x01\x00\x00\x00.", "an extension code"),
    "outside buffer": (b"\x80\x05\x97.", "buffers outside the file"),
    "class as a value": (b"}S'a'\ncnumpy\nndarray\ns.", "the name 'numpy.ndarray' itself"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_by_name_and_without_effect(content, message):
    modules = set(sys.modules)
    with pytest.raises(InputError, match=message) as caught:
        parse_pickle(content, "evil.pkl")
    assert str(caught.value).startswith("evil.pkl: this model file cannot be read") and "\n" not in str(caught.value)
    assert not ATTACKED and set(sys.modules) == modules


def test_the_attacks_do_run_in_pythons_own_loader():
    pickle.loads(pickle.dumps(attack(mark), 4))
    assert ATTACKED.pop() == 1


def test_an_attack_deep_in_an_object_array_is_refused():
    stream = io.BytesIO()
    np.save(stream, np.array({"a": [np.eye(2), attack(mark)]}, dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="mark', which is no part of a model"):
        parse_npy(stream.getvalue(), "evil.npy")
    assert not ATTACKED


def with_array_state(*state) -> bytes:
    """An array with this state; its dtype is float64."""
    dtype = np.dtype(np.float64)
    body = pickle.dumps(tuple(dtype if part is float else part for part in state), 2)[2:-1]
    return b"\x80\x02" + NDARRAY + body + b"b."


BROKEN = {
    "nothing": (b"", "cut off"),
    "no pickle": (b"<html>not found</html>", "."),
    "unknown opcode": (b"\x80\x02\xff.", "0xff at 2, which is no opcode"),
    "unknown protocol": (b"\x80\x09N.", "unknown pickle protocol 9"),
    "cut off": (pickle.dumps({"a": np.eye(30)}, 2)[:-100], "cut off"),
    "no end": (b"\x80\x02}", "cut off"),
    "claimed bytes": (b"\x80\x04\x8e" + b"\xff" * 8 + b"x.", "cut off"),
    "claimed text": (b"\x80\x02X" + struct.pack("<I", 2**32 - 1) + b"x.", "cut off"),
    "claimed frame": (b"\x80\x04\x95" + b"\xff" * 8 + b"N.", "more than it has"),
    "wide integer": (b"\x80\x02\x8b" + struct.pack("<i", 100) + b"\xff" * 100 + b".", "whole number of 100 bytes"),
    "long integer": (b"L" + b"9" * 5000 + b"L\n.", "number of 5001 digits"),
    "no number": (b"Ifive\n.", "'five' is no number"),
    "unquoted string": (b"(dS'a'\r\nI1\ns\xe4.", "quoted string does not end"),
    "memo": (b"h\x07.", "recalls object 7"),
    "empty stack": (b"R.", "takes more from its stack"),
    "mark": (b"t.", "ends a group that it never started"),
    "below a mark": (b"N(\x850.", "takes more from its stack"),
    "odd dictionary": (b"(I1\nd.", "key without a value"),
    "list as a key": (b"}]Ns.", "type list as a key"),
    "append to a text": (b"S'a'\nNa.", "adds items to an object of type"),
    "itself": (b"]q\x00h\x00a.", "contains itself"),
    "deep tuples": (b")" + b"\x85" * 200_000 + b".", "nested more than 100 deep"),
    "deep lists": (b"]" * 5000 + b"a" * 4999 + b".", "nested more than 100 deep"),
    "deep instances": (b"cchumpy.ch\nCh\nq\x00" + b"h\x00)\x81}U\x01x" * 500 + b"N" + b"sb" * 500 + b".", "100 deep"),
    "deep marks": (b"(" * 5000 + b".", "nested more than 1000 deep"),
    "shape too large": (with_array_state(1, (10**9, 10**9), float, False, b"\0" * 8), "8 bytes of content"),
    "shape too small": (with_array_state(1, (1,), float, False, b"\0" * 16), "16 bytes of content"),
    "negative shape": (with_array_state(1, (-1, -1), float, False, b"\0" * 8), "no list of sizes"),
    "wide empty shape": (with_array_state(1, (0, 2**62), float, False, "x"[:0]), "0 bytes of content"),
    "shape of text": (with_array_state(1, "1", float, False, b"\0" * 8), "without type or shape"),
    "dtype missing": (with_array_state(1, (1,), None, False, b"\0" * 8), "without type or shape"),
    "numbers as content": (with_array_state(1, (1,), float, False, 5), "where bytes belong"),
    "structured dtype": (pickle.dumps(np.zeros(1, [("a", "f8")]), 2), "'V8'"),
    "long name": (b"c" + b"x" * 5000 + b"\ny\n.", "names 'x{100}...', which"),
    "chumpy without array": (b"cchumpy.ch\nCh\n)\x81}b.", "without its array 'x'"),
    "sparse without parts": (b"cscipy.sparse.csc\ncsc_matrix\n)\x81}b.", "sparse matrix without content"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_files_are_named_with_their_cause(content, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_pickle(content, "broken.pkl")
    assert str(caught.value).startswith("broken.pkl: this model file cannot be read: it ")


@pytest.mark.slow
def test_endless_opcodes_stop():
    with pytest.raises(InputError, match="more than 2000000 opcodes"):
        parse_pickle(b"N0" * 1_000_001 + b"N.", "long.pkl")


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("indices", np.array([0, 9], np.int32)),
        ("indices", np.array([0, -1], np.int32)),
        ("indptr", np.array([0, 2, 1, 2], np.int32)),
        ("indptr", np.array([0, 1], np.int32)),
        ("data", np.ones(3)),
    ],
)
def test_sparse_matrices_that_reach_outside_themselves(name, array):
    matrix = scipy.sparse.csc_matrix((np.ones(2), np.array([0, 1]), np.array([0, 1, 2, 2])), shape=(4, 3))
    setattr(matrix, name, array)
    with pytest.raises(InputError, match="sparse matrix"):
        parse_pickle(pickle.dumps(matrix, 2), "file")


def test_changed_line_ends_are_mended_in_memory(tmp_path):
    value = {"a": np.arange(300), "b": np.random.default_rng(0).random((7, 3))}
    content = python2_text_pickle(value)
    assert pickle.loads(content, encoding="latin1")["b"].shape == (7, 3)
    broken = content.replace(b"\n", b"\r\n")
    path = tmp_path / "masks.pkl"
    path.write_bytes(broken)
    for name, array in value.items():
        np.testing.assert_array_equal(parse_pickle(content, "file")[name], array)
        np.testing.assert_array_equal(read_pickle(path)[name], array)
    assert path.read_bytes() == broken, "the file itself stays"


def test_line_ends_change_only_where_that_loses_nothing():
    assert with_unix_lines(b"(dp0\r\n.") == b"(dp0\n."
    for untouched in (b"\x80\x02U\x02\r\n.", b"(S'\xe9'\r\n.", b"(S'a\rb'\r\n.", b"(dp0\n."):
        assert with_unix_lines(untouched) == untouched


def test_npy_files():
    stream = io.BytesIO()
    np.save(stream, np.eye(3, dtype=np.float32))
    np.testing.assert_array_equal(parse_npy(stream.getvalue(), "a.npy"), np.eye(3))
    stream = io.BytesIO()
    np.save(stream, {"a": np.arange(4)}, allow_pickle=True)
    np.testing.assert_array_equal(parse_npy(stream.getvalue(), "a.npy").item()["a"], np.arange(4))
    with pytest.raises(InputError, match="a.npy: the file is damaged"):
        parse_npy(b"PK\x03\x04", "a.npy")
    with pytest.raises(InputError, match="cut off"):
        parse_npy(stream.getvalue()[:-30], "a.npy")


@pytest.mark.parametrize(
    "old, new", [(b"(3, 3)", b"(3, 9)"), (b"(3, 3)", b"(9**9)"), (b"'<f4'", b"'<f4("), (b"}", b"(")]
)
def test_damaged_npy_headers(old, new):
    stream = io.BytesIO()
    np.save(stream, np.asfortranarray(np.arange(9, dtype=np.float32).reshape(3, 3)))
    np.testing.assert_array_equal(parse_npy(stream.getvalue(), "a.npy"), np.arange(9).reshape(3, 3))
    assert old in stream.getvalue()
    with pytest.raises(InputError, match="a.npy: the file is damaged"):
        parse_npy(stream.getvalue().replace(old, new), "a.npy")
