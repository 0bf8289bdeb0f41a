# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a job's result may be used as it is: the verdict in the backend's answer, kept and shown.

A verdict is what the backend writes as JSON: {"verdict": "good", "check" or "failed", "reasons": [{"level", "text",
"region", "step"}]}, the worst reason first. Nothing that failed gets into the scene.
"""

from __future__ import annotations

import json

GOOD, CHECK = "good", "check"
# Custom properties of the object a job leaves: the line to read, and the verdict as JSON.
TEXT_KEY, JSON_KEY = "headbridge_verdict", "headbridge_verdict_reasons"


def of(answer: dict) -> dict | None:
    """The verdict in what the worker answered; None for jobs that do not judge."""
    return {name: answer[name] for name in ("verdict", "reasons")} if "verdict" in answer else None


def level_of(verdict: dict | None) -> str:
    """ "good", "check" or "failed"; what was not judged is good."""
    return GOOD if verdict is None else verdict["verdict"]


def finding(verdict: dict) -> str:
    """What was found, in one line: "Good.", or "Check: " and the worst reason."""
    reasons = verdict["reasons"]
    return f"{verdict['verdict'].capitalize()}: {reasons[0]['text']}" if reasons else "Good."


def next_step(verdict: dict) -> str:
    """What to do about the worst reason; empty when there is nothing to do."""
    return verdict["reasons"][0]["step"] if verdict["reasons"] else ""


def line(verdict: dict) -> str:
    """What was found and what to do, in one line."""
    return f"{finding(verdict)} {next_step(verdict)}".strip()


def other_reasons(reasons: list[dict]) -> list[str]:
    """The reasons after the worst, each with its step."""
    return [f"{reason['text']} {reason['step']}".strip() for reason in reasons[1:]]


def inherited(answer: dict, registration: dict | None) -> dict:
    """The answer of a job that was given a registration: with that one's verdict, where it was judged."""
    return answer if registration is None else {**answer, **registration}


def store(obj, answer: dict) -> None:
    """Keep the verdict in an answer as custom properties of the object the job leaves."""
    verdict = of(answer)
    if verdict is not None:
        obj[TEXT_KEY], obj[JSON_KEY] = line(verdict), json.dumps(verdict)
