"""Reading what the client sends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .errors import INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR, ProtocolError


@dataclass(frozen=True)
class Request:
    """One line from the client; a notification has no `id` and is not answered."""

    method: str
    params: dict[str, Any]
    id: Any = None
    is_notification: bool = False

    def text(self, name: str) -> str:
        """A parameter that must be a non-empty string."""
        value = self.params.get(name)
        if not isinstance(value, str) or not value:
            raise ProtocolError(INVALID_PARAMS, f"'{self.method}' needs the parameter '{name}', a string.")
        return value

    def table(self, name: str) -> dict[str, Any]:
        """A parameter that must be an object; empty when it is left out."""
        value = self.params.get(name, {})
        if not isinstance(value, dict):
            raise ProtocolError(INVALID_PARAMS, f"The parameter '{name}' of '{self.method}' should be an object.")
        return value


def parse(line: bytes) -> Request:
    """The request in a line; `ProtocolError` when it is no JSON or no JSON-RPC request."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise ProtocolError(PARSE_ERROR, f"A line is no JSON ({problem}).") from None
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        raise ProtocolError(INVALID_REQUEST, "A line is no JSON-RPC request: it should be an object with a 'method'.")
    params = message.get("params", {})
    if not isinstance(params, dict):
        raise ProtocolError(INVALID_PARAMS, f"The parameters of '{message['method']}' should be an object.")
    return Request(message["method"], params, message.get("id"), "id" not in message)
