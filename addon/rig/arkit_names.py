# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of ARKit's 52 blendshapes (Apple, ARFaceAnchor.BlendShapeLocation)."""

_SIDED = """
    browDown browOuterUp cheekSquint eyeBlink eyeLookDown eyeLookIn eyeLookOut eyeLookUp eyeSquint eyeWide mouthDimple
    mouthFrown mouthLowerDown mouthPress mouthSmile mouthStretch mouthUpperUp noseSneer
""".split()
_SINGLE = """
    browInnerUp cheekPuff jawForward jawLeft jawOpen jawRight mouthClose mouthFunnel mouthLeft mouthPucker mouthRight
    mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper tongueOut
""".split()

ARKIT_NAMES = frozenset(_SINGLE) | {f"{name}{side}" for name in _SIDED for side in ("Left", "Right")}
