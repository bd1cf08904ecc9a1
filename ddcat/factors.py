"""The second factor: six digits that an app on the phone shows, and recovery codes for when it is lost."""

import base64
import secrets
import time
from hashlib import sha256

import pyotp
import segno

STEP = 30
CODES = 8


def new_secret() -> str:
    """What the app and this installation share."""
    return pyotp.random_base32()


def address(secret: str, login: str) -> str:
    """What the QR code says."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="ddcat")


def picture(secret: str, login: str, title: str) -> str:
    """The QR code as SVG markup."""
    return segno.make(address(secret, login), micro=False).svg_inline(scale=5, border=4, title=title, light="#fff")


def step_of(secret: str, code: str) -> int | None:
    """The step of time in which this code is right: now, or one before or after; None where it is wrong."""
    digits = "".join(code.split())
    if not digits.isascii():
        return None
    here = int(time.time()) // STEP
    totp = pyotp.TOTP(secret)
    right = [step for step in (here, here - 1, here + 1) if secrets.compare_digest(totp.at(step * STEP), digits)]
    return right[0] if right else None


def new_recovery() -> list[str]:
    """Codes of 80 bits that each let somebody in once."""
    drawn = (base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(CODES))
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in drawn]


def recovery_digest(code: str) -> str:
    """What is kept of a recovery code, however it is spaced."""
    return sha256("".join(sign for sign in code.lower() if sign.isalnum()).encode(errors="ignore")).hexdigest()
