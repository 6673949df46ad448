"""Turn the two service URLs that an operator gives into what each library wants to read."""

from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from psycopg.conninfo import conninfo_to_dict


def postgres_options(url: str) -> dict[str, Any]:
    """Read a libpq URL (TCP or, with `?host=/folder`, a unix socket) as a Django database entry."""
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "flawmark"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {**parts, "pool": {"min_size": 1, "max_size": 16, "timeout": 10}},
        "CONN_HEALTH_CHECKS": True,
    }


def redis_url_for_db(url: str, db: int) -> str:
    """Point a `redis://host:port/n` or `unix:///socket?db=n` URL at another database number."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={db}"  # urlunsplit would drop the slashes before the path
    return urlunsplit(parts._replace(path=f"/{db}"))


def celery_url(url: str, db: int) -> str:
    """Write the same address the way Celery spells it (`redis+socket://` for unix sockets)."""
    parts = urlsplit(redis_url_for_db(url, db))
    if parts.scheme != "unix":
        return urlunsplit(parts)
    number = parse_qs(parts.query)["db"][0]
    return f"redis+socket://{parts.path}?virtual_host={number}"
