"""Counts tries to log in, before anything is hashed: whoever guesses is slowed down, whoever mistypes is not."""

from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network, ip_address

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

# A login from one address; a login from everywhere; an address with any login (an office shares one).
LIMITS = {"here": parse("10/15 minutes"), "login": parse("60/15 minutes"), "address": parse("120/15 minutes")}


@dataclass
class Tries:
    """The tries of the last quarter of an hour, in memory."""

    _window: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    def is_too_many(self, login: str, address: str) -> bool:
        """Counts one try; whether there were too many already.

        What one limit refuses the next does not count: nobody shuts a login for everybody from one address, and an
        address that is shut leaves no more keys in memory.
        """
        here, of_login, of_address = _keys(login, _network(address))
        counted = (self._window.hit(limit, *keys) for limit, keys in (here, of_address, of_login))
        return not (self._window.test(of_address[0], *of_address[1]) and all(counted))

    def forget(self, login: str, address: str) -> None:
        """It was the right person: what she mistyped here is forgotten."""
        self._window.clear(LIMITS["here"], "here", login, _network(address))


def _keys(login: str, address: str) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
    return [
        (LIMITS["here"], ("here", login, address)),
        (LIMITS["login"], ("login", login)),
        (LIMITS["address"], ("address", address)),
    ]


def _network(address: str) -> str:
    """The address, or what one subscriber has of IPv6: more addresses than anybody could count."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(IPv6Network((int(found), 64), strict=False)) if isinstance(found, IPv6Address) else address
