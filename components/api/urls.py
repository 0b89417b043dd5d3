"""The addresses of the REST API."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularSwaggerView

from components.api.problems import not_found
from components.api.routes import RootView, router
from components.api.schema_view import SchemaView

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", RootView.as_view(), name="root"),
    path("v1/", include(router.urls)),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api:schema"), name="docs"),
    # An address without its last slash is first tried with it (APPEND_SLASH), so only those that have it end here.
    re_path(r"^(?:[\s\S]*/)?\Z", not_found),
]
