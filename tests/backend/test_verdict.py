"""Verdicts: the worst reason decides and comes first."""

import json

import pytest

from headbridge.errors import FailedResult
from headbridge.verdict import CHECK, FAILED, Reason, Verdict


def test_without_reasons_a_result_is_good():
    assert Verdict().level == "good" and Verdict().line == "Good."
    assert Verdict().plain() == {"verdict": "good", "reasons": []}


def test_the_worst_reason_decides_and_comes_first():
    verdict = Verdict.of(
        [Reason(CHECK, "Lips are off.", "mouth", "Add pairs."), Reason(FAILED, "Flat.", "", "Scale it.")]
    )
    assert verdict.level == "failed" and verdict.line == "Failed: Flat. Scale it."
    assert [reason["region"] for reason in verdict.plain()["reasons"]] == ["", "mouth"]


def test_equal_reasons_keep_their_order():
    verdict = Verdict.of([Reason(CHECK, "One."), Reason(CHECK, "Two.")])
    assert verdict.level == "check" and [reason.text for reason in verdict.reasons] == ["One.", "Two."]


SOME = [Reason(CHECK, "A.", "nose", "Do a."), Reason(FAILED, "B.", "mouth", "Do b."), Reason(CHECK, "C.")]


def test_what_stands_below_the_line_are_the_other_reasons():
    assert Verdict.of(SOME).sentences == ["A. Do a.", "C."] and Verdict().sentences == []


def test_json_gives_the_verdict_back():
    for verdict in (Verdict(), Verdict.of(SOME)):
        assert Verdict.from_plain(json.loads(json.dumps(verdict.plain()))) == verdict


def test_a_failed_verdict_is_raised_with_all_its_reasons():
    Verdict.of(SOME[:1]).raise_if_failed()
    with pytest.raises(FailedResult, match="^Failed: B. Do b.$") as told:
        Verdict.of(SOME).raise_if_failed()
    assert told.value.exit_code == 1 and [reason["text"] for reason in told.value.reasons] == ["B.", "A.", "C."]
