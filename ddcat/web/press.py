"""PDFs are made in one process of their own, so that pages stay quick and no two threads share the work."""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context, parent_process
from threading import BoundedSemaphore, Lock, Thread

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from ddcat import report
from ddcat.words import _, language, speaking

# Whoever waits for a PDF holds a thread of the server; the others must stay free for pages.
_WAITING = BoundedSemaphore(2)
RETRY_SECONDS = 5

_lock = Lock()
_pool: ProcessPoolExecutor | None = None


def answer(html: str, name: str, *, instead: str) -> ResponseReturnValue:
    """The PDF of this paper; where none can be made, a page that says why and offers `instead`."""
    if not _WAITING.acquire(blocking=False):
        page = render_template("errors/press_busy.html", instead=instead)
        return page, 503, {"Retry-After": str(RETRY_SECONDS)}
    try:
        content = pdf(html)
    except report.NoPaper as missing:
        return render_template("errors/no_paper.html", instead=instead, why=missing), 503
    finally:
        _WAITING.release()
    disposition = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=disposition)


def warm() -> None:
    """Start the press before it is needed: whoever looks at a plan will soon want it on paper."""
    with suppress(BrokenProcessPool):
        _running().submit(report.is_ready)


def pdf(html: str) -> bytes:
    """The paper as PDF. A press that was killed is replaced once. Raises report.NoPaper."""
    for _attempt in range(2):
        press = _running()
        try:
            return press.submit(_pdf, html, language()).result()
        except BrokenProcessPool:
            _put_away(press)
    raise report.NoPaper(_("The process that makes PDFs stopped twice."))


def _pdf(html: str, code: str) -> bytes:
    """In the press: what hinders it is said in the language of whoever waits."""
    with speaking(code):
        return report.pdf(html)


def _begin() -> None:
    """In the press: the server alone hears Ctrl+C, and the press never outlives it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_server, daemon=True).start()


def _end_with_server() -> None:
    if server := parent_process():
        server.join()
    os._exit(0)


def _running() -> ProcessPoolExecutor:
    global _pool
    with _lock:
        if _pool is None:
            _pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin)
        return _pool


def _put_away(broken: ProcessPoolExecutor) -> None:
    """Let the next one who asks start another press; a press that took its place already stays."""
    global _pool
    with _lock:
        if _pool is broken:
            _pool = None
    broken.shutdown(wait=False, cancel_futures=True)
