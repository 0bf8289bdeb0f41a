"""The backend as a process of its own: JSON-RPC 2.0, one object per line, on stdin and stdout.

==========  ===================================  ==================================================================
request     params                               result
==========  ===================================  ==================================================================
hello       protocol, client                     protocol, version, python, packages, devices
<task>      job, folder, settings                what the task answers (`headbridge.jobs.tasks`)
shutdown                                         null; a running job is cancelled, then the process ends
==========  ===================================  ==================================================================

Notifications to the worker: `cancel` {job}. From the worker: `progress` {job, fraction, message, vertices}, where
vertices names an .npz file in the job folder with the array `vertices` (V, 3) float32, or is null; whoever reads it
deletes it. Requests are answered in order, one job at a time; a cancelled job within a second, with the error code
-32003; a result that failed by its own verdict with -32004, its verdict and its reasons. The end of stdin ends the process.
"""

PROTOCOL = 1
