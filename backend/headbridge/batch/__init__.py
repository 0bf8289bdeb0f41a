"""Many heads: the same jobs as the command line's, over a manifest, on warm workers here or on a Ray cluster.

A batch's folder has a record for every head that was tried (`records/NAME.json`), its results (`heads/NAME/`) and the
report. A record counts only for the very input, settings and versions that it was made of, so that a batch can be ended
at any time and started again. How a job is run is handed in: the command line lies above this package.
"""
