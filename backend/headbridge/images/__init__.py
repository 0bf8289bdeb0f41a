"""Images in and out of files, and their colour encoding.

Textures keep what the file holds: bit depth, alpha, one channel for grey; nothing is rotated (a UV layout refers to the
stored pixels, whatever an EXIF tag says). Photos (`read_photo`) are upright colour pictures.
"""

from ..on_demand import on_demand

__all__ = [
    "READABLE",
    "WRITABLE",
    "Image",
    "Photo",
    "check_writable",
    "encode_image",
    "linear_to_srgb",
    "read_image",
    "read_photo",
    "srgb_to_linear",
    "write_image",
]

_FILES = ("READABLE", "WRITABLE", "check_writable", "encode_image", "read_image", "write_image")
_MODULES = {"linear_to_srgb": "colour", "srgb_to_linear": "colour", "Image": "image"}
_MODULES |= dict.fromkeys(_FILES, "files") | dict.fromkeys(("Photo", "read_photo"), "photo")

# Only files and photos need OpenCV.
__getattr__ = on_demand(__name__, _MODULES)
