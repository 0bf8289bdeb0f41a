"""Verdicts: the worst reason decides and comes first."""

from headbridge.verdict import CHECK, FAILED, Reason, Verdict


def test_without_reasons_a_result_is_good():
    assert Verdict().level == "good" and Verdict().line == "Good."
    assert Verdict().plain() == {"verdict": "good", "reasons": []}


def test_the_worst_reason_decides_and_comes_first():
    verdict = Verdict.of([Reason(CHECK, "Lips are off.", "mouth", "Add pairs."), Reason(FAILED, "Flat.", "", "Scale it.")])
    assert verdict.level == "failed" and verdict.line == "Failed: Flat. Scale it."
    assert [reason["region"] for reason in verdict.plain()["reasons"]] == ["", "mouth"]


def test_equal_reasons_keep_their_order():
    verdict = Verdict.of([Reason(CHECK, "One."), Reason(CHECK, "Two.")])
    assert verdict.level == "check" and [reason.text for reason in verdict.reasons] == ["One.", "Two."]
