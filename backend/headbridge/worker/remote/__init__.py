"""A worker for a Blender on another computer: the worker's own JSON-RPC, and the files of its job folders, over one socket.

Both ends see a local worker. What travels are frames: a line of JSON, and as many bytes as its "length" says.

======================================  ===================================================================================
{"headbridge", "protocol", "challenge"}  the server's first line: its version, this protocol, and a random text
{"challenge", "protocol"}                the client's: a random text of its own
{"proof"}                                the server's `proof` that it has the token; the client hangs up on a wrong one
{"proof"}                                the client's
{"accepted": true}, {"refused": text}    the server's answer; after a refusal it hangs up
{"rpc": message}                         a line of JSON-RPC, either way; a request's `folder` is left out
{"file", "job", "length"}                a file of a job folder by its path there, either way, before the message it is for
{"ended", "log"}                         from the server: the worker process has died, and the last it printed
======================================  ===================================================================================

A setting that names a file of the client's travels as {"file": path in the job folder}. Neither end writes outside the job
folder. The address is the computer's own; SSH brings it to another one, and encrypts. The server proves itself first,
so that nothing of the client's goes to whoever else took the tunnel's port.
"""

import hashlib
import hmac

PROTOCOL = 2
"""Of the frames; the worker's own (`headbridge.worker.PROTOCOL`) is compared by its `hello`."""


def proof(token: str, role: str, server: str, client: str) -> str:
    """That who says it has the token: HMAC-SHA256 with it, hexadecimal, of the role ("server" or "client") and the challenges of
    both ends. Another connection has other challenges, and the other end another role, so that it serves nowhere else."""
    return hmac.new(token.encode(), "\n".join((role, server, client)).encode(), hashlib.sha256).hexdigest()
