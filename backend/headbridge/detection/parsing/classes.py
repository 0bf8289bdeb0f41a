"""The classes that pixels of a portrait are told apart by."""

from __future__ import annotations

CLASSES = (
    "background",
    "skin",
    "brow",
    "eye",
    "lip",
    "mouth",
    "ear or neck",
    "hair",
    "glasses",
    "cover",
    "clothes",
)
"""Names by number. skin : of the face, beard and shadow on it as well. mouth : what is inside of the lips. glasses :
frames and lenses that hide what is behind them. cover : hands and things before the face."""

BACKGROUND, SKIN, BROW, EYE, LIP, MOUTH, EAR_OR_NECK, HAIR, GLASSES, COVER, CLOTHES = range(len(CLASSES))

FACE = (SKIN, BROW, EYE, LIP, MOUTH)
"""What belongs to the face itself."""

FEATURES = (BROW, EYE, LIP, MOUTH)
"""What of the face has another colour than its skin."""

PERSON = (*FACE, EAR_OR_NECK)
"""What belongs to the head itself and grows no hair."""

COVERING = (HAIR, GLASSES, COVER, CLOTHES)
"""What lies before or over the head."""

COLOURS = (
    (40, 44, 52),
    (236, 178, 140),
    (120, 62, 20),
    (70, 140, 255),
    (214, 60, 90),
    (120, 20, 60),
    (250, 220, 120),
    (110, 70, 150),
    (0, 200, 200),
    (255, 90, 200),
    (60, 160, 70),
)
"""sRGB of each class in pictures of a parse."""
