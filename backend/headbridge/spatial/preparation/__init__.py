"""Making any mesh that shows a head a sound surface to register onto, and saying what that took."""

from .halves import completed_halves
from .pieces import crop, flipped, select_parts
from .prepare import as_it_is, prepare_target
from .prepared import Parts, PreparedMesh

__all__ = [
    "Parts",
    "PreparedMesh",
    "as_it_is",
    "completed_halves",
    "crop",
    "prepare_target",
    "select_parts",
    "flipped",
]
