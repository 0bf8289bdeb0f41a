"""Whether a result may be used as it is, as independent evidence has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import FailedResult

GOOD, CHECK, FAILED = "good", "check", "failed"
LEVELS = (GOOD, CHECK, FAILED)

TO_CHECK = 3
"""Exit code of a command whose result was written, but is to be looked at."""


@dataclass(frozen=True)
class Reason:
    """What speaks against a result. level : "check" or "failed"; text : one sentence; region : where, "" for everywhere;
    step : what to do about it, one sentence."""

    level: str
    text: str
    region: str = ""
    step: str = ""


@dataclass(frozen=True)
class Verdict:
    """`level`: "good", "check" (usable after a look) or "failed"; `reasons`: what speaks against it, the worst first."""

    reasons: tuple[Reason, ...] = ()

    @property
    def level(self) -> str:
        """The worst of the reasons' levels, "good" without any."""
        return max((reason.level for reason in self.reasons), key=LEVELS.index, default=GOOD)

    @property
    def line(self) -> str:
        """One line for a panel or a terminal."""
        if not self.reasons:
            return "Good."
        worst = self.reasons[0]
        return f"{self.level.capitalize()}: {worst.text}" + (f" {worst.step}" if worst.step else "")

    def plain(self) -> dict[str, object]:
        """{"verdict": level, "reasons": [{"level", "region", "text", "step"}]} for JSON."""
        return {"verdict": self.level, "reasons": [vars(reason) for reason in self.reasons]}

    @property
    def sentences(self) -> list[str]:
        """What stands below `line`: the other reasons, each with its step, the worst first."""
        return [f"{reason.text} {reason.step}".strip() for reason in self.reasons[1:]]

    def raise_if_failed(self) -> None:
        """Raise `FailedResult`, whose text is `line`, when the level is "failed"."""
        if self.level == FAILED:
            raise FailedResult(self.line, self.plain()["reasons"], "\n".join(self.sentences))

    @staticmethod
    def of(reasons: list[Reason]) -> Verdict:
        """A verdict with its reasons sorted, the worst first; equal ones keep their order."""
        return Verdict(tuple(sorted(reasons, key=lambda reason: -LEVELS.index(reason.level))))

    @staticmethod
    def from_plain(plain: Mapping[str, Any]) -> Verdict:
        """The verdict of which `plain` was made."""
        return Verdict(tuple(Reason(**reason) for reason in plain["reasons"]))
