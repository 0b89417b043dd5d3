"""The address of the schema: written once in each process, and not sent again to a client that has it."""

import hashlib
from functools import cache
from threading import Lock
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.encoding import force_bytes
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

WRITING = Lock()


@cache
def written_schema(media_type: str) -> tuple[bytes, str]:
    """The schema as this type has it, with its ETag. It depends on the code alone: all people see the same."""
    renderer = next(each for each in SchemaView.renderer_classes if each.media_type == media_type)
    document = SchemaGenerator().get_schema(request=None, public=True)
    content = force_bytes(renderer().render(document, renderer_context={}))
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


class SchemaView(SpectacularAPIView):
    """The OpenAPI schema of the API, as YAML or JSON."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with WRITING:  # it takes seconds the first time: once, however many ask at that moment
            content, tag = written_schema(str(request.accepted_renderer.media_type))
        response = HttpResponse(content, content_type=request.accepted_renderer.media_type)
        response["ETag"] = tag
        response["Cache-Control"] = "no-cache"  # may be kept, and is asked for by its tag
        patch_vary_headers(response, ["Accept"])
        return get_conditional_response(request._request, etag=tag, response=response) or response
