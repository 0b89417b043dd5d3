"""The view set of every list: declarations, with the actions that one model alone has."""

from typing import Any

from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from components.api.commands import Merge, MergeCompany, Reason, Review
from components.api.likely import RoutesViewSet
from components.api.records import CuratedViewSet, EditableViewSet, EvidenceViewSet, Publishing, ReferenceViewSet
from components.api.writing import change_reason
from components.curation.companies import merge_companies, review_match, unmerge_company
from components.curation.identification import make_current
from components.curation.links import review_link
from components.curation.merging import merge_manufacturers, unmerge_manufacturer
from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Company,
    CompanyMatch,
    Component,
    ControlDate,
    Country,
    Coverage,
    Dataset,
    DeclaredParty,
    EvidentiaryOrigin,
    HSHeading,
    Identification,
    LearnedUse,
    Leg,
    Link,
    Manufacturer,
    ManufacturerAlias,
    MilitaryUse,
    Ownership,
    Part,
    PartCategory,
    PartRelation,
    PriorityItem,
    Route,
    RouteParameter,
    Source,
    Teardown,
    TradeFlow,
    Weapon,
    WeaponModel,
)


class WeaponViewSet(RoutesViewSet, EvidenceViewSet):
    """Recovered weapons; coordinates are exact for insiders and blurred for everybody else."""

    model = Weapon


class WeaponModelViewSet(RoutesViewSet, EvidenceViewSet):
    """Types of weapon."""

    model = WeaponModel


class TeardownViewSet(EvidenceViewSet):
    """Examinations of weapons."""

    model = Teardown


class AssemblyViewSet(EvidenceViewSet):
    """Modules and boards inside weapons."""

    model = Assembly


class ComponentViewSet(RoutesViewSet, EvidenceViewSet):
    """Things found in weapons, with their markings as read and what they are now held to be."""

    model = Component


class IdentificationViewSet(EvidenceViewSet):
    """Judgements of what components are."""

    model = Identification

    @action(detail=True, methods=["post"], url_path="make-current")
    def make_current(self, request: Request, pk: Any) -> Response:
        """Choose this judgement among those of the component; the one that was current stays beside it."""
        given = self.arguments(Reason)
        make_current(self.seen_row(pk), user=request.user, why=given["why"] or change_reason(request))
        return self.record_response(pk)


class CitedPartyViewSet(CuratedViewSet):
    """Companies that sources name for components."""

    model = CitedParty


class ManufacturerViewSet(RoutesViewSet, EvidenceViewSet):
    """Makers of parts."""

    model = Manufacturer

    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: Any) -> Response:
        """Let this manufacturer lead to another from now on; nothing is moved, and it can be undone."""
        given = self.arguments(Merge)
        why = given["why"] or change_reason(request)
        merge_manufacturers(self.seen_row(pk), winner=given["into"], user=request.user, why=why)
        return self.record_response(pk)

    @action(detail=True, methods=["post"])
    def unmerge(self, request: Request, pk: Any) -> Response:
        """Let a merged manufacturer stand on its own again."""
        given = self.arguments(Reason)
        unmerge_manufacturer(self.seen_row(pk), user=request.user, why=given["why"] or change_reason(request))
        return self.record_response(pk)


class ManufacturerAliasViewSet(CuratedViewSet):
    """Other names of makers."""

    model = ManufacturerAlias


class OwnershipViewSet(CuratedViewSet):
    """Which maker owned which, and since when."""

    model = Ownership


class PartCategoryViewSet(CuratedViewSet):
    """Classes of parts, in a tree."""

    model = PartCategory


class PartViewSet(RoutesViewSet, EvidenceViewSet):
    """The catalogue: makers' part numbers."""

    model = Part


class PartRelationViewSet(CuratedViewSet):
    """How parts stand to one another."""

    model = PartRelation


class OriginViewSet(CuratedViewSet):
    """Evidentiary origins: where knowledge was first won."""

    model = EvidentiaryOrigin


class SourceViewSet(EvidenceViewSet):
    """Publications and files that support values."""

    model = Source


