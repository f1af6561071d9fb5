"""Whose address counts, and which paths are the API's."""

from ipaddress import IPv4Address

import pytest
from django.test import RequestFactory

from core import addresses


@pytest.mark.parametrize(
    ("proxies", "forwarded", "peer", "found"),
    [
        (0, "9.9.9.9", "10.0.0.1", "10.0.0.1"),
        (1, "9.9.9.9", "10.0.0.1", "9.9.9.9"),
        (1, "6.6.6.6, 9.9.9.9", "10.0.0.1", "9.9.9.9"),
        (2, "6.6.6.6, 9.9.9.9, 8.8.8.8", "10.0.0.1", "9.9.9.9"),
        (2, "9.9.9.9", "10.0.0.1", "10.0.0.1"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        (1, "garbage", "10.0.0.1", "10.0.0.1"),
        (1, "9.9.9.9,", "10.0.0.1", "10.0.0.1"),
        (1, "1.2.3", "10.0.0.1", "10.0.0.1"),
        (1, "９.9.9.9", "10.0.0.1", "10.0.0.1"),
        (1, "9.9.9.9:4711", "10.0.0.1", "9.9.9.9"),
        (1, '"[2001:DB8::1]:4711"', "10.0.0.1", "2001:db8::1"),
        (1, "2001:db8:0:0:0:0:0:1", "10.0.0.1", "2001:db8::1"),
        (1, "fe80::1%eth0", "10.0.0.1", "fe80::1"),
        (1, "::ffff:9.9.9.9", "10.0.0.1", "9.9.9.9"),
        (0, "", "::1", "::1"),
        (0, "", "", ""),
        (1, "<script>", "", ""),
    ],
)
def test_the_address_is_the_nth_from_the_right(settings, proxies, forwarded, peer, found):
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)

    assert addresses.client_ip(request) == found


@pytest.mark.parametrize(
    "text",
    ["0.0.0.0", "255.255.255.255", "10.20.30.99", "100.200.249.1", "256.1.1.1", "1.2.3.999",
     "01.2.3.4", "1.2.3", "1.2.3.4.", "1.2.3.4.5", "1.2.3.4\n", " 1.2.3.4", "1.2.3.\u0664", "1..2.3",
     "-1.2.3.4", "1.2.3.4/8", ""],
)  # fmt: skip
def test_what_is_in_its_shortest_form_already_is_seen_as_such(text):
    try:
        is_shortest = str(IPv4Address(text)) == text
    except ValueError:
        is_shortest = False

    assert bool(addresses.SHORTEST.fullmatch(text)) == is_shortest


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("9.9.9.9", "9.9.9.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("no:address", "no:address"),
    ],
)
def test_limits_count_a_whole_ipv6_network_as_one(address, counted):
    assert addresses.network(address) == counted


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/api/v1/shops/", "/api/v1/shops"),
        ("/api/v1/shops", "/api/v1/shops"),
        ("/api/", "/api"),
        ("/auth/login/", "/auth/login"),
        ("/waitlist/", "/waitlist"),
        ("/healthz/", "/healthz"),
        ("/", "/"),
        ("/sign-in/", "/sign-in/"),
        ("/shops/1/till/", "/shops/1/till/"),
        ("/apis/", "/apis/"),
        ("/eventory/events/", "/eventory/events/"),
        ("/api/v1/shops//", "/api/v1/shops/"),
    ],
)
def test_only_api_routes_lose_the_slash_at_their_end(path, known):
    assert addresses.routed(path) == known
