# SPDX-License-Identifier: GPL-3.0-or-later
"""The Markdown of docs/ as HTML: headings, paragraphs, lists, tables, code, links, pictures, emphasis."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

_STYLE = (
    "body{max-width:60em;margin:2em auto;padding:0 1em;font:16px/1.5 sans-serif;color:#222;background:#fff}"
    "img{max-width:100%}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left;"
    "vertical-align:top}code{background:#f2f2f2;padding:0 .2em}pre{background:#f2f2f2;padding:.8em;overflow:auto}"
)
_CODE = re.compile(r"(`[^`]+`)")
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_STRONG, _EMPHASIS = re.compile(r"\*\*(.+?)\*\*"), re.compile(r"\*(.+?)\*")
_ITEM = re.compile(r"(\s*)([-*]|\d+\.)\s+(.*)")
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)

Link = Callable[[str], str]


def page(text: str, link: Link) -> str:
    """A whole HTML page. link : what becomes of the address of a link or picture."""
    title = next((found[2] for line in text.splitlines() if (found := _HEADING.match(line))), "HeadBridge")
    body = "\n".join(_blocks(_COMMENT.sub("", text).splitlines(), link))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def anchor(title: str) -> str:
    """What a link to a heading has behind its "#"."""
    return re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")


def _blocks(lines: list[str], link: Link) -> Iterator[str]:
    """The blocks of lines as HTML."""
    at = 0
    while at < len(lines):
        line = lines[at]
        heading, item = _HEADING.match(line), _ITEM.match(line)
        if not line.strip():
            at += 1
        elif line.startswith("```"):
            end = next(row for row in range(at + 1, len(lines)) if lines[row].startswith("```"))
            yield f"<pre>{html.escape(chr(10).join(lines[at + 1 : end]))}</pre>"
            at = end + 1
        elif heading:
            level = len(heading[1])
            yield f'<h{level} id="{anchor(heading[2])}">{_inline(heading[2], link)}</h{level}>'
            at += 1
        elif line.startswith("|"):
            end = _end(lines, at, lambda other: other.startswith("|"))
            yield _table(lines[at:end], link)
            at = end
        elif item:
            # An item goes on in lines that are indented.
            end = _end(lines, at, lambda other: bool(_ITEM.match(other)) or other.startswith(" "))
            yield _list(lines[at:end], link)
            at = end
        else:
            end = _end(lines, at, lambda other: bool(other.strip()) and not other.startswith(("#", "|", "```")))
            yield f"<p>{_inline(' '.join(lines[at:end]), link)}</p>"
            at = end


def _end(lines: list[str], start: int, belongs: Callable[[str], bool]) -> int:
    return next((row for row in range(start + 1, len(lines)) if not belongs(lines[row])), len(lines))


def _table(lines: list[str], link: Link) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    head, body = rows[0], rows[2:]
    parts = [(["th"] * len(head), head), *((["td"] * len(row), row) for row in body)]
    cells = ("".join(f"<{kind}>{_inline(text, link)}</{kind}>" for kind, text in zip(*part)) for part in parts)
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"


def _list(lines: list[str], link: Link) -> str:
    """A list of one level; deeper items are items of their own."""
    items: list[str] = []
    for line in lines:
        found = _ITEM.match(line)
        if found:
            items.append(found[3])
        else:
            items[-1] += f" {line.strip()}"
    kind = "ol" if _ITEM.match(lines[0])[2][0].isdigit() else "ul"
    return f"<{kind}>" + "".join(f"<li>{_inline(item, link)}</li>" for item in items) + f"</{kind}>"


def _inline(text: str, link: Link) -> str:
    """A text with code, pictures, links and emphasis in it."""
    return "".join(
        f"<code>{html.escape(part[1:-1])}</code>" if number % 2 else _marked(html.escape(part), link)
        for number, part in enumerate(_CODE.split(text))
    )


def _marked(text: str, link: Link) -> str:
    def linked(found: re.Match) -> str:
        address = html.escape(link(html.unescape(found[3])))
        return f'<img src="{address}" alt="{found[2]}">' if found[1] else f'<a href="{address}">{found[2]}</a>'

    text = _LINK.sub(linked, text)
    return _EMPHASIS.sub(r"<em>\1</em>", _STRONG.sub(r"<strong>\1</strong>", text))
