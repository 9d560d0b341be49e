"""From where an account signs in: one place for a network and a browser, another for any other, and no address that can be read."""

from ipaddress import IPv4Address, IPv6Address

from hypothesis import given
from hypothesis import strategies as st

from api.auth.places import SignInPlaces, browser_of, network_of
from domain.account.commands import SeePlace
from domain.account.decider import ACCOUNT, PLACES_MAX
from domain.account.facts import PlaceSeen
from tests.decisions.given import NOON
from tests.decisions.given import given as having

PLACES = SignInPlaces("a key", "a log")
ADDRESSES = st.ip_addresses()
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"


@given(ADDRESSES, st.text(max_size=200))
def test_a_place_is_the_same_each_time_and_says_nothing_of_the_address(address: IPv4Address | IPv6Address, agent: str):
    place = PLACES.of("ann", str(address), agent)
    assert (place, len(place)) == (PLACES.of("ann", str(address), agent), 32)
    assert set(place) <= set("0123456789abcdef")
    assert len({place, PLACES.of("ben", str(address), agent), SignInPlaces("another", "a log").of("ann", str(address), agent)}) == 3


@given(ADDRESSES, ADDRESSES)
def test_two_addresses_are_one_place_where_they_are_in_one_network(one: IPv4Address | IPv6Address, other: IPv4Address | IPv6Address):
    is_same = PLACES.of("ann", str(one), CHROME) == PLACES.of("ann", str(other), CHROME)
    assert is_same is (network_of(str(one)) == network_of(str(other)))


def test_a_network_is_a_part_of_a_town_and_a_browser_has_no_version():
    assert network_of("192.0.2.77") == network_of("::ffff:192.0.2.1") == "192.0.2.0/24"
    assert network_of("2001:db8:1:2::3") == network_of("2001:db8:1:ffff::") == "2001:db8:1::/48"
    assert network_of(None) == network_of("a name") == "unknown"
    assert browser_of(CHROME) == browser_of(CHROME.replace("130", "131")) == "Chrome"
    assert [browser_of(each) for each in (f"{CHROME} Edg/130.0", "curl/8.1", "", "\u00e9/1")] == ["Edg", "curl", "", ""]


def test_a_place_is_noted_where_it_is_new_and_the_newest_are_remembered():
    first, second = PlaceSeen("p1", is_first=True, at=NOON), PlaceSeen("p2", is_first=False, at=NOON)
    having(ACCOUNT).when(SeePlace("a-1", "p1", NOON)).then(first)
    having(ACCOUNT, first).when(SeePlace("a-1", "p2", NOON)).then(second)
    having(ACCOUNT, first, second).when(SeePlace("a-1", "p1", NOON)).then()
    having(ACCOUNT).when(SeePlace("a-1", "", NOON)).then()
    many = [PlaceSeen(f"p{number}", is_first=number == 0, at=NOON) for number in range(PLACES_MAX + 1)]
    having(ACCOUNT, *many).when(SeePlace("a-1", "p0", NOON)).then(PlaceSeen("p0", is_first=False, at=NOON))
    having(ACCOUNT, *many).when(SeePlace("a-1", "p1", NOON)).then()
