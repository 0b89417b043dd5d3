"""The form to sign in with, and the form that invites."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms

from components.choices import Role
from components.curation.accounts import roles_to_give
from components.models import User


class SignInForm(LoginForm):
    """A name and a password. The field of the name is called as browsers and programs know it."""

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else str(super().add_prefix(field_name))


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new account, without a password: the person chooses it."""

    role = forms.ChoiceField()

    class Meta:
        model = User
        fields = ("username", "email", "role")

    def __init__(self, *args: Any, inviting: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(choices=[(each.value, each.label) for each in roles_to_give(inviting)])
        self.fields["role"].initial = Role.RESEARCHER
        self.fields["email"].help_text = "The link to choose a password is sent there, if this site can send mail."
