"""Which view set answers under which address."""

from rest_framework.routers import SimpleRouter

from components.api.addresses import ADDRESSES
from components.api.lists import ListViewSet

router = SimpleRouter()
for model, address in ADDRESSES.items():
    router.register(address, type("X", (ListViewSet,), {"model": model}), basename=address)
