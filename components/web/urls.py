"""The addresses of all pages; what every kind of record has is declared once, in a loop."""

from typing import Any

from allauth.account.views import login as sign_in
from django.contrib.auth.views import LogoutView
from django.urls import path, register_converter
from django.views.generic import View

from components.curation.stored_files import ORIGINAL
from components.exports.files import FORMATS
from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Company,
    Component,
    Coverage,
    Dataset,
    EvidentiaryOrigin,
    Identification,
    ImportBatch,
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
    Route,
    RouteParameter,
    Source,
    Teardown,
    Weapon,
    WeaponModel,
)
from components.models.curated import Curated
from components.models.evidence import SIZES
from components.models.visibility import Evidence
from components.web import actions, imports, tokens, workbench
from components.web.addresses import ADDRESSES
from components.web.columns import SHOWN
from components.web.editing import AddPage, DeletePage, EditPage
from components.web.forms.base import FORMS
from components.web.history import HistoryPage, PutBackPage
from components.web.lists import ExportPage, ListPage
from components.web.publishing import VisibilityPage
from components.web.records.catalogue import ManufacturerPage, PartPage
from components.web.records.findings import ComponentPage
from components.web.records.photos import PHOTOGRAPHED, PhotoFile, PhotoPage, UploadPage
from components.web.records.sources import SourcePage
from components.web.records.weapons import AssemblyRedirect, TeardownPage, WeaponModelPage, WeaponPage
from components.web.routes.legs import LegPage
from components.web.routes.links import LinkPage, ReviewLink, ReviewQueue
from components.web.routes.lists import AddLeg, AddLink, SupplyChainList
from components.web.routes.pages import CountriesPage, RoutesPage, TraceRedirect
from components.web.search import SearchPage
from components.web.statistics import HomePage, StatisticsPage
from components.web.trade import imports as trade_imports
from components.web.trade import pages as trade
from components.web.trade import records as trade_records

RECORD_PAGES: dict[type[Any], type[View]] = {
    Weapon: WeaponPage,
    WeaponModel: WeaponModelPage,
    Teardown: TeardownPage,
    Assembly: AssemblyRedirect,
    Component: ComponentPage,
    Part: PartPage,
    Manufacturer: ManufacturerPage,
    Source: SourcePage,
    ImportBatch: imports.ImportPage,
    Dataset: trade_records.DatasetPage,
    Company: trade_records.CompanyPage,
    Link: LinkPage,
    Leg: LegPage,
}
LIST_PAGES: dict[type[Any], type[ListPage]] = {
    ImportBatch: imports.ImportList,
    **dict.fromkeys((Link, Route, Leg, Coverage, MilitaryUse, LearnedUse, RouteParameter), SupplyChainList),
}
# Where a record is added: by itself, or below the record it belongs to.
ADD_PAGES: dict[type[Curated], type[View]] = {Weapon: workbench.AddWeapon, Link: AddLink, Leg: AddLeg}
ADD_ALONE: tuple[type[Curated], ...] = (WeaponModel, Part, PartCategory, Manufacturer, Source, EvidentiaryOrigin)
ADD_BELOW: dict[type[Curated], tuple[type[Curated], Any]] = {
    Teardown: (Weapon, workbench.AddTeardown.as_view()),
    Assembly: (Weapon, workbench.AddAssembly.as_view()),
    Component: (Weapon, workbench.AddComponent.as_view()),
    Identification: (Component, AddPage.as_view(model=Identification, parent_model=Component)),
    CitedParty: (Component, AddPage.as_view(model=CitedParty, parent_model=Component)),
    ManufacturerAlias: (Manufacturer, AddPage.as_view(model=ManufacturerAlias, parent_model=Manufacturer)),
    Ownership: (Manufacturer, AddPage.as_view(model=Ownership, parent_model=Manufacturer)),
    PartRelation: (Part, AddPage.as_view(model=PartRelation, parent_model=Part)),
    Coverage: (Dataset, AddPage.as_view(model=Coverage, parent_model=Dataset)),
    MilitaryUse: (Company, AddPage.as_view(model=MilitaryUse, parent_model=Company)),
}


