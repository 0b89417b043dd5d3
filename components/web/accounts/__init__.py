"""The one door: signing in and out, one's own account, invitations."""
