"""JSON-RPC error codes, and which one an exception becomes."""

from __future__ import annotations

import errno
import traceback

from ..errors import Cancelled, FailedResult, HeadBridgeError
from ..model_terms import TermsNotAccepted, describe_model

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
FAILED = -32001
BAD_INPUT = -32002
CANCELLED = -32003
FAILED_RESULT = -32004
TERMS = -32005


class ProtocolError(Exception):
    """A request that is wrong in itself; `code` is one of the standard JSON-RPC codes."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


def describe_error(problem: BaseException) -> dict:
    """The JSON-RPC error object {code, message, data: {exit_code, details}} of an exception that ended a request; of a
    result that failed by its own verdict, data also has its verdict and reasons, of terms that were not accepted whose."""
    if isinstance(problem, ProtocolError):
        return _error(problem.code, str(problem), 2, "")
    if isinstance(problem, FailedResult):
        error = _error(FAILED_RESULT, str(problem), problem.exit_code, problem.details)
        return {**error, "data": {**error["data"], "verdict": "failed", "reasons": problem.reasons}}
    if isinstance(problem, TermsNotAccepted):
        error = _error(TERMS, str(problem), problem.exit_code, problem.details)
        return {**error, "data": {**error["data"], "terms": describe_model(problem.model)}}
    if isinstance(problem, HeadBridgeError):
        codes = {Cancelled.exit_code: CANCELLED, 2: BAD_INPUT}
        return _error(codes.get(problem.exit_code, FAILED), str(problem), problem.exit_code, problem.details)
    details = "".join(traceback.format_exception(problem))
    if isinstance(problem, OSError) and problem.errno == errno.ENOSPC:
        return _error(FAILED, "The disk is full; free some space and run the job again.", 1, details)
    if isinstance(problem, MemoryError):
        return _error(
            FAILED, "There is not enough memory for this job; use smaller meshes or close other programs.", 1, details
        )
    cause = " ".join(str(problem).split()) or type(problem).__name__
    return _error(
        FAILED, f"The job failed unexpectedly ({type(problem).__name__}: {cause}); see the details.", 1, details
    )


def _error(code: int, message: str, exit_code: int, details: str) -> dict:
    return {"code": code, "message": message, "data": {"exit_code": exit_code, "details": details}}
