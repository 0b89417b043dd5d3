"""The Django project: settings, URLs and server entry points; no product code."""
