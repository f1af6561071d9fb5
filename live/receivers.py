"""Other people's addresses: posting to them, and never to one inside our own network.

A name is resolved here, every address it has is looked at, and the connection goes to the one
that was looked at: a name that changes its mind between check and connection gains nothing. The
certificate is still checked against the name. No redirect is followed, no proxy is asked, and
little is read of an answer.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpcore
import httpx
from django.conf import settings

__all__ = ["Answer", "Line", "is_public", "problem"]

#: Seconds to connect, to wait for the next bytes, and for all of one call.
CONNECT, READ, ALL = 5.0, 10.0, 15.0
#: Bytes that are read of an answer; more than that and the connection is dropped.
MOST = 4 * 1024
LONGEST = 2_000  # characters of an address

#: Addresses that look public and are none: what clouds answer their own machines at.
INSIDE = frozenset({IPv4Address("168.63.129.16")})
NAT64 = ip_network("64:ff9b::/96")
TEREDO = ip_network("2001::/32")

PRIVATE = "The address is not on the public internet."


class Refused(Exception):
    """The name leads only to addresses that nobody may make us call."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a call: a status, or in words why there is none."""

    status: int | None
    error: str
    ms: int

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def problem(url: str) -> str:
    """Say what is wrong with an address, before anything is sent to it; ``""``: nothing."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        parsed = httpx.URL("")
    is_plain = len(url) <= LONGEST and url.isprintable() and " " not in url
    is_web = parsed.scheme in ("https", "http") and parsed.host and (parsed.port or 1) < 2**16
    if not (is_plain and is_web):
        return "Must be an address such as https://example.com/hook."
    if parsed.userinfo or parsed.fragment:
        return "Must hold no name, password or #; put a secret of yours into the path."
    if settings.WEBHOOKS_ALLOW_PRIVATE:
        return ""
    try:
        is_private = not is_public(parsed.host)
    except ValueError:  # a name, which is looked up at every connection
        is_private = parsed.host == "localhost" or parsed.host.endswith(".localhost")
    return PRIVATE if is_private else ""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet. Raises ``ValueError``: it is none."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and (inner := _inside(ip)) is not None:
        return is_public(str(inner))
    is_odd = ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip in INSIDE
    is_old = isinstance(ip, IPv6Address) and (ip.is_site_local or ip in TEREDO)
    return ip.is_global and not is_odd and not is_old


def _inside(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for."""
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


class Line:
    """Posts to one address, one call after the other, over a connection that is kept.

    ``trust`` is who vouches for certificates: by default the public authorities.
    """

    def __init__(self, url: str, *, trust: ssl.SSLContext | None = None) -> None:
        parsed = httpx.URL(url)
        self.host = parsed.netloc.decode("ascii")
        self.url = httpcore.URL(
            scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path
        )
        self.guard = _Guard()
        self.pool = httpcore.ConnectionPool(
            ssl_context=trust or _public_authorities(),
            max_connections=1,
            network_backend=self.guard,
        )

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.close()

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post JSON; whatever goes wrong is an answer, too."""
        began = time.monotonic()
        self.guard.until = began + ALL
        status, error = None, ""
        try:
            status = self._post(body, headers)
            error = "Redirects are not followed." if 300 <= status < 400 else ""
        except Refused:
            error = PRIVATE
        except (httpcore.TimeoutException, TimeoutError):
            error = "It took too long."
        except (httpcore.NetworkError, OSError, UnicodeError) as gone:
            error = f"No connection: {gone}"
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as odd:
            error = f"Not HTTP: {odd}"
        return Answer(status, error[:200], round((time.monotonic() - began) * 1000))

    def _post(self, body: bytes, headers: Mapping[str, str]) -> int:
        sent = {
            "Host": self.host,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Accept": "*/*",
        }
        timeout = {"connect": CONNECT, "read": READ, "write": READ, "pool": CONNECT}
        with self.pool.stream(
            "POST",
            self.url,
            headers=[*sent.items(), *headers.items()],
            content=body,
            extensions={"timeout": timeout},
        ) as answer:
            taken = 0
            for part in answer.iter_stream():
                taken += len(part)
                if taken > MOST:
                    break
            return int(answer.status)


@cache
def _public_authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class _Guard(httpcore.NetworkBackend):
    """Connects to addresses that were looked at, until ``until`` at the latest."""

    def __init__(self) -> None:
        self.until = 0.0
        self.wire = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = min(time.monotonic() + (timeout or CONNECT), self.until)
        problem: Exception = Refused()
        for address in _addresses(host, port):
            try:
                stream = self.wire.connect_tcp(address, port, max(0.1, left - time.monotonic()))
            except (httpcore.NetworkError, httpcore.TimeoutException) as one:
                problem = one
            else:
                return _Bounded(stream, self)
        raise problem


def _addresses(host: str, port: int) -> list[str]:
    """The addresses of a name that may be called."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    each = list(dict.fromkeys(str(one[4][0]) for one in found))
    if settings.WEBHOOKS_ALLOW_PRIVATE:
        return each
    return [address for address in each if is_public(address)]


class _Bounded(httpcore.NetworkStream):
    """A stream whose every wait ends when the call's time is over."""

    def __init__(self, stream: httpcore.NetworkStream, guard: _Guard) -> None:
        self.stream, self.guard = stream, guard

    def left(self, timeout: float | None) -> float:
        left = self.guard.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The call's time is over.")
        return min(left, timeout or left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.left(timeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secure = self.stream.start_tls(ssl_context, server_hostname, self.left(timeout))
        return _Bounded(secure, self.guard)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)

    def close(self) -> None:
        self.stream.close()
