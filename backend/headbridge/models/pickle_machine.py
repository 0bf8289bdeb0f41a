"""An interpreter of pickles that can build data and nothing else.

A pickle is a program for a stack machine. Python's own machine imports whatever a pickle names and calls it; this one
knows a table of names, each with a constructor of ours, and refuses every other name, every call of something that is
not in the table, and every state given to something that does not wait for one. Nothing is imported, no attribute is
ever set, and no object of a pickle has a method that runs.
"""

from __future__ import annotations

import codecs
import pickle
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..errors import InputError
from ..memory import FileBudget

# Model files take a few thousand opcodes; the limits keep small files from growing large in memory.
_MOST_OPCODES = 2_000_000
_MOST_MARKS = 1000
_LONGEST_INTEGER = 32
_LONGEST_NUMBER_TEXT = 80
_DEEPEST = 100
_LONGEST_SHOWN = 100
_BYTES_PER_MEMBER = 100


class Refused(Exception):
    """What is wrong with a pickle; becomes an `InputError` that also names the file."""


class Text(bytes):
    """A string of Python 2: text in Latin-1, or bytes, as it is used."""


@dataclass(frozen=True)
class Known:
    """A name a pickle may use. call : what a call of it makes, new : what an instance of it is; None where refused."""

    name: str
    call: Callable[..., Any] | None = None
    new: Callable[[], Pending] | None = None


class Pending:
    """An object of a pickle before its state is known; `finish` makes the value it stands for."""

    label: ClassVar[str] = "object"
    stateful: ClassVar[bool] = True

    def __init__(self):
        self.state: Any = None
        self.has_state = False

    def set_state(self, state: Any) -> None:
        if self.has_state or not self.stateful:
            raise Refused(f"sets the state of {self.label} that needs none")
        self.state, self.has_state = state, True

    def finish(self, resolve: Callable[[Any], Any]) -> Any:
        """The value; `resolve` does the same for a part of the state."""
        raise NotImplementedError


def shown(text: str) -> str:
    """`text` in quotes for a message of one line, however long and whatever it is."""
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "...")


def text_of(value: Any) -> str:
    """The text of a string of Python 2 or 3; `Refused` for anything else."""
    if isinstance(value, Text):
        return value.decode("latin1")
    if isinstance(value, str):
        return value
    raise Refused(f"has {_kind(value)} where text belongs")


