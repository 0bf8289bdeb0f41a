"""Seeded damage: the same sample, seed and number give the same bytes.

Blind damage rarely gets past a checksum or a parser; where a file has a structure that is known here (JSON, zip, GLB,
safetensors, PNG), half of the damage is done inside it and the wrapping made right again.
"""

from __future__ import annotations

import io
import json
import random
import re
import struct
import zipfile
import zlib

_NUMBERS = [0, 1, 2, 3, -1, 127, 128, 255, 256, 32767, 65535, 65536, 2**31 - 1, -(2**31), 2**31, 2**32 - 1, 2**63 - 1]
_WORDS = [
    *map(str, _NUMBERS), "1e30", "-1e308", "1e999", "nan", "inf", "-inf", "2.5", "0x10", "1" * 5000, "", "\x1b[31m", "é", "-",
    "true", "null", "[", "{", "9" * 400, "\u202e", "\x00", "a\nb", " ", "/", "//", "{}", "[]", '""',
]  # fmt: skip
_VALUES = [
    *_NUMBERS, 1e30, -1e308, float("nan"), float("inf"), 2.5, "", "x" * 300, "\x1b[31m\n", None, True, False, [], {}, [[]],
    [1], {"a": 1}, 10**400, 2**80,
]  # fmt: skip


def mutated(samples: list[bytes], chance: random.Random) -> bytes:
    """One of the samples with one to four damages."""
    content = chance.choice(samples)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        inner = next((change for fits, change in _STRUCTURED if fits(content)), None)
        if inner is not None and chance.random() < 0.6:
            try:
                content = inner(content, chance)
                continue
            except Exception:
                # An earlier damage took the structure away; parsers say so in many ways.
                pass
        content = chance.choice(_BLIND)(content, chance, samples)
    return content


def _place(content: bytes, chance: random.Random) -> int:
    """Half of the damage goes to the first bytes, where headers are."""
    return chance.randrange(min(len(content), 200) if chance.random() < 0.5 else len(content)) if content else 0


def _flip(content, chance, _):
    at = _place(content, chance)
    return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :] if content else b"x"


def _byte(content, chance, _):
    at = _place(content, chance)
    return content[:at] + bytes([chance.choice((0, 1, 10, 32, 127, 128, 255))]) + content[at + 1 :]


