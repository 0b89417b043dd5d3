"""Who may invite whom."""

from components.choices import Role
from components.curation.permissions import require
from components.models import User
from components.models.visibility import role_of


def roles_to_give(user: User) -> list[Role]:
    """The roles that an account may give to a new one: none, but for editors and administrators."""
    if role_of(user) == Role.ADMINISTRATOR:
        return list(Role)
    return [Role.VISITOR, Role.RESEARCHER] if role_of(user) == Role.EDITOR else []


def invite(username: str, *, email: str, role: str, user: User) -> User:
    """Add an account that has no password yet. Raises PermissionDenied where `user` may not give the role."""
    require(role in roles_to_give(user), "invite an account of that role")
    return User.objects.create_user(username, email=email, password=None, role=role)