def bytes_of(value: Any) -> bytes:
    """The bytes of a string of Python 2 or of bytes (read as text by some writers); `Refused` for anything else."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        try:
            return value.encode("latin1")
        except UnicodeEncodeError:
            raise Refused("has text where bytes belong") from None
    raise Refused(f"has {_kind(value)} where bytes belong")


def _copied_bytes(made: Any) -> int:
    """About how much memory something takes that was made of values which are still there."""
    if isinstance(made, np.ndarray):
        return made.nbytes
    if isinstance(made, bytes):
        return len(made)
    return _BYTES_PER_MEMBER * len(made) if isinstance(made, dict | set) else 0


def _kind(value: Any) -> str:
    if isinstance(value, Known):
        return f"'{value.name}'"
    return value.label if isinstance(value, Pending) else f"an object of type {type(value).__name__}"


def hashable(value: Any) -> Any:
    """A key of a dictionary or a member of a set: text, bytes, a number or None, nothing that nests."""
    if isinstance(value, Text):
        return value.decode("latin1")
    if value is None or type(value) in (str, bytes, int, float, bool):
        return value
    raise Refused(f"uses {_kind(value)} as a key")


class Machine:
    """Runs the pickles in `content`, one after the other.

    known : the names they may use, "module.name". budget : of the file they are from, for what calls and arrays copy.
    persistent : what makes a value of a persistent id, None to refuse.
    position : where the next one starts.
    """

    def __init__(
        self,
        content: bytes,
        known: Mapping[str, Known],
        budget: FileBudget,
        persistent: Callable[[Any], Any] | None = None,
    ) -> None:
        self.position = 0
        self.budget = budget
        self._content = content
        self._known = known
        self._persistent = persistent
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        """The value of the next pickle, with everything pending still pending; `Refused` when it is not plain data."""
        self._stack, self._marks, self._memo = [], [], {}
        for _ in range(_MOST_OPCODES):
            code = self._take(1)
            if code == pickle.STOP:
                return self._pop()
            action = _ACTIONS.get(code)
            if action is None:
                raise Refused(f"holds the byte {code[0]:#04x} at {self.position - 1}, which is no opcode")
            action(self)
        raise Refused(f"takes more than {_MOST_OPCODES} opcodes")

    def resolve(self, value: Any) -> Any:
        """`value` with every pending object replaced by what it stands for."""
        done: dict[int, Any] = {}
        open_ids: set[int] = set()

        def visit(part: Any) -> Any:
            if isinstance(part, Text):
                return part.decode("latin1")
            if isinstance(part, Known):
                raise Refused(f"holds the name '{part.name}' itself as a value")
            if not isinstance(part, Pending | dict | list | tuple | set):
                return part
            if id(part) in done:
                return done[id(part)]
            if id(part) in open_ids:
                raise Refused("holds an object that contains itself")
            if len(open_ids) >= _DEEPEST:
                raise Refused(f"is nested more than {_DEEPEST} deep")
            open_ids.add(id(part))
            if isinstance(part, Pending):
                made = part.finish(visit)
                self.budget.take(_copied_bytes(made), "what its arrays hold")
            elif isinstance(part, dict):
                made = {key: visit(item) for key, item in part.items()}
            else:
                made = type(part)(visit(item) for item in part)
            open_ids.discard(id(part))
            done[id(part)] = made
            return made

        return visit(value)

    # Reading

    def _take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._content):
            raise Refused(f"ends after {len(self._content)} bytes in the middle of an object, it is cut off")
        piece = self._content[self.position : end]
        self.position = end
        return piece

    def _number(self, form: str) -> int | float:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _line(self) -> bytes:
        end = self._content.find(b"\n", self.position)
        if end < 0:
            raise Refused("ends in the middle of a line, it is cut off")
        piece = self._content[self.position : end]
        self.position = end + 1
        return piece

    def _number_text(self) -> str:
        line = self._line()
        if len(line) > _LONGEST_NUMBER_TEXT:
            raise Refused(f"holds a number of {len(line)} digits")
        return line.decode("latin1")

    # Stack

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    def _pop(self) -> Any:
        # What lies below a mark belongs to the object the mark starts.
        if len(self._stack) <= (self._marks[-1] if self._marks else 0):
            raise Refused("takes more from its stack than it put there")
        return self._stack.pop()

    def _top(self, kind: type | tuple[type, ...], what: str) -> Any:
        if not self._stack or not isinstance(self._stack[-1], kind):
            raise Refused(f"adds {what} to {_kind(self._stack[-1]) if self._stack else 'nothing'}")
        return self._stack[-1]

    def _mark(self) -> None:
        if len(self._marks) >= _MOST_MARKS:
            raise Refused(f"is nested more than {_MOST_MARKS} deep")
        self._marks.append(len(self._stack))

    def _since_mark(self) -> list[Any]:
        if not self._marks:
            raise Refused("ends a group that it never started")
        start = self._marks.pop()
        items = self._stack[start:]
        del self._stack[start:]
        return items

    def _pop_tuple(self, count: int) -> None:
        self._push(tuple([self._pop() for _ in range(count)][::-1]))

    # Memo

    def _put(self, index: int) -> None:
        if not self._stack:
            raise Refused("remembers something before it made anything")
        self._memo[index] = self._stack[-1]

    def _get(self, index: int) -> None:
        if index not in self._memo:
            raise Refused(f"recalls object {index}, which it never made")
        self._push(self._memo[index])

    # Containers

    def _append(self, items: list[Any]) -> None:
        self._top(list, "items").extend(items)

    def _add(self, items: list[Any]) -> None:
        self._top(set, "members").update(map(hashable, items))

    def _set_items(self, items: list[Any]) -> None:
        if len(items) % 2:
            raise Refused("gives a dictionary a key without a value")
        self._top(dict, "entries").update(zip(map(hashable, items[::2]), items[1::2]))

    def _set_item(self) -> None:
        value, key = self._pop(), self._pop()
        self._set_items([key, value])

    def _dict(self) -> None:
        items = self._since_mark()
        self._push({})
        self._set_items(items)

    # Names and calls

    def _name(self, module: str, name: str) -> Known:
        known = self._known.get(f"{module}.{name}")
        # The dots of both parts together could be cut in another place.
        if known is None or "." in name:
            raise Refused(f"names {shown(f'{module}.{name}')}, which is no part of a model; it was not run")
        return known

    def _global(self) -> None:
        module, name = self._line().decode("latin1"), self._line().decode("latin1")
        self._push(self._name(module, name))

    def _stack_global(self) -> None:
        name, module = text_of(self._pop()), text_of(self._pop())
        self._push(self._name(module, name))

    def _reduce(self) -> None:
        arguments, callee = self._pop(), self._pop()
        if not isinstance(arguments, tuple):
            raise Refused(f"calls {_kind(callee)} with {_kind(arguments)}")
        if not isinstance(callee, Known) or callee.call is None:
            raise Refused(f"calls {_kind(callee)}, which is nothing to be called; it was not run")
        self._push(self._called(callee, arguments))

    def _called(self, callee: Known, arguments: tuple) -> Any:
        try:
            made = callee.call(*arguments)
        except TypeError:
            raise Refused(f"calls '{callee.name}' with other arguments than a model does") from None
        self.budget.take(_copied_bytes(made), f"what its calls of '{callee.name}' make")
        return made

    def _new(self, keywords: bool) -> None:
        named = self._pop() if keywords else {}
        arguments, kind = self._pop(), self._pop()
        if not isinstance(kind, Known) or kind.new is None or arguments != () or named != {}:
            raise Refused(f"makes an instance of {_kind(kind)} as no model does; it was not run")
        self._push(kind.new())

    def _build(self) -> None:
        state, target = self._pop(), self._stack[-1] if self._stack else None
        if not isinstance(target, Pending):
            raise Refused(f"sets the state of {_kind(target)}; it was not set")
        target.set_state(state)

    def _instance(self) -> None:
        module, name = self._line().decode("latin1"), self._line().decode("latin1")
        raise Refused(
            f"makes an instance of {shown(f'{module}.{name}')} (opcode INST), as no model does; it was not run"
        )

    def _object(self) -> None:
        items = self._since_mark()
        raise Refused(f"makes an instance of {_kind(items[0]) if items else 'nothing'} (opcode OBJ); it was not run")

    def _persist(self, text: bool) -> None:
        identity = self._line() if text else self._pop()
        if self._persistent is None or text:
            raise Refused("refers to objects outside the file (persistent id)")
        self._push(self._persistent(identity))

    # Values

    def _integer_text(self) -> None:
        text = self._number_text()
        self._push({"00": False, "01": True}[text] if text in ("00", "01") else _parsed(int, text))

    def _long(self, form: str) -> None:
        count = self._number(form)
        if not 0 <= count <= _LONGEST_INTEGER:
            raise Refused(f"holds a whole number of {count} bytes")
        self._push(int.from_bytes(self._take(count), "little", signed=True))

    def _quoted(self) -> None:
        line = self._line()
        if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
            raise Refused("is damaged (a quoted string does not end), fetch it again as a binary file")
        try:
            self._push(Text(codecs.escape_decode(line[1:-1])[0]))
        except ValueError:
            raise Refused("is damaged (a string with a broken escape), fetch it again as a binary file") from None

    def _unicode(self, content: bytes, encoding: str) -> None:
        try:
            self._push(content.decode(encoding, "strict" if encoding != "utf-8" else "surrogatepass"))
        except UnicodeDecodeError:
            raise Refused("holds text that cannot be decoded") from None

    def _frame(self) -> None:
        length = self._number("<Q")
        if length > len(self._content) - self.position:
            raise Refused(f"announces a part of {length} bytes, more than it has; it is cut off")

    def _protocol(self) -> None:
        version = self._number("<B")
        if version > 5:
            raise Refused(f"has the unknown pickle protocol {version}")

    def _refuse(self, what: str) -> None:
        raise Refused(f"uses {what}, which no model does")


def _parsed(kind: type, text: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise Refused(f"is damaged ({shown(text)} is no number), fetch it again as a binary file") from None


_ACTIONS: dict[bytes, Callable[[Machine], None]] = {
    pickle.PROTO: Machine._protocol,
    pickle.FRAME: Machine._frame,
    pickle.MARK: Machine._mark,
    pickle.POP: lambda m: m._marks.pop() if m._marks and m._marks[-1] == len(m._stack) else m._pop(),
    pickle.POP_MARK: lambda m: m._since_mark(),
    pickle.DUP: lambda m: m._push(m._top(object, "a copy")),
    pickle.NONE: lambda m: m._push(None),
    pickle.NEWTRUE: lambda m: m._push(True),
    pickle.NEWFALSE: lambda m: m._push(False),
    pickle.INT: Machine._integer_text,
    pickle.BININT: lambda m: m._push(m._number("<i")),
    pickle.BININT1: lambda m: m._push(m._number("<B")),
    pickle.BININT2: lambda m: m._push(m._number("<H")),
    pickle.LONG: lambda m: m._push(_parsed(int, m._number_text().rstrip("L"))),
    pickle.LONG1: lambda m: m._long("<B"),
    pickle.LONG4: lambda m: m._long("<i"),
    pickle.FLOAT: lambda m: m._push(_parsed(float, m._number_text())),
    pickle.BINFLOAT: lambda m: m._push(m._number(">d")),
    pickle.STRING: Machine._quoted,
    pickle.BINSTRING: lambda m: m._push(Text(m._take(m._number("<I")))),
    pickle.SHORT_BINSTRING: lambda m: m._push(Text(m._take(m._number("<B")))),
    pickle.BINBYTES: lambda m: m._push(m._take(m._number("<I"))),
    pickle.SHORT_BINBYTES: lambda m: m._push(m._take(m._number("<B"))),
    pickle.BINBYTES8: lambda m: m._push(m._take(m._number("<Q"))),
    pickle.BYTEARRAY8: lambda m: m._push(m._take(m._number("<Q"))),
    pickle.UNICODE: lambda m: m._unicode(m._line(), "raw-unicode-escape"),
    pickle.BINUNICODE: lambda m: m._unicode(m._take(m._number("<I")), "utf-8"),
    pickle.SHORT_BINUNICODE: lambda m: m._unicode(m._take(m._number("<B")), "utf-8"),
    pickle.BINUNICODE8: lambda m: m._unicode(m._take(m._number("<Q")), "utf-8"),
    pickle.READONLY_BUFFER: lambda m: None,
    pickle.EMPTY_TUPLE: lambda m: m._push(()),
    pickle.TUPLE1: lambda m: m._pop_tuple(1),
    pickle.TUPLE2: lambda m: m._pop_tuple(2),
    pickle.TUPLE3: lambda m: m._pop_tuple(3),
    pickle.TUPLE: lambda m: m._push(tuple(m._since_mark())),
    pickle.EMPTY_LIST: lambda m: m._push([]),
    pickle.LIST: lambda m: m._push(m._since_mark()),
    pickle.APPEND: lambda m: m._append([m._pop()]),
    pickle.APPENDS: lambda m: m._append(m._since_mark()),
    pickle.EMPTY_DICT: lambda m: m._push({}),
    pickle.DICT: Machine._dict,
    pickle.SETITEM: Machine._set_item,
    pickle.SETITEMS: lambda m: m._set_items(m._since_mark()),
    pickle.EMPTY_SET: lambda m: m._push(set()),
    pickle.ADDITEMS: lambda m: m._add(m._since_mark()),
    pickle.FROZENSET: lambda m: m._push({hashable(item) for item in m._since_mark()}),
    pickle.PUT: lambda m: m._put(_parsed(int, m._number_text())),
    pickle.BINPUT: lambda m: m._put(m._number("<B")),
    pickle.LONG_BINPUT: lambda m: m._put(m._number("<I")),
    pickle.MEMOIZE: lambda m: m._put(len(m._memo)),
    pickle.GET: lambda m: m._get(_parsed(int, m._number_text())),
    pickle.BINGET: lambda m: m._get(m._number("<B")),
    pickle.LONG_BINGET: lambda m: m._get(m._number("<I")),
    pickle.GLOBAL: Machine._global,
    pickle.STACK_GLOBAL: Machine._stack_global,
    pickle.REDUCE: Machine._reduce,
    pickle.NEWOBJ: lambda m: m._new(keywords=False),
    pickle.NEWOBJ_EX: lambda m: m._new(keywords=True),
    pickle.BUILD: Machine._build,
    pickle.INST: Machine._instance,
    pickle.OBJ: Machine._object,
    pickle.PERSID: lambda m: m._persist(text=True),
    pickle.BINPERSID: lambda m: m._persist(text=False),
    pickle.EXT1: lambda m: m._refuse("an extension code"),
    pickle.EXT2: lambda m: m._refuse("an extension code"),
    pickle.EXT4: lambda m: m._refuse("an extension code"),
    pickle.NEXT_BUFFER: lambda m: m._refuse("buffers outside the file"),
}


def as_input_error(problem: Refused, source: str) -> InputError:
    """The one-line error of a file."""
    return InputError(f"{source}: this model file cannot be read: it {problem}; get it from its publisher again.")
