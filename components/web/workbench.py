"""The page at the bench: one component after another, each with what it is held to be and where that is written."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse

from components.choices import IdentificationMethod
from components.curation.permissions import may_edit, may_publish
from components.exports.rows import visible_rows
from components.models import Assembly, Component, Identification, Photo, Teardown, Weapon
from components.web.addresses import action_address
from components.web.editing import AddPage, Writing, seen_or_404
from components.web.forms.base import RecordForm
from components.web.forms.records import CitationForm, ComponentForm, IdentificationForm
from components.web.records.base import add_address, pictures, table
from components.web.records.weapons import INSIDE

# What stays filled in for the next component.
KEPT = ("assembly", "teardown", "marking_state")
KEPT_OF_IDENTIFICATION = ("identified_by", "method", "identified")
KEPT_OF_CITATION = ("source", "place", "basis")


class WorkbenchPage(Writing):
    """A teardown while it is being written: what is there so far, and what can be added."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        teardown = seen_or_404(Teardown, pk, request.user)
        weapon = teardown.weapon
        found = visible_rows(Component, request.user).filter(teardown=teardown)
        inside = visible_rows(Assembly, request.user).filter(weapon=weapon)
        component = reverse("web:component-add", args=[weapon.pk])
        context = {
            "teardown": teardown,
            "weapon": weapon,
            "visibility": teardown.visibility,
            "assemblies": [
                {
                    "assembly": each,
                    "edit": action_address(each, "edit") if may_edit(request.user, each) else "",
                    "photos": action_address(each, "photos") if may_edit(request.user, each) else "",
                    "add": f"{component}?assembly={each.pk}&teardown={teardown.pk}",
                }
                for each in inside.select_related("parent")
            ],
            "components": table(found, *INSIDE),
            "component_count": found.count(),
            "photos": pictures(visible_rows(Photo, request.user).filter(weapon=weapon)),
            "may_photograph": may_edit(request.user, weapon),
            "photo_address": action_address(weapon, "photos"),
            "add_assembly": f"{add_address(Assembly, weapon)}?teardown={teardown.pk}",
            "add_component": f"{component}?teardown={teardown.pk}",
            "publish": action_address(weapon, "visibility") if may_publish(request.user) else "",
        }
        return render(request, "components/workbench.html", context)


class AddWeapon(AddPage):
    """The first step of logging a teardown; the second follows at once."""

    model = Weapon
    template_name = "components/weapon_form.html"

    def next_address(self, row: Any, parent: Any) -> str:
        if "then_teardown" in self.request.POST:
            return add_address(Teardown, row)
        return super().next_address(row, parent)


class AddTeardown(AddPage):
    """The second step; the bench follows."""

    model = Teardown
    parent_model = Weapon

    def next_address(self, row: Any, parent: Any) -> str:
        return action_address(row, "workbench")


class AddAssembly(AddPage):
    """Adds an assembly, from the bench or from the weapon's page."""

    model = Assembly
    parent_model = Weapon

    def next_address(self, row: Any, parent: Any) -> str:
        teardown = bench(self.request, row.weapon_id)
        return action_address(teardown, "workbench") if teardown else super().next_address(row, parent)


def bench(request: HttpRequest, weapon: int) -> Teardown | None:
    """The teardown at whose bench the person works, as the address says."""
    key = request.GET.get("teardown", "")
    rows = visible_rows(Teardown, request.user).filter(weapon=weapon)
    return rows.filter(pk=key).first() if key.isdecimal() else None


