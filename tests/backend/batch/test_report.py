"""The report: worst first, whole in itself, and nothing in it can act."""

import csv
import io
import json
import re

import pytest

from headbridge.batch.head import Head
from headbridge.batch.record import BatchFolder, Record
from headbridge.batch.report import write_report

EVIL = "</script><script>alert(1)</script>\u2028<img src=x onerror=alert(2)>&amp;"


@pytest.fixture
def written(tmp_path):
    """Writes the report of records; returns the page's text, its data, and the rows of the CSV file."""

    def write(*records: Record, heads=()):
        folder = BatchFolder(tmp_path / "out")
        heads = [*heads, *(Head(r.row, r.name, r.job, [], {}, r.inputs) for r in records)]
        page = write_report(folder, heads, records).read_text(encoding="utf-8")
        data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])
        return page, data, list(csv.DictReader(io.StringIO((tmp_path / "out" / "report.csv").read_text("utf-8"))))

    return write


def test_the_worst_comes_first(written):
    records = [
        Record("good", 1, "register", "k", "done", measures={"face p95, mm": 0.1}),
        Record("far", 2, "register", "k", "done", measures={"face p95, mm": 0.9}),
        Record("look", 3, "register", "k", "check", reasons=[{"text": "A"}], message="Check: A"),
        Record("look-twice", 4, "register", "k", "check", reasons=[{"text": "A"}, {"text": "B", "step": "C"}]),
        Record("broken", 5, "register", "k", "failed"),
    ]
    _, data, table = written(*records, heads=[Head(9, "left", "uv", [], {}, [])])
    names = ["broken", "left", "look-twice", "look", "far", "good"]
    assert [head["name"] for head in data["heads"]] == names == [row["name"] for row in table]
    assert [row["state"] for row in table][:3] == ["failed", "missing", "check"]
    assert data["heads"][2]["reasons"] == ["B C"]
    assert (table[4]["face p95, mm"], table[0]["face p95, mm"]) == ("0.9", "")


def test_text_of_files_and_errors_stays_text(written):
    page, data, table = written(
        Record(EVIL, 1, "register", "k", "failed", [EVIL], message=EVIL, reasons=[{"text": EVIL}] * 2)
    )
    head = data["heads"][0]
    assert head["name"] == head["message"] == head["inputs"][0] == head["reasons"][0] == EVIL
    assert "alert" in page and page.count("<script") == 2 and "<img" not in page
    # The script puts text in by `textContent` and `append`, which make no markup of it.
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function", page)
    assert table[0]["message"].startswith(EVIL)


def test_the_page_needs_nothing_beside_it(written):
    page, _, _ = written(Record("a", 1, "register", "k", "done", thumbnail="UklGRg=="))
    assert not re.search(r'(src|href)="|@import|url\(|https?://', page)
    assert "default-src 'none'" in page


def test_a_spreadsheet_computes_nothing(written):
    _, _, table = written(Record("a", 1, "register", "k", "failed", message="=HYPERLINK(1)", inputs=["@x.ply"]))
    assert (table[0]["message"], table[0]["inputs"]) == ("'=HYPERLINK(1)", "'@x.ply")
