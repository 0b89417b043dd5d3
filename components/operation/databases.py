"""Whether an exception says that the database cannot be asked at all, on PostgreSQL and on SQLite."""

from django.db import InterfaceError, OperationalError

# PostgreSQL, Appendix A: connection exceptions; shut down, crashed, starting; too many connections.
AWAY_STATES = ("08", "57P01", "57P02", "57P03", "53300")
# SQLite, result codes: the file cannot be opened or read, or another process writes for longer than `timeout`.
AWAY_NAMES = ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_LOCKED")


def is_away(exception: BaseException | None) -> bool:
    """True where asking again later may work: no connection, a lost one, too many, or a lock that never came free.

    A query that was cancelled or ran out of time is an OperationalError too, and is none of these.
    """
    if isinstance(exception, InterfaceError):
        return True
    if not isinstance(exception, OperationalError):
        return False
    cause = exception.__cause__
    name = getattr(cause, "sqlite_errorname", "")
    if name:
        return name.startswith(AWAY_NAMES)
    state = getattr(cause, "sqlstate", None)  # None: the server never answered
    return state is None or state.startswith(AWAY_STATES)
