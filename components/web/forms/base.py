"""What every record's form shares: only visible choices, the rules of the table, and refusal of stale edits."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from components.curation.fit import require_fit
from components.curation.permissions import may_edit, require
from components.exports.rows import visible_rows
from components.models.curated import Curated, stamp

LONGEST_REASON = 500
NOT_OF_THE_RECORD = ("why", "seen")  # fields that say something of the edit
HINT_OF_DATES = (
    "As vague as it is known: 2022-10-14, 2022-10, 2022, spring 2023, before 2022-10, or a range 2021-03/2021-04."
)


class RecordForm(forms.ModelForm):  # type: ignore[type-arg]
    """Reads one record. `PARENT` names the relation that its address fixes, such as the weapon of an assembly."""

    PARENT: ClassVar[str] = ""

    why = forms.CharField(
        label="Why",
        required=False,
        max_length=LONGEST_REASON,
        help_text="Kept in the history, with your name.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: Any, parent: models.Model | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user
        self.parent = parent
        # Django would name a broken constraint and no field; `require_rules` asks for the same, by field.
        self.instance.validate_constraints = lambda exclude=None: None
        if parent is not None:
            setattr(self.instance, self.PARENT, parent)
        for name in NOT_OF_THE_RECORD:
            self.fields[name] = self.fields.pop(name)  # after the fields of the record
        if self.instance.pk is None:
            del self.fields["seen"]
        else:
            self.initial["seen"] = version_of(self.instance)
        for name, field in list(self.fields.items()):
            self.dress(field)
            if self._leads_out_of_sight(name, field):
                del self.fields[name]  # otherwise saving would empty a link that its writer never saw

    def carry_opened_values(self) -> None:
        """From now on the form holds, unseen, what each field was opened with, and tells changes by that."""
        for name, field in self.fields.items():
            field.show_hidden_initial = name not in NOT_OF_THE_RECORD

    def _leads_out_of_sight(self, name: str, field: forms.Field) -> bool:
        """Whether the record has a link here to a row that this person may not see."""
        if self.instance.pk is None or not isinstance(field, forms.ModelChoiceField):
            return False
        present = getattr(self.instance, f"{name}_id", None)
        return present is not None and not field.queryset.filter(pk=present).exists()  # type: ignore[union-attr]

    def dress(self, field: forms.Field) -> None:
        """Offer only what this person may see, and say how vague dates are written."""
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            field.queryset = visible_rows(field.queryset.model, self.user)
        if isinstance(field.widget, forms.Textarea):
            field.widget.attrs["rows"] = 3

    def validate_unique(self) -> None:
        """Every rule of the table and of the record's place, in words beside the field they concern."""
        if self.errors:
            return
        try:
            self.require_rules()
        except ValidationError as problem:
            self.take(problem)

    def require_rules(self) -> None:
        """Raise ValidationError where the record breaks a rule."""
        self.instance.created_by_id = self.instance.created_by_id or self.user.pk
        require_fit(self.instance)

    def take(self, problem: ValidationError) -> None:
        """Add the problems to their fields, and to the form where it has no such field."""
        by_field = problem.message_dict if hasattr(problem, "error_dict") else {NON_FIELD_ERRORS: problem.messages}
        for name, messages in by_field.items():
            for message in messages:
                self.add_error(name if name in self.fields else None, message)

    def store(self) -> Curated:
        """Save the record with who and why. Raises PermissionDenied."""
        row: Curated = self.instance
        is_new = row.pk is None
        if is_new:
            row.created_by = self.user
        require(may_edit(self.user, row), "write this record")
        stamp(row, user=self.user, why=self.cleaned_data.get("why") or ("added" if is_new else "changed"))
        row.save()
        return row

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The fields of the record itself, for pages that place the reason elsewhere."""
        return [field for field in self.visible_fields() if field.name != "why"]


def version_of(row: Curated) -> str:
    """What tells one state of a record from the next: when it was last stored."""
    return row.updated_at.isoformat()


FORMS: dict[type[Curated], type[RecordForm]] = {}


def form_of(form: type[RecordForm]) -> type[RecordForm]:
    """Make a form the one in which records of its model are written."""
    FORMS[form._meta.model] = form
    return form
