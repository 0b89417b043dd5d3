"""ASGI entry point for servers that have no WSGI mode; WSGI is about twice as fast here."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forensics.settings")
application = get_asgi_application()