class AddComponent(Writing):
    """Adds a component, and with it, as far as they are filled in, an identification and a citation."""

    def get(self, request: HttpRequest, parent: int) -> HttpResponse:
        weapon = seen_or_404(Weapon, parent, request.user)
        return self.page(self.forms(weapon), weapon)

    def post(self, request: HttpRequest, parent: int) -> HttpResponse:
        weapon = seen_or_404(Weapon, parent, request.user)
        forms = self.forms(weapon, request.POST)
        checked = [form.is_valid() for form in forms]  # all of them, so that every fault is told at once
        if not all(checked):
            return self.page(forms, weapon)
        component = self.store(forms)
        messages.success(request, f"Component “{component}” was added.")
        if "another" in request.POST:
            return HttpResponseRedirect(f"{request.path}?{self.kept(forms).urlencode()}")
        teardown = component.teardown
        return HttpResponseRedirect(
            action_address(teardown, "workbench") if teardown is not None else component.get_absolute_url()
        )

    def forms(self, weapon: Weapon, sent: QueryDict | None = None) -> list[RecordForm]:
        """The three forms. The last two may stay empty: then nothing is added of them."""
        user, asked = self.request.user, self.request.GET
        teardown = bench(self.request, weapon.pk)
        component = ComponentForm(
            sent, user=user, parent=weapon, initial={"is_synthetic": weapon.is_synthetic, **asked.dict()}
        )
        judged = {
            "identified_by": teardown.examined_by if teardown else "",
            "identified": teardown.examined if teardown else "",
            "method": IdentificationMethod.MARKING,
            **{name: asked[name] for name in KEPT_OF_IDENTIFICATION if name in asked},
        }
        identification = IdentificationForm(
            sent, user=user, prefix="identification", parent=Component(), initial=judged, empty_permitted=True,
            use_required_attribute=False,
        )  # fmt: skip
        for name in ("is_chosen", "is_synthetic", "why"):  # the first one is current, the rest as the component's
            identification.fields.pop(name)
        cited = {name: asked[name] for name in KEPT_OF_CITATION if name in asked}
        citation = CitationForm(
            sent, user=user, prefix="citation", parent=Component(), initial=cited, empty_permitted=True,
            use_required_attribute=False,
        )  # fmt: skip
        for name in ("field", "published_value", "why"):
            citation.fields.pop(name)
        return [component, identification, citation]

    @transaction.atomic
    def store(self, forms: list[RecordForm]) -> Component:
        """The component first, then what is said of it."""
        component_form, identification, citation = forms
        component = component_form.store()
        assert isinstance(component, Component)
        judged = self.store_identification(identification, component)
        if is_cited(citation):
            assert isinstance(citation, CitationForm)
            citation.store_for(*filter(None, (component, judged)))
        return component

    def store_identification(self, form: RecordForm, component: Component) -> Identification | None:
        if not form.cleaned_data.get("maker_name"):
            return None
        form.instance.component = component
        form.instance.is_synthetic = component.is_synthetic
        row = form.store()
        assert isinstance(row, Identification)
        return row

    def kept(self, forms: list[RecordForm]) -> QueryDict:
        """What the form for the next component begins with."""
        kept = QueryDict(mutable=True)
        for form, names in zip(forms, (KEPT, KEPT_OF_IDENTIFICATION, KEPT_OF_CITATION), strict=True):
            for name in names:
                value = form[name].value()
                if value:
                    kept[name] = str(value)
        source = getattr(forms[2].instance, "source_id", None)
        if source is not None:
            kept["source"] = str(source)
        return kept

    def page(self, forms: list[RecordForm], weapon: Weapon) -> HttpResponse:
        teardown = bench(self.request, weapon.pk)
        component, identification, citation = forms
        context = {
            "forms": forms,
            "component": component,
            "identification": identification,
            "citation": citation,
            "weapon": weapon,
            "teardown": teardown,
            "back": action_address(teardown, "workbench") if teardown else weapon.get_absolute_url(),
        }
        status = 400 if any(form.is_bound and form.errors for form in forms) else 200
        return render(self.request, "components/component_add.html", context, status=status)


def is_cited(form: RecordForm) -> bool:
    """Whether a source was chosen or named."""
    return bool(form.cleaned_data.get("source") or form.cleaned_data.get("new_title"))