class FileFormatConverter:
    """The name of a file format."""

    regex = "|".join(FORMATS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class PhotoSizeConverter(FileFormatConverter):
    """The size of a photo's file."""

    regex = "|".join([*SIZES, ORIGINAL])


register_converter(FileFormatConverter, "file-format")
register_converter(PhotoSizeConverter, "photo-size")


def list_paths(model: type[Any]) -> list[Any]:
    """A list and its files."""
    address = ADDRESSES[model]
    page = LIST_PAGES.get(model, ListPage)
    return [
        path(f"{address.folder}/", page.as_view(model=model), name=f"{address.name}-list"),
        path(
            f"{address.folder}/export/<file-format:file_format>/",
            ExportPage.as_view(model=model),
            name=f"{address.name}-export",
        ),
    ]


def writing_paths(model: type[Curated]) -> list[Any]:
    """What can be done with a curated record."""
    address = ADDRESSES[model]
    record, name = f"{address.folder}/<int:pk>", address.name
    paths = [
        path(f"{record}/edit/", EditPage.as_view(model=model), name=f"{name}-edit"),
        path(f"{record}/delete/", DeletePage.as_view(model=model), name=f"{name}-delete"),
        path(f"{record}/history/", HistoryPage.as_view(model=model), name=f"{name}-history"),
        path(f"{record}/put-back/", PutBackPage.as_view(model=model), name=f"{name}-put-back"),
    ]
    if issubclass(model, Evidence):
        paths.append(path(f"{record}/visibility/", VisibilityPage.as_view(model=model), name=f"{name}-visibility"))
    if model._meta.model_name in Citation.CITABLE:
        cite = actions.CitePage.as_view(cited_model=model)
        paths.append(path(f"{address.folder}/<int:parent>/cite/", cite, name=f"{name}-cite"))
    return paths


def adding_paths() -> list[Any]:
    """Where records are added."""
    paths = [
        path(f"{ADDRESSES[model].folder}/new/", page.as_view(), name=f"{ADDRESSES[model].name}-add")
        for model, page in ADD_PAGES.items()
    ]
    for model in ADD_ALONE:
        address = ADDRESSES[model]
        paths.append(path(f"{address.folder}/new/", AddPage.as_view(model=model), name=f"{address.name}-add"))
    for model, (parent, view) in ADD_BELOW.items():
        above, address = ADDRESSES[parent], ADDRESSES[model]
        paths.append(path(f"{above.folder}/<int:parent>/{address.folder}/new/", view, name=f"{address.name}-add"))
    return paths


app_name = "web"
urlpatterns = [
    path("", HomePage.as_view(), name="home"),
    path("search/", SearchPage.as_view(), name="search"),
    path("statistics/", StatisticsPage.as_view(), name="statistics"),
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("tokens/", tokens.TokensPage.as_view(), name="token-list"),
    path("tokens/<int:pk>/revoke/", tokens.RevokeToken.as_view(), name="token-revoke"),
    path("trade/", trade.TradeOverview.as_view(), name="trade"),
    path("trade/imports/new/", trade_imports.AddTradeImport.as_view(), name="trade-import"),
    path("trade/imports/<int:pk>/progress/", trade_imports.TradeProgress.as_view(), name="trade-progress"),
    path("trade/shipments/<int:dataset>-<int:row>/", trade.ShipmentPage.as_view(), name="shipment"),
    path("trade/countries/<slug:code>/", trade.CountryPage.as_view(), name="trade-country"),
    path("trade/hs/<slug:code>/", trade.HSCodePage.as_view(), name="trade-hs"),
    path("trade/<slug:name>/", trade.QuestionPage.as_view(), name="trade-question"),
    path("trade/<slug:name>/export/<file-format:file_format>/", trade.QuestionExport.as_view(), name="trade-export"),
    path("companies/<int:pk>/unmerge/", trade_records.UnmergeCompany.as_view(), name="company-unmerge"),
    path("company-matches/<int:pk>/review/", trade_records.ReviewMatch.as_view(), name="company-match-review"),
    path("links/review/", ReviewQueue.as_view(), name="link-queue"),
    path("links/<int:pk>/review/", ReviewLink.as_view(), name="link-review"),
    path("routes/by-country/", CountriesPage.as_view(), name="routes-by-country"),
    path("routes/of/<slug:kind>/<int:pk>/", RoutesPage.as_view(), name="routes-of"),
    path("routes/traces/<int:pk>/", TraceRedirect.as_view(), name="trace"),
    path("imports/new/", imports.AddImport.as_view(), name="import-add"),
    path("imports/template/", imports.TemplateFile.as_view(), name="teardown-template"),
    path("imports/mappings/<slug:format_name>/new/", imports.AddMapping.as_view(), name="mapping-add"),
    path("imports/mappings/<int:pk>/", imports.EditMapping.as_view(), name="mapping-edit"),
    path("imports/<int:pk>/commit/", imports.CommitImport.as_view(), name="import-commit"),
    path("imports/<int:pk>/check/", imports.CheckImportAgain.as_view(), name="import-check"),
    path("imports/<int:pk>/delete/", imports.DeleteImport.as_view(), name="import-delete"),
    path("imports/<int:pk>/undo/", imports.UndoImport.as_view(), name="import-undo"),
    path("imports/<int:pk>/faults/", imports.FaultsFile.as_view(), name="import-faults"),
    path("manufacturers/suggestions/", actions.MakerSuggestions.as_view(), name="maker-suggestions"),
    path("teardowns/<int:pk>/workbench/", workbench.WorkbenchPage.as_view(), name="teardown-workbench"),
    path("identifications/<int:pk>/make-current/", actions.MakeCurrent.as_view(), name="identification-make-current"),
    path("photos/<int:pk>/", PhotoPage.as_view(), name="photo"),
    path("photos/<int:pk>/<photo-size:size>/", PhotoFile.as_view(), name="photo-file"),
    *adding_paths(),
    *(each for model in SHOWN for each in list_paths(model)),
    *(
        path(f"{ADDRESSES[model].folder}/<int:pk>/", page.as_view(), name=ADDRESSES[model].name)
        for model, page in RECORD_PAGES.items()
    ),
    *(each for model in FORMS for each in writing_paths(model)),
    *(
        path(f"{folder}/<int:pk>/photos/", UploadPage.as_view(), {"folder": folder}, f"{ADDRESSES[model].name}-photos")
        for folder, model in PHOTOGRAPHED.items()
    ),
]
