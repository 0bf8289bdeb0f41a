"""Faults on purpose: `python -m tests.faults --count 1000` from the project's folder is the long run.

Commands, a worker and the cache are stopped, starved or damaged at random moments. Afterwards every file is whole, old or
new, inputs are what they were, the message is one line, and the next job gives the same bytes as one that nothing
happened to. Needs `os.fork`: a process that has the libraries loaded is copied for every fault.
"""
