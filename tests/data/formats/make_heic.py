"""Writes the HEIC fixtures beside itself: red and blue halves under a white bar, 64 × 48; turned.heic is the same, to be shown turned.

Made with pillow-heif 1.8.1: pip install pillow-heif && python make_heic.py
"""

from pathlib import Path

import numpy
import pillow_heif
from PIL import Image

here = Path(__file__).parent
pixels = numpy.zeros((48, 64, 3), numpy.uint8)
pixels[:, :32] = (200, 40, 40)
pixels[:, 32:] = (40, 40, 200)
pixels[:12] = (240, 240, 240)
picture = Image.fromarray(pixels)
pillow_heif.from_pillow(picture).save(here / 'plain.heic', quality=90)
exif = Image.Exif()
exif[0x0112] = 6
pillow_heif.from_pillow(picture).save(here / 'turned.heic', quality=90, exif=exif.tobytes())
