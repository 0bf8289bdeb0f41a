"""``python -m headbridge``: the command line."""

from .cli.main import console

if __name__ == "__main__":
    console()
