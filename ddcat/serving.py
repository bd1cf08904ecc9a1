"""Starts the server: prepares the data folder, says where to find it, opens a browser where there is one."""

import gc
import logging
import os
import socket
import sys
import webbrowser
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any

from ddcat import demo as demo_data
from ddcat import reminding, store
from ddcat.store import links, people
from ddcat.upgrading import upgrade
from ddcat.words import _

THREADS = 4
CONNECTIONS = 1000
"""Browsers keep several open each; with fewer, 200 people who rate at once wait until they give up."""

PORTS_TO_TRY = 20
LARGEST_BODY = 8 * 1024 * 1024


class NotServed(Exception):
    """The server could not start; says why and what to do."""


def serve(folder: Path, host: str, port: int, proxy: str = "") -> None:
    """Serve the database in this folder until it is stopped; `proxy` is the address of one that encrypts.

    Raises NotServed.
    """

    def started(url: str) -> None:
        lines = _address_lines(url, folder)
        if not proxy and not is_loopback(host):
            lines.append(
                _("Connections are not encrypted: fine in your own network, else put a proxy with TLS before it.")
            )
        if link := _first_link(folder, url):
            lines.append(_("Nobody has an account yet. Open this link once to become the first administrator:"))
            lines.append(f"  {link}")
        _say(lines)

    _run(folder, host, [port], proxy=proxy, started=started)


def demo(folder: Path, host: str, port: int, *, browser: bool, fresh: bool) -> None:
    """Serve invented programs; what is tried out stays until `fresh`. Raises NotServed."""
    if fresh:
        demo_data.clear(folder)

    def started(url: str) -> None:
        said = _(
            "The first page lets you be any of its people; by hand, every password is: %(word)s",
            word=demo_data.PASSWORD,
        )
        about = _("This is a demo: every program and person in it is invented.")
        _say([about, *_address_lines(url, folder), said])
        if browser and _has_browser():
            Timer(0.2, webbrowser.open, [url]).start()

    ports = [port, *range(port + 1, port + PORTS_TO_TRY)] if port else [0]
    _run(folder, host, ports, demo=True, started=started)


def _run(
    folder: Path, host: str, ports: list[int], *, started: Callable[[str], None], demo: bool = False, proxy: str = ""
) -> None:
    from waitress import create_server

    from ddcat.web import create_app
    from ddcat.web.sso import NotSetUp

    try:
        if demo:
            demo_data.prepare(store.file(folder))
        upgrade(store.file(folder))
        if demo:
            demo_data.fill(store.file(folder))
        password = demo_data.PASSWORD if demo else ""
        app = create_app(DATA=str(folder), DEMO=demo, DEMO_PASSWORD=password, **_reach(host, proxy))
    except (OSError, store.Unusable, store.Busy) as error:
        why = getattr(error, "strerror", None) or error
        said = _(
            "The data folder %(folder)s cannot be used: %(why)s. Choose another with --data.", folder=folder, why=why
        )
        raise NotServed(said) from error
    except NotSetUp as error:
        raise NotServed(str(error)) from error
    # What is loaded now lives as long as the server; looking through all of it for garbage took 80 ms of a request.
    gc.collect()
    gc.freeze()
    # Browsers open more connections than there are threads; waiting a moment is nothing to report.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = _bind(partial(create_server, **_behind(proxy)), app, host, ports)
    started(f"http://{_address(host)}:{server.effective_port}")
    if not demo:
        reminding.begin(store.file(folder), app.config)
    try:
        server.run()
    finally:
        server.close()


def _reach(host: str, proxy: str) -> dict[str, Any]:
    """Which names the application answers to, and whether its cookie needs an encrypted connection.

    On loopback its own names; on a network any, for nobody knows them all, unless DDCAT_TRUSTED_HOSTS does.
    """
    settings: dict[str, Any] = {}
    if is_loopback(host) and not proxy:
        settings["TRUSTED_HOSTS"] = [host, "127.0.0.1", "localhost"]
    elif "DDCAT_TRUSTED_HOSTS" not in os.environ:
        settings["TRUSTED_HOSTS"] = None
    if proxy:
        settings["SESSION_COOKIE_SECURE"] = True
    return settings


def _behind(proxy: str) -> dict[str, Any]:
    """What a proxy at this address says of scheme, host and client is believed, and nobody else."""
    headers = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}
    trusting = {"trusted_proxy": proxy, "trusted_proxy_headers": headers, "trusted_proxy_count": 1}
    return {"clear_untrusted_proxy_headers": True} | (trusting if proxy else {})


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    return host == "localhost" or host.startswith("127.")


def _address(host: str) -> str:
    """An address that others can type: where the server listens everywhere, that of this machine."""
    if host not in ("0.0.0.0", ""):
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; the system picks the address it would send from
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def _first_link(folder: Path, url: str) -> str:
    """A link that makes whoever opens it the first administrator; "" where there is one."""
    with closing(store.connect(store.file(folder)).conn) as connection:
        db = store.Database(connection)
        return f"{url}/join/{links.make_first(db)}" if people.is_new(db) else ""


def _bind(create_server: Callable[..., Any], app: Any, host: str, ports: list[int]) -> Any:
    for port in ports:
        try:
            return create_server(
                app,
                host=host,
                port=port,
                threads=THREADS,
                connection_limit=CONNECTIONS,
                asyncore_use_poll=True,  # `select` fails from the 1,024th open file on
                max_request_body_size=LARGEST_BODY,
                ident="ddcat",
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


def _address_lines(url: str, folder: Path) -> list[str]:
    return [_("Open %(url)s in a browser.", url=url), _("The data is kept in %(folder)s.", folder=folder)]


def _say(lines: list[str]) -> None:
    print("\n".join([*lines, _("Press Ctrl+C to stop.")]), flush=True)


def _has_browser() -> bool:
    """Whether this person looks at a screen: a desktop on Linux, always on macOS."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
