"""Views that do what goes wrong elsewhere, for the tests of core."""

from typing import ClassVar
from uuid import UUID

import msgspec
from django.core import exceptions as django_exceptions
from django.db import IntegrityError, InterfaceError, OperationalError, ProgrammingError
from django.http import Http404, HttpResponse
from django.urls import path
from rest_framework import exceptions, permissions, serializers

from core import api, errors, parsing, schema
from core.idempotency import Repeated


class LockNotAvailable(Exception):
    sqlstate = "55P03"


class UniqueViolation(Exception):
    sqlstate = "23505"


def caused(error, cause):
    error.__cause__ = cause
    return error


class Form(serializers.Serializer):
    name = serializers.CharField(max_length=3)
    lines = serializers.ListField(child=serializers.IntegerField())


def invalid_form():
    form = Form(data={"name": "long", "lines": [1, "x"]})
    form.is_valid(raise_exception=True)


FAILURES = {
    "parse": exceptions.ParseError(),
    "not-authenticated": exceptions.NotAuthenticated(),
    "failed": exceptions.AuthenticationFailed(),
    "denied": exceptions.PermissionDenied(),
    "denied-because": exceptions.PermissionDenied("Only on Mondays.", code="not_today"),
    "drf-missing": exceptions.NotFound(),
    "media": exceptions.UnsupportedMediaType("text/plain"),
    "throttled": exceptions.Throttled(wait=30),
    "teapot": type("Teapot", (exceptions.APIException,), {"status_code": 418})("Tea only."),
    "drf-500": exceptions.APIException("secret"),
    "http404": Http404("secret"),
    "does-not-exist": django_exceptions.ObjectDoesNotExist("secret"),
    "django-denied": django_exceptions.PermissionDenied("secret"),
    "too-big": django_exceptions.RequestDataTooBig("secret"),
    "suspicious": django_exceptions.SuspiciousOperation("secret"),
    "many-fields": django_exceptions.TooManyFieldsSent("secret"),
    "django-invalid": django_exceptions.ValidationError({"name": ["Too long."]}),
    "operational": OperationalError("secret"),
    "locked": OperationalError("database is locked"),
    "lock-timeout": caused(OperationalError("secret"), LockNotAvailable()),
    "interface": InterfaceError("secret"),
    "unique": caused(IntegrityError("secret"), UniqueViolation()),
    "unique-sqlite": IntegrityError("UNIQUE constraint failed: secret"),
    "check": IntegrityError("CHECK constraint failed: secret"),
    "programming": ProgrammingError("secret"),
    "bug": ZeroDivisionError("secret"),
    "domain": errors.Locked(lock_reason="unpaid"),
    "repeated": Repeated(201, b'{"id":1}'),
}


class Fails(api.View):
    permission_classes: ClassVar = []
    authentication_classes: ClassVar = []

    def get(self, request, name):
        if name == "form":
            invalid_form()
        raise FAILURES[name]


class Line(msgspec.Struct):
    product_id: UUID


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What is wished for."""

    lines: list[Line]
    note: str = ""
    client_id: str = ""


class Fact(msgspec.Struct):
    """What came of it."""

    id: UUID
    lines: list[Line]


class Open(api.View):
    permission_classes: ClassVar = []
    authentication_classes: ClassVar = []


class Echo(Open):
    """POST says what was read; GET says hello."""

    @schema.describe(responses={200: list[Fact]}, lists=True, tags=["echo"])
    def get(self, request):
        return api.respond({"hello": "Ünïcode"})

    @schema.describe(request=Wish, responses={201: Fact}, errors=[409, 423], creates=True)
    def post(self, request):
        return api.respond({"read": request.data, "user": request.user}, 201)

    def delete(self, request):
        return api.respond(status=204)


class Typed(Open):
    def post(self, request):
        return api.respond(parsing.convert(request.data, Wish))


class Forms(Open):
    parser_classes: ClassVar = [
        parsing.StrictJSONParser,
        parsing.FormParser,
        parsing.MultiPartParser,
    ]

    def post(self, request):
        return api.respond(request.data)


class Keyed(Open):
    def post(self, request, name):
        once = api.once(request)
        return api.respond(
            {"name": once.name, "fingerprint": once.fingerprint.hex(), "has_key": once.has_key}
        )


class Guarded(api.View):
    authentication_classes: ClassVar = []
    permission_classes: ClassVar = [permissions.IsAuthenticated]

    def get(self, request):
        return api.respond({})


def page(request):
    return HttpResponse("page")


def broken(request):
    raise ZeroDivisionError("secret")


def refused(request, name):
    raise FAILURES[name]


def routes(prefix):
    return [
        path(f"{prefix}fails/<str:name>", Fails.as_view()),
        path(f"{prefix}echo", Echo.as_view()),
        path(f"{prefix}typed", Typed.as_view()),
        path(f"{prefix}forms", Forms.as_view()),
        path(f"{prefix}keyed/<str:name>", Keyed.as_view()),
        path(f"{prefix}guarded", Guarded.as_view()),
        path(f"{prefix}plain", page),
        path(f"{prefix}broken", broken),
    ]


urlpatterns = [
    *routes("api/v1/"),
    *routes("api/"),
    path("page/", page),
    path("broken/", broken),
    path("refused/<str:name>/", refused),
]
handler400 = "core.api.handler400"
handler403 = "core.api.handler403"
handler404 = "core.api.handler404"
handler500 = "core.api.handler500"
