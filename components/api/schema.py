"""The OpenAPI schema: what each operation takes and answers, read from the same tables the operations run on."""

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    pass
