"""One's own account, invitations, and the way from the administration to the one door."""

from allauth.account.views import PasswordResetView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.generic import TemplateView, View

from components.curation.accounts import invite, roles_to_give
from components.curation.permissions import require
from components.models import User
from components.web.accounts.adapter import password_link
from components.web.accounts.forms import InvitationForm


class AccountPage(LoginRequiredMixin, TemplateView):
    """Who one is here, and what keeps the account one's own."""

    template_name = "components/account.html"


class InvitePage(LoginRequiredMixin, View):
    """A new account and the link with which its person chooses a password: sent by mail, or shown once."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.user.is_authenticated:
            require(bool(roles_to_give(request.user)), "invite others")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(InvitationForm(inviting=self.inviting))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = InvitationForm(request.POST, inviting=self.inviting)
        if not form.is_valid():
            return self.page(form, status=400)
        values = form.cleaned_data
        invited = invite(values["username"], email=values["email"], role=values["role"], user=self.inviting)
        link = password_link(request, invited)
        if not (invited.email and settings.SENDS_MAIL):
            return self.page(InvitationForm(inviting=self.inviting), invited=invited, link=link)
        text = render_to_string("components/invitation.txt", {"invited": invited, "link": link, "request": request})
        send_mail("Your account in Forensics", text, None, [invited.email])
        messages.success(request, f"The invitation of “{invited.username}” was sent to {invited.email}.")
        return HttpResponseRedirect(reverse("invite"))

    @property
    def inviting(self) -> User:
        """The account that asks."""
        return User.objects.get(pk=self.request.user.pk or 0)

    def page(
        self, form: InvitationForm, *, status: int = 200, invited: User | None = None, link: str = ""
    ) -> HttpResponse:
        """Never kept by any cache: it may show a secret."""
        shown = {"form": form, "invited": invited, "link": link}
        response = render(self.request, "components/invite.html", shown, status=status)
        response["Cache-Control"] = "no-store"
        return response


class ForgottenPasswordPage(PasswordResetView):
    """Asks for the address to which a link is sent; says whom to ask where the site can send no mail."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not settings.SENDS_MAIL:
            return render(request, "components/no_mail.html")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


class AdministrationDoor(View):
    """The administration has no sign-in page of its own: one door, with one lock."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            raise PermissionDenied("The administration is for administrators with staff status.")
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))

    post = get
