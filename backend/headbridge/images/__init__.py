"""Images in and out of files, and their colour encoding.

Textures keep what the file holds: bit depth, alpha, one channel for grey; nothing is rotated (a UV layout refers to the
stored pixels, whatever an EXIF tag says). Photos (`read_photo`) are upright colour pictures.
"""

from .colour import linear_to_srgb, srgb_to_linear
from .files import READABLE, WRITABLE, check_writable, encode_image, read_image, write_image
from .image import Image
from .photo import Photo, read_photo

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
