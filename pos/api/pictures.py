"""Pictures of products over the wire."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.permissions import Manager
from core import api, schema
from pos import pictures
from pos.api import uploads
from pos.menu_facts import ProductFact

FORM: dict[str, Any] = {
    "multipart/form-data": {
        "type": "object",
        "properties": {"image": {"type": "string", "format": "binary"}},
        "required": ["image"],
    }
}


class ProductPicture(ShopView):
    """The picture of a product."""

    permission_classes: ClassVar = [Manager]
    parser_classes: ClassVar = [uploads.FormParser]

    @schema.describe(
        request=FORM,
        responses={200: ProductFact},
        errors=[403, 413, 415, 423],
        creates=True,
        summary="Give a product a picture",
    )
    def post(self, request: Request, shop_id: UUID, product_id: UUID) -> HttpResponse:
        """Take a JPEG, PNG, WebP or GIF of at most 5 MB and 25 megapixels, and write it anew."""
        once = api.once(request)
        sent = uploads.file(request.data, "image")
        pictures.put(product_id, shop=self.shop, actor=request.user, sent=sent, once=once)
        return api.reply(once)
