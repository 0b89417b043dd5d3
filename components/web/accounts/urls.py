"""The addresses of accounts, under the names by which django-allauth knows them."""

from allauth.account import views
from allauth.usersessions.views import list_usersessions
from django.contrib.auth.views import LogoutView
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from components.web.accounts import pages

KEY = r"(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)"

urlpatterns = [
    path("admin/login/", pages.AdministrationDoor.as_view()),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("sign-in/", views.login, name="account_login"),
    path("sign-out/", LogoutView.as_view(), name="account_logout"),
    path("account/", pages.AccountPage.as_view(), name="account"),
    path("account/inactive/", views.account_inactive, name="account_inactive"),
    path("account/invitations/", pages.InvitePage.as_view(), name="invite"),
    path("account/password/", views.password_change, name="account_change_password"),
    path("account/password/set/", views.password_set, name="account_set_password"),
    path("account/password/reset/", pages.ForgottenPasswordPage.as_view(), name="account_reset_password"),
    path("account/password/reset/sent/", views.password_reset_done, name="account_reset_password_done"),
    path("account/password/new/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(rf"^account/password/new/{KEY}/$", views.password_reset_from_key, name="account_reset_password_from_key"),
    path("account/reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("account/sessions/", list_usersessions, name="usersessions_list"),
    path("account/two-factor/", include("allauth.mfa.urls")),
]
