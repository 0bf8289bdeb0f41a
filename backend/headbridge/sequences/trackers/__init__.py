"""The files of other projects' trackers, a reader each, told by their content."""
