"""How often visitors may ask; whoever signs in or sends a token is not counted."""

from django.core.cache import caches
from rest_framework.throttling import AnonRateThrottle


class VisitorThrottle(AnonRateThrottle):
    """Requests by address, at the rate of the setting `FORENSICS_VISITOR_RATE`."""

    scope = "visitor"
    cache = caches["visits"]
