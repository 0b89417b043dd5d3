"""Which view set answers under which address."""

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from components.api import trade, viewsets
from components.api.addresses import ADDRESSES
from components.api.imports import ImportViewSet
from components.api.photos import PhotoViewSet
from components.api.renderers import JSONAlways
from components.api.statistics import StatisticsViewSet
from components.api.tokens import TokenViewSet

VIEW_SETS = (
    viewsets.WeaponViewSet,
    viewsets.WeaponModelViewSet,
    viewsets.TeardownViewSet,
    viewsets.AssemblyViewSet,
    viewsets.ComponentViewSet,
    viewsets.IdentificationViewSet,
    viewsets.CitedPartyViewSet,
    viewsets.ManufacturerViewSet,
    viewsets.ManufacturerAliasViewSet,
    viewsets.OwnershipViewSet,
    viewsets.PartCategoryViewSet,
    viewsets.PartViewSet,
    viewsets.PartRelationViewSet,
    PhotoViewSet,
    viewsets.OriginViewSet,
    viewsets.SourceViewSet,
    viewsets.CitationViewSet,
    ImportViewSet,
    viewsets.CountryViewSet,
    viewsets.HSHeadingViewSet,
    viewsets.PriorityItemViewSet,
    viewsets.DatasetViewSet,
    viewsets.CompanyViewSet,
    viewsets.DeclaredPartyViewSet,
    viewsets.CompanyMatchViewSet,
    viewsets.TradeFlowViewSet,
    viewsets.ControlDateViewSet,
    viewsets.LinkViewSet,
    viewsets.RouteViewSet,
    viewsets.LegViewSet,
    viewsets.CoverageViewSet,
    viewsets.MilitaryUseViewSet,
    viewsets.LearnedUseViewSet,
    viewsets.RouteParameterViewSet,
)

router = SimpleRouter()
for each in VIEW_SETS:
    router.register(ADDRESSES[each.model], each, basename=ADDRESSES[each.model])
for address, questions in trade.VIEW_SETS.items():
    router.register(address, questions, basename=address.replace("/", "-question-"))
router.register("statistics", StatisticsViewSet, basename="statistics")
router.register("tokens", TokenViewSet, basename="tokens")


class RootView(APIView):
    """Where to begin: every list, the tokens, the schema and its pages."""

    content_negotiation_class = JSONAlways

    def get(self, request: Request) -> Response:
        """The addresses of all lists."""
        names = {name: f"api:{name}-list" for name in [*ADDRESSES.values(), "statistics", "tokens"]}
        names |= {address: f"api:{address.replace('/', '-question-')}-list" for address in trade.VIEW_SETS}
        names |= {"schema": "api:schema", "docs": "api:docs"}
        return Response({key: request.build_absolute_uri(reverse(name)) for key, name in names.items()})
