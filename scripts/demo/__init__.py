"""The demo's parts: the jobs, the pictures, the layout of the file it leaves, and the report."""
