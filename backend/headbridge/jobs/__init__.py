"""Jobs: a folder of meshes, images and options in, files and a JSON-able answer out, for the worker and the command line."""
