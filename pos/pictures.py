"""Pictures of products: whatever was sent is decoded, made smaller and written anew.

Nothing of a sent file is kept as it came: no name, no place where it was taken, no byte that
a browser could take for something else.
"""

import secrets
import struct
import warnings
import zlib
from io import BytesIO
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image, ImageOps

from accounts.models import Shop
from core import database
from core.errors import TooLarge
from core.idempotency import EACH_TIME, Once
from pos import catalog
from pos.errors import NotAPicture
from pos.menu_facts import ProductFact
from pos.models import Product

#: The most that a sent file may have, in bytes, and a picture, in pixels.
MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 25_000_000

#: No side of a kept picture is longer, in pixels.
SIDE = 1600

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
#: What decoders raise on files that are broken, or made to break them.
BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError,
    MemoryError, struct.error, zlib.error, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip


def put(
    product_id: UUID, *, shop: Shop, actor: Any, sent: bytes, once: Once = EACH_TIME
) -> ProductFact:
    """Give a product a picture; the one before is deleted.

    Raises ``Missing``, ``TooLarge`` beyond ``MOST_BYTES``, ``NotAPicture`` for what is none or
    has more than ``MOST_PIXELS``, and the licence's refusals; no file is left then.
    """
    ending, written = encode(sent)
    name = default_storage.save(f"products/{secrets.token_hex(16)}.{ending}", ContentFile(written))
    try:
        return _hang(product_id, shop=shop, actor=actor, name=name, once=once)
    except BaseException:
        default_storage.delete(name)
        raise


@database.verb
def _hang(product_id: UUID, *, shop: Shop, actor: Any, name: str, once: Once) -> ProductFact:
    found = Product.objects.filter(shop=shop, pk=product_id)
    before = found.select_for_update(no_key=True).values_list("image", flat=True).first()
    fact = catalog.change(product_id, shop=shop, actor=actor, fields={"image": name}, once=once)
    if before:
        transaction.on_commit(lambda: default_storage.delete(before), robust=True)
    return fact


def encode(sent: bytes) -> tuple[str, bytes]:
    """Decode a picture and write it anew; answers the ending of its name and its bytes.

    Raises ``TooLarge``, ``NotAPicture``.
    """
    if len(sent) > MOST_BYTES:
        raise TooLarge("The picture is larger than 5 MB. Send a smaller one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _encode(sent)
    except BROKEN:
        raise NotAPicture from None


def _encode(sent: bytes) -> tuple[str, bytes]:
    with Image.open(BytesIO(sent), formats=FORMATS) as opened:  # reads its header only
        width, height = opened.size
        if width * height > MOST_PIXELS:
            raise NotAPicture("The picture has more than 25 megapixels. Send a smaller one.")
        clear = opened.has_transparency_data
        opened.draft("RGB", (SIDE, SIDE))
        turned = ImageOps.exif_transpose(opened.convert("RGBA" if clear else "RGB"))
    turned.thumbnail((SIDE, SIDE))
    turned.info.clear()
    written = BytesIO()
    if clear:
        turned.save(written, "PNG", optimize=True)
        return "png", written.getvalue()
    turned.save(written, "JPEG", quality=85, progressive=True)
    return "jpg", written.getvalue()
