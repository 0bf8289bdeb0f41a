"""Faces on meshes: a mesh as cameras see it, the detector's points lifted onto its surface, and where its face is."""
