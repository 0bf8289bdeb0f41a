"""Job descriptions: one documented settings class per task feeds the panel, the command line and the worker."""
