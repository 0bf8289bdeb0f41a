"""``headbridge worker``: compute for a Blender on another computer."""

from __future__ import annotations

import argparse
import sys

from ..errors import InputError, printable
from ..worker.remote.listen import HOST, PORT, Listener, own_token, parse_address, token_file

_DESCRIPTION = f"""Compute for a Blender on another computer, through an SSH tunnel. It listens on this computer alone. On the
other one, bring its port there with: ssh -N -L {PORT}:{HOST}:{PORT} USER@THIS-COMPUTER, and name {HOST}:{PORT} and the token
that is shown here in the add-on's preferences. Files travel through the connection. Ctrl-C ends it."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument(
        "--listen",
        nargs="?",
        const="",
        metavar="HOST:PORT",
        help=f"wait for clients at an address of this computer (default {HOST}:{PORT})",
    )
    parser.add_argument(
        "--new-token", action="store_true", help="make another token; the one before opens nothing any more"
    )
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    if parsed.listen is None:
        raise InputError("Say --listen, perhaps with HOST:PORT; Blender starts workers of its own computer by itself.")
    address = parse_address(parsed.listen)
    token = own_token(token_file(), parsed.new_token)

    def tell(line: str) -> None:
        # A report on stdout would come at the end.
        print(printable(line), file=sys.stderr, flush=True)

    listener = Listener(address, token, tell)
    host, port = listener.address
    shown = f"[{host}]" if ":" in host else host
    tell(f"Listening at {shown}:{port}. Token: {token}")
    try:
        listener.serve()
    finally:
        listener.close()
    return 0, ""
