"""Logs: a JSON object a line, on standard error, with nothing secret in it."""

import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

HIDDEN = "***"
# What a URL may carry besides its host: a user and a password, and a query.
_URL = re.compile(
    r"(?P<scheme>\b[a-z]+://)(?P<user>[^\s/@\"']+@)?(?P<rest>[^\s?\"']*)(?P<query>\?[^\s\"']*)?"
)
# A shorter secret in a path is no key of an RPC provider. Elsewhere it is too common a text to be
# hidden outside of URLs.
_LEAST_IN_PATH, _LEAST = 16, 6


class JsonFormatter(logging.Formatter):
    """at, level, logger, message; and error, the traceback, if there is one."""

    def __init__(self, secrets: Iterable[str] = ()):
        super().__init__()
        # the longest first: one may contain another
        self._secrets = sorted({x for x in secrets if x}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        data = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.redact(record.getMessage()),
        }
        if record.exc_info and record.exc_info[0] is not None:
            data["error"] = self.redact(self.formatException(record.exc_info))
        return json.dumps(data, ensure_ascii=False)

    def redact(self, text: str) -> str:
        """A text without the secrets that are known, and those of URLs."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _URL.sub(_bare, text)


def _bare(found: re.Match[str]) -> str:
    user = f"{HIDDEN}@" if found["user"] else ""
    query = f"?{HIDDEN}" if found["query"] else ""
    return f"{found['scheme']}{user}{found['rest']}{query}"


def secrets_of(*urls: str) -> list[str]:
    """What is secret in URLs: users, passwords, queries, and long paths such as keys of an RPC."""
    found = []
    for url in urls:
        parts = urlsplit(url)
        names = (parts.username or "", parts.password or "", parts.query)
        found += [x for x in names if len(x) >= _LEAST]
        found += [x for x in parts.path.split("/") if len(x) >= _LEAST_IN_PATH]
    return found


def configure(level: int = logging.INFO, secrets: Iterable[str] = ()) -> None:
    """Puts all logs of this process into this form."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
