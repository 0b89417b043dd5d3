"""The URL map: pages at the root, the REST API under /api/, the Django admin under /admin/."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("components.web.accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("components.api.urls")),
    path("", include("components.web.urls")),
]

handler400 = "components.edge.failures.bad_request"
handler500 = "components.edge.failures.server_error"
