"""Links by mail, where mail is set up."""

from flask import current_app

from ddcat import mail
from ddcat.store import links
from ddcat.words import _


def send_link(purpose: str, name: str, login: str, link: str) -> bool:
    """Whether a one-time link went out by mail; without mail, or without an address, the inviter passes it on."""
    subject = _("Your invitation to ddcat") if purpose == links.INVITE else _("A new password for ddcat")
    body = _(
        "Hello %(name)s,\n\nopen this link once, within %(days)s days:\n\n%(link)s\n\nIf you did not expect this"
        " message, do nothing.\n",
        name=name,
        days=links.DAYS[purpose],
        link=link,
    )
    try:
        server = mail.Server.of(current_app.config)
        if server is None or "@" not in login:
            return False
        mail.send(server, login, subject, body)
    except mail.NotSent as error:
        current_app.logger.error("Mail could not be sent: %s", error)
        return False
    return True
