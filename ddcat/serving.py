"""Starts the server: prepares the data folder, says where to find it, opens a browser where there is one."""

import logging
import os
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

from ddcat import demo as demo_data
from ddcat import store
from ddcat.words import _

THREADS = 4
PORTS_TO_TRY = 20
LARGEST_BODY = 8 * 1024 * 1024


class NotServed(Exception):
    """The server could not start; says why and what to do."""


def serve(folder: Path, host: str, port: int) -> None:
    """Serve the database in this folder until it is stopped. Raises NotServed."""
    _run(folder, host, [port], demo=False, started=lambda url: print(_say(url, folder), flush=True))


def demo(folder: Path, host: str, port: int, *, browser: bool, fresh: bool) -> None:
    """Serve invented programs; what is tried out stays until `fresh`. Raises NotServed."""
    if fresh:
        demo_data.clear(folder)

    def started(url: str) -> None:
        print(_("This is a demo: every program and person in it is invented."), flush=True)
        print(_say(url, folder), flush=True)
        if browser and _has_browser():
            Timer(0.2, webbrowser.open, [url]).start()

    ports = [port, *range(port + 1, port + PORTS_TO_TRY)] if port else [0]
    _run(folder, host, ports, demo=True, started=started)


def _run(folder: Path, host: str, ports: list[int], *, demo: bool, started: Callable[[str], None]) -> None:
    from waitress import create_server

    from ddcat.web import create_app

    try:
        if demo:
            demo_data.prepare(store.file(folder))
        store.migrate(store.file(folder))
        app = create_app(DATA=str(folder), DEMO=demo, TRUSTED_HOSTS=[host, "127.0.0.1", "localhost"])
    except (OSError, store.Unusable) as error:
        why = getattr(error, "strerror", None) or error
        said = _(
            "The data folder %(folder)s cannot be used: %(why)s. Choose another with --data.", folder=folder, why=why
        )
        raise NotServed(said) from error
    # Browsers open more connections than there are threads; waiting a moment is nothing to report.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = _bind(create_server, app, host, ports)
    started(f"http://{host}:{server.effective_port}")
    try:
        server.run()
    finally:
        server.close()


def _bind(create_server: Callable[..., Any], app: Any, host: str, ports: list[int]) -> Any:
    for port in ports:
        try:
            return create_server(
                app, host=host, port=port, threads=THREADS, max_request_body_size=LARGEST_BODY, ident="ddcat"
            )
        except OSError as error:
            why = error.strerror
    raise NotServed(
        _(
            "Port %(port)s on %(host)s cannot be used: %(why)s. Choose another with --port.",
            port=ports[0],
            host=host,
            why=why,
        )
    )


def _say(url: str, folder: Path) -> str:
    lines = [
        _("Open %(url)s in a browser.", url=url),
        _("The data is kept in %(folder)s.", folder=folder),
    ]
    return "\n".join([*lines, _("Press Ctrl+C to stop.")])


def _has_browser() -> bool:
    """Whether this person looks at a screen: a desktop on Linux, always on macOS."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