class CitationViewSet(CuratedViewSet):
    """Places in sources that support single values."""

    model = Citation


class CountryViewSet(ReferenceViewSet):
    """Countries of ISO 3166-1, by their alpha-2 codes."""

    model = Country
    lookup_value_regex = "[A-Z]{2}"


class HSHeadingViewSet(ReferenceViewSet):
    """Chapters, headings and subheadings of the Harmonized System."""

    model = HSHeading
    lookup_value_regex = "[0-9]{2,6}"


class PriorityItemViewSet(ReferenceViewSet):
    """The Common High Priority List, by HS-6 code."""

    model = PriorityItem


class DatasetViewSet(Publishing, EditableViewSet):
    """Imported sets of shipments and trade flows, with their sources and what they cover.

    An import adds one and its undoing drops it; what is said of it can be changed, its rows cannot.
    """

    model = Dataset


class CompanyViewSet(ReferenceViewSet):
    """Exporters and importers, as far as visible datasets name them."""

    model = Company

    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: Any) -> Response:
        """Let this company lead to another from now on; nothing is moved, and it can be undone."""
        given = self.arguments(MergeCompany)
        why = given["why"] or change_reason(request)
        merge_companies(self.seen_row(pk), winner=given["into"], user=request.user, why=why)
        return self.record_response(pk)

    @action(detail=True, methods=["post"])
    def unmerge(self, request: Request, pk: Any) -> Response:
        """Let a merged company stand on its own again."""
        given = self.arguments(Reason)
        unmerge_company(self.seen_row(pk), user=request.user, why=given["why"] or change_reason(request))
        return self.record_response(pk)


class DeclaredPartyViewSet(ReferenceViewSet):
    """Names as datasets declare them, with the companies they are resolved to."""

    model = DeclaredParty


class CompanyMatchViewSet(ReferenceViewSet):
    """Proposals that two companies are one: inferred by a rule, reviewed by people."""

    model = CompanyMatch

    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: Any) -> Response:
        """The two are one: the second is merged into the first."""
        self.arguments(Reason)
        review_match(self.seen_row(pk), is_same=True, user=request.user, now=timezone.now())
        return self.record_response(pk)

    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: Any) -> Response:
        """The two are not one; the pair is not proposed again."""
        self.arguments(Reason)
        review_match(self.seen_row(pk), is_same=False, user=request.user, now=timezone.now())
        return self.record_response(pk)


class TradeFlowViewSet(ReferenceViewSet):
    """Aggregates of trade statistics, line by line as published."""

    model = TradeFlow


class LinkViewSet(EvidenceViewSet):
    """Connections of parts and shipments: proposed by a rule or stated by a document, reviewed by people."""

    model = Link

    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: Any) -> Response:
        """Confirm or reject the link, leave it undecided, or take such a word back; no rule overwrites it."""
        given = self.arguments(Review)
        why = given["why"] or change_reason(request)
        review_link(self.seen_row(pk), state=given["state"], user=request.user, now=timezone.now(), why=why)
        return self.record_response(pk)


class RouteViewSet(ReferenceViewSet):
    """Likely supply chains of components, parts, weapons, models and makers, with their probabilities: inferences."""

    model = Route


class LegViewSet(EvidenceViewSet):
    """Steps of supply chains as documents state them."""

    model = Leg


class CoverageViewSet(CuratedViewSet):
    """Which share of all shipments each dataset is taken to record; routes rest on it."""

    model = Coverage


class MilitaryUseViewSet(CuratedViewSet):
    """Which share of an importer's goods is taken to go into weapons; routes rest on it."""

    model = MilitaryUse


class LearnedUseViewSet(ReferenceViewSet):
    """How likely goods of each importer go into weapons, beside other importers, as finds teach it: inferences."""

    model = LearnedUse


class RouteParameterViewSet(ReferenceViewSet):
    """The numbers that the model of routes rests on, with their sources."""

    model = RouteParameter
    lookup_value_regex = "[a-z0-9_]{1,60}"


class ControlDateViewSet(ReferenceViewSet):
    """Days on which export controls and sanctions took effect."""

    model = ControlDate
