"""The addresses of the REST API."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from components.api.problems import not_found
from components.api.routes import router

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(router.urls)),
    # An address without its last slash is first tried with it (APPEND_SLASH), so only those that have it end here.
    re_path(r"^(?:.*/)?$", not_found),
]
