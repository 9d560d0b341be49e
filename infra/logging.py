"""One set-up of structured logging for every role."""

import logging
import os
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger


def configure_logging(level: Literal["debug", "info", "warning", "error"] = "info", *, as_json: bool = False, role: str = "") -> None:
    """Send structlog and the standard library's loggers (uvicorn's too) through one chain to stderr, as text or as JSON lines.

    `role` and the number of the process are put on every line. Calling it again replaces what was set before. Standard output stays
    free for what a command prints.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _stamp(role),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_render(as_json=as_json)))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        theirs = logging.getLogger(name)
        theirs.handlers, theirs.propagate = [], True
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it repeats every failed connection; whoever uses it says what went wrong


def _stamp(role: str) -> Processor:
    """Put the role and the number of the process on every line, whichever thread logs it."""

    def stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        if role:
            event.setdefault("role", role)
            event.setdefault("pid", os.getpid())
        return event

    return stamp


def _render(*, as_json: bool) -> list[Processor]:
    """Return the end of the chain: an exception becomes fields in JSON and a traceback on a console."""
    drop_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if as_json:
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # locals hold passwords and tokens
        return [drop_meta, structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback  # the rich one shows locals
    return [drop_meta, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
