"""Image files: what is a good one, checked without trusting what it says of itself, and how tasks open one."""

import io
import struct
import threading
import warnings
import zlib
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.core.i18n import tr

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
"""Endings of the image files that can be read."""

MOST_PIXELS = 64_000_000
"""Of one image: a quarter of a gigabyte of memory when it is opened."""

MOST_BYTES = 100_000_000
"""Of one image file."""

LARGE = 16_000_000
"""Pixels from which on only one image is decoded at a time, however many threads there are."""

_one_large = threading.Lock()

_OPENED = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
_SUFFIX = {"PNG": ".png", "JPEG": ".jpg", "MPO": ".jpg", "BMP": ".bmp", "GIF": ".gif", "WEBP": ".webp", "TIFF": ".tif"}
_MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "I;16", "I;16B", "I;16L")
_ORIENTATION = 0x0112
_LYING = (5, 6, 7, 8)
"""Values of the EXIF orientation that swap width and height."""

_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    EOFError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for damaged files, whose formats it takes at their word in many places."""


class BadImage(Exception):
    """An image cannot be used; the message is a translated reason."""


class Facts(msgspec.Struct, frozen=True):
    """What an image is: the usual ending of its format, and its size in pixels as it is to be seen."""

    suffix: str
    width: int
    height: int


def inspect(content: bytes) -> Facts:
    """Check that an image file is whole and of a bearable size, by decoding it.

    Raises:
        BadImage: It is not.
    """
    if not content:
        raise BadImage(tr("The image file is empty."))
    if len(content) > MOST_BYTES:
        raise BadImage(too_large())
    try:
        image = _open(content)
        width, height = image.size
        # of a JPEG all is read, and an eighth of it decoded
        image.draft("L", (width // 8 or 1, height // 8 or 1))
        with _one_large if image.width * image.height > LARGE else nullcontext():
            image.load()
            if image.getexif().get(_ORIENTATION) in _LYING:
                width, height = height, width
            image.close()
    except BadImage:
        raise
    except _DAMAGE as error:
        raise BadImage(tr("The image is cut off or damaged.")) from error
    return Facts(_SUFFIX[image.format or ""], width, height)


def load_image(path: Path) -> "Image":
    """Return an image of a data set as a task sees it: upright, in RGB; of an animation its first picture.

    Raises:
        BadImage: The file was damaged after the import.
    """
    from PIL import ImageOps

    try:
        image = ImageOps.exif_transpose(_open(path.read_bytes()))
        if image.mode.startswith("I;16"):  # Pillow would cut the bright half of the 16 bits off
            image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        return image.convert("RGB")
    except BadImage:
        raise
    except _DAMAGE as error:
        raise BadImage(tr("The image is cut off or damaged.")) from error


def too_large() -> str:
    """Return why an image file is refused before it is read."""
    return tr("The image file is larger than {limit} MB.", limit=MOST_BYTES // 1_000_000)


def _open(content: bytes) -> "Image":
    """Open without decoding, after a look at what the header says."""
    pillow = _pillow()
    try:
        image: Image = pillow.open(io.BytesIO(content), formats=_OPENED)
    except pillow.DecompressionBombError as error:
        raise BadImage(_too_many_pixels()) from error
    except pillow.UnidentifiedImageError as error:
        raise BadImage(tr("The file is not an image that can be read: PNG, JPEG, BMP, GIF, WebP or TIFF.")) from error
    if image.width * image.height > MOST_PIXELS:
        raise BadImage(_too_many_pixels())
    if image.mode not in _MODES:
        raise BadImage(tr("The image stores its colours in a way that cannot be read ({mode}).", mode=image.mode))
    return image


@cache
def _pillow() -> Any:
    from PIL import Image

    # images that it warns of are refused here, and the error it raises for larger ones still comes
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
    return Image


def _too_many_pixels() -> str:
    return tr("The image says that it has more than {limit} million pixels.", limit=MOST_PIXELS // 1_000_000)
