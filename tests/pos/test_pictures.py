"""Pictures of products: written anew, bounded before they are decoded, none left behind."""

import struct
import zlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT
from PIL import Image

from pos import pictures
from pos.errors import NotAPicture


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Where pictures are kept, empty."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def desk(api, manager):
    return api(manager)


def drawn(kind="PNG", size=(40, 20), mode="RGB", **more) -> bytes:
    written = BytesIO()
    Image.new(mode, size, 60 if mode == "P" else (200, 40, 40, 90)[: len(mode)]).save(
        written, kind, **more
    )
    return written.getvalue()


def header(width: int, height: int) -> bytes:
    """A PNG that says it is this large, and has nothing in it."""
    said = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", said), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    written = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        check = struct.pack(">I", zlib.crc32(name + data))
        written += struct.pack(">I", len(data)) + name + data + check
    return written


def send(client, shop, product, content, name="../x.php", field="image", **headers):
    form = {field: SimpleUploadedFile(name, content, content_type="image/png")}
    path = f"/shops/{shop.id}/products/{product.id}/image"
    return client.post(path, form, content_type=MULTIPART_CONTENT, headers=headers)


def kept(media):
    return sorted(path for path in media.rglob("*") if path.is_file())


def test_a_picture_is_written_anew_under_a_name_of_ours(desk, shop, tea, media):
    exif = Image.Exif()
    exif[0x010E] = "the kitchen door"
    sent = drawn("JPEG", (3200, 800), exif=exif, comment=b"<script>")

    row = send(desk, shop, tea, sent).json()

    (path,) = kept(media)
    assert row["image_url"] == f"/media/products/{path.name}"
    assert len(path.stem) == 32
    written = path.read_bytes()
    assert b"kitchen" not in written
    assert b"<script>" not in written
    with Image.open(path) as found:
        assert (found.format, found.size, dict(found.getexif())) == ("JPEG", (1600, 400), {})
    assert shop.events.order_by("seq").last().kind == "product_updated"


@pytest.mark.parametrize(
    ("kind", "mode", "ending"),
    [("PNG", "RGB", "jpg"), ("PNG", "RGBA", "png"), ("WEBP", "RGBA", "png"), ("GIF", "P", "jpg")],
)
def test_kinds_of_pictures(kind, mode, ending):
    found, written = pictures.encode(drawn(kind, mode=mode))

    assert found == ending
    with Image.open(BytesIO(written)) as read:
        assert read.size == (40, 20)


def test_a_new_picture_takes_the_place_of_the_old_one(
    desk, shop, tea, media, django_capture_on_commit_callbacks
):
    send(desk, shop, tea, drawn())
    (first,) = kept(media)
    with django_capture_on_commit_callbacks(execute=True):
        send(desk, shop, tea, drawn("JPEG"))

    assert len(kept(media)) == 1
    assert kept(media) != [first]


def test_a_repeat_is_answered_alike_and_leaves_one_file(desk, shop, tea, media):
    sent = drawn()
    replies = [send(desk, shop, tea, sent, **{"Idempotency-Key": "k"}) for _ in range(2)]
    other = send(desk, shop, tea, drawn("JPEG"), **{"Idempotency-Key": "k"})

    assert replies[0].content == replies[1].content
    assert other.status_code == 422
    assert len(kept(media)) == 1


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 400, "not_a_picture"),
        (b"GIF89a", 400, "not_a_picture"),
        (drawn("PNG")[:60], 400, "not_a_picture"),
        (drawn("BMP"), 400, "not_a_picture"),
        (header(50_000, 50_000), 400, "not_a_picture"),
        (header(5001, 5000), 400, "not_a_picture"),
        (b"", 400, "invalid"),
        (b"x" * (5 * 1024 * 1024 + 1), 413, "too_large"),
        (b"x" * (6 * 1024 * 1024), 413, "too_large"),
    ],
    ids=["svg", "cut gif", "cut png", "bmp", "bomb", "25 MP", "empty", "5 MB", "6 MB"],
)
def test_what_is_no_picture_is_refused(desk, shop, tea, media, content, status, code):
    reply = send(desk, shop, tea, content)

    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.content
    assert kept(media) == []


def test_its_size_is_looked_at_before_it_is_decoded():
    with pytest.raises(NotAPicture, match="25 megapixels"):
        pictures.encode(header(5001, 5000))


def test_who_may_not_leaves_no_file(desk, api, cashier, shop, other_shop, stocked, tea, media):
    foreign = stocked(other_shop, "Theirs", 100, 0)

    assert send(api(cashier), shop, tea, drawn()).status_code == 403
    assert send(desk, shop, foreign, drawn()).status_code == 404
    assert send(desk, shop, tea, drawn(), field="file").status_code == 400
    path = f"/shops/{shop.id}/products/{tea.id}/image"
    assert desk.post(path, {"image": "x"}).status_code == 415
    assert kept(media) == []


def test_a_locked_site_keeps_its_pictures(desk, shop, tea, media, locked):
    assert send(desk, shop, tea, drawn()).status_code == 423
    assert kept(media) == []
