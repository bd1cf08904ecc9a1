"""Sends a message, or says that it cannot."""

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Self

from ddcat.words import language

SECONDS = 10
PORTS = {"tls": 465, "starttls": 587, "none": 25}


class NotSent(Exception):
    """The message did not leave; says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in. `security` is "starttls", "tls" or "none"."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: str = ""

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self | None:
        """The server that this configuration names, None where it names none.

        Raises NotSent where it makes no sense: a misspelt "tls" must not send a password in the clear.
        """
        if not config["MAIL_HOST"] or not config["MAIL_FROM"]:
            return None
        security = str(config["MAIL_SECURITY"]).lower()
        if security not in PORTS:
            raise NotSent(f"MAIL_SECURITY is {security!r}, not one of {', '.join(PORTS)}")
        try:
            port = int(config["MAIL_PORT"] or PORTS[security])
        except ValueError as error:
            raise NotSent(f"MAIL_PORT is no number: {config['MAIL_PORT']!r}") from error
        user, password = str(config["MAIL_USER"]), str(config["MAIL_PASSWORD"])
        return cls(str(config["MAIL_HOST"]), port, str(config["MAIL_FROM"]), security, user, password)


def send(server: Server, to: str, subject: str, body: str) -> None:
    """Hand one message in. Raises NotSent."""
    message = EmailMessage()
    try:
        message["From"], message["To"], message["Subject"] = server.sender, to, subject
        message["Content-Language"] = language()
        message.set_content(body)
        with _connected(server) as smtp:
            smtp.send_message(message)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise NotSent(str(error)) from error


def _connected(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        if server.security == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp
