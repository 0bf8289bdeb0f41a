"""The command line, ``headbridge COMMAND``: `commands` names the commands, and every one has a module of its name.

Exit codes: 0 done, 1 failed, 2 bad input or arguments, 130 cancelled.
"""
