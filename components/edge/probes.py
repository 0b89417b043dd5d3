"""`/healthz` and `/readyz`: asked by machines, by any host name, before sessions, redirects and throttles."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from components.operation.health import readiness


def alive() -> HttpResponse:
    """200 while the process answers; touches nothing else."""
    return JsonResponse({"status": "ok"})


def ready() -> HttpResponse:
    """200 where everything is ok, else 503; each thing by name with ok or what is wrong."""
    found = readiness()
    return JsonResponse(
        {"status": "ok" if found.is_ready else "not ready", **found.checks}, status=200 if found.is_ready else 503
    )


PROBES: dict[str, Callable[[], HttpResponse]] = {"/healthz": alive, "/readyz": ready}


class Probes:
    """Answers the two addresses to GET and HEAD, whatever stands further in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = PROBES.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        response = probe()
        response.headers["Cache-Control"] = "no-store"
        return response