def _whole_number(content, chance, _):
    at, form = _place(content, chance), chance.choice(("<i", ">i", "<H", ">H", "<q", ">q"))
    bits = 8 * struct.calcsize(form)
    value = (chance.choice(_NUMBERS) & ((1 << bits) - 1)).to_bytes(bits // 8, "little" if form[0] == "<" else "big")
    return content[:at] + value + content[at + len(value) :]


def _cut(content, chance, _):
    return content[: _place(content, chance)]


def _take_out(content, chance, _):
    at = _place(content, chance)
    return content[:at] + content[at + chance.choice((1, 2, 4, 16, 300)) :]


def _double(content, chance, _):
    at = _place(content, chance)
    piece = content[at : at + chance.choice((1, 4, 16, 300))]
    return content[:at] + piece * chance.choice((2, 3, 50)) + content[at:]


def _noise(content, chance, _):
    at = _place(content, chance)
    return content[:at] + chance.randbytes(chance.choice((1, 4, 40))) + content[at:]


def _splice(content, chance, samples):
    other = chance.choice(samples)
    return content[: _place(content, chance)] + other[_place(other, chance) :]


def _word(content, chance, _):
    words = list(re.finditer(rb"[-+.\w]+", content[:20000]))
    if not words:
        return content
    word = chance.choice(words)
    return content[: word.start()] + chance.choice(_WORDS).encode() + content[word.end() :]


def _line(content, chance, _):
    lines = content.split(b"\n")
    at = chance.randrange(len(lines))
    lines[at : at + 1] = chance.choice(([], [lines[at]] * 2, [chance.choice(lines)], [lines[at] + b" 1"], [b""]))
    return b"\n".join(lines)


_BLIND = [_flip, _byte, _whole_number, _cut, _take_out, _double, _noise, _splice, _word, _word, _line]


def changed_json(document, chance: random.Random):
    """A JSON document with one value or key replaced, taken out, doubled or nested deep."""
    places = []

    def walk(part):
        pairs = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        for key, item in list(pairs)[:200]:
            places.append((part, key))
            walk(item)

    walk(document)
    if not places or chance.random() < 0.03:
        return chance.choice(_VALUES)
    part, key = chance.choice(places)
    action = chance.randrange(6)
    if action <= 2:
        part[key] = chance.choice(_VALUES)
    elif action == 3:
        del part[key]
    elif action == 4 and isinstance(part, list):
        part.insert(key, part[key])
    elif action == 4:
        part[chance.choice(_WORDS)] = part.pop(key)
    else:
        for _ in range(chance.choice((1, 3, 90))):
            part[key] = [part[key]]
    return document


def _json(content: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.02:
        return b"[" * 100_000
    return json.dumps(changed_json(json.loads(content), chance)).encode()


def _glb(content: bytes, chance: random.Random) -> bytes:
    (size,) = struct.unpack_from("<I", content, 12)
    text = _json(content[20 : 20 + size], chance)
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I", len(text)) + b"JSON" + text + content[20 + size :]
    return content[:8] + struct.pack("<I", 12 + len(body)) + body


def _safetensors(content: bytes, chance: random.Random) -> bytes:
    (size,) = struct.unpack_from("<Q", content)
    text = _json(content[8 : 8 + size], chance)
    return struct.pack("<Q", len(text)) + text + content[8 + size :]


def _zip(content: bytes, chance: random.Random) -> bytes:
    """One member damaged, renamed, doubled, taken out or packed, the archive whole; or its flags changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    at = chance.randrange(len(members))
    name, inside = members[at]
    action = chance.randrange(8)
    if action <= 3:
        members[at] = name, mutated([inside], chance)
    elif action == 4:
        del members[at]
    elif action == 5:
        members[at] = chance.choice(members)[0] + chance.choice(("", "x")), inside
    elif action == 6:
        members.append((name + "2", chance.choice(members)[1]))
    stream = io.BytesIO()
    how = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(stream, "w", how if action == 7 else zipfile.ZIP_STORED) as archive:
        for name, inside in members:
            archive.writestr(zipfile.ZipInfo(name[:60000]), inside)
    made = bytearray(stream.getvalue())
    if action == 7 and chance.random() < 0.5:
        # The flag of encryption, or an unknown way of packing, in the central directory.
        entry = made.rfind(b"PK\x01\x02")
        made[entry + chance.choice((8, 10))] = chance.choice((1, 9, 99))
    return bytes(made)


def _png(content: bytes, chance: random.Random) -> bytes:
    """A chunk changed, its checksum right again."""
    chunks, at = [], 8
    while at + 8 <= len(content):
        (size,) = struct.unpack_from(">I", content, at)
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + size]))
        at += 12 + size
    at = 0 if chance.random() < 0.5 else chance.randrange(len(chunks))
    name, inside = chunks[at]
    chunks[at] = name, chance.choice(_BLIND[:7])(inside, chance, [inside])
    made = content[:8]
    for name, inside in chunks:
        made += struct.pack(">I", len(inside)) + name + inside + struct.pack(">I", zlib.crc32(name + inside))
    return made


def _npy(content: bytes, chance: random.Random) -> bytes:
    """The header's text changed, its length right again."""
    (size,) = struct.unpack_from("<H", content, 8)
    text = content[10 : 10 + size]
    text = _word(text, chance, []) if chance.random() < 0.7 else chance.choice(_BLIND)(text, chance, [text])
    return content[:8] + struct.pack("<H", len(text) & 0xFFFF) + text + content[10 + size :]


_STRUCTURED = [
    (lambda content: content[:1] in (b"{", b"["), _json),
    (lambda content: content[:4] == b"glTF", _glb),
    (lambda content: content[:4] == b"PK\x03\x04", _zip),
    (lambda content: content[:4] == b"\x89PNG", _png),
    (lambda content: content[:6] == b"\x93NUMPY", _npy),
    (lambda content: content[2:9] == bytes(6) + b"{", _safetensors),
]
