"""What accounts are told, in every language: nothing is missing, every form is the language's own, and what people write stays text."""

import re
from string import Formatter

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from domain.fact import micros
from domain.limits import KINDS as LIMIT_KINDS
from domain.limits import PERIODS
from domain.notification.kinds import KINDS
from domain.notification.schedule import LANGUAGES
from domain.notification.wording.catalog import BY_KIND, DECISIONS, LIMIT_CHANGES, MESSAGES, MODERATED, Catalog, Message
from domain.notification.wording.words import CATALOGS, Words, words_of
from projections.notifications.kinds import TELLINGS
from projections.notifications.kinds.bet_refused import CAUSES
from projections.notifications.told import NoticeRow, Shown
from tests.views.history import NOON

OTHERS = [language for language in LANGUAGES if language != "en"]
TEXTS = st.text(max_size=40)
WHATS = {
    "bet_settled": ["won", "part_lost", "void", "lost", "cashed_out", "part_cashed_out"],
    "bet_refused": [*{cause: slug for slug, cause in CAUSES.items()}.values(), "places-not-paid"],
    "money": ["Deposit", "Withdrawal"],
    "limits": [
        *[name.removeprefix("limits.") for name in BY_KIND["limits"] if name.startswith("limits.") and ".limit_" not in name],
        *[f"limit_{change}_{kind}_{period}" for change in LIMIT_CHANGES for kind in LIMIT_KINDS for period in PERIODS],
    ],
    "security": ["password", "confirmed", "removed", "ended", "place"],
    "moderation": [f"{decision} {item}" for decision in DECISIONS for item in MODERATED],
}
"""What a kind may have to say, where that is more than one thing."""


def forms(message: Message) -> list[str]:
    return [message] if isinstance(message, str) else list(message.values())


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_there_is_a_catalog_of_every_language_that_can_be_chosen_and_no_other():
    assert set(CATALOGS) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_lacks_a_message_nor_has_one_that_nobody_says(language: str):
    assert set(CATALOGS[language]) == MESSAGES
    assert set(BY_KIND) == set(KINDS) == set(TELLINGS)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_says_what_english_says_with_the_same_fields(language: str):
    for name in MESSAGES - {"time", "type.one_leg", "type.all_legs"}:
        english = {frozenset(fields(each)) - {"count"} for each in forms(CATALOGS["en"][name])}
        assert {frozenset(fields(each)) - {"count"} for each in forms(CATALOGS[language][name])} <= english, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_form_that_a_language_needs_for_what_is_counted_is_there(language: str):
    needed = {Locale.parse(language).plural_form(count) for count in range(1, 100_001)}
    for name, message in CATALOGS[language].items():
        assert isinstance(message, str) or set(message) == needed, name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(KINDS))
def test_whatever_a_kind_may_say_is_said_in_every_language_and_in_its_own_words(kind: str, language: str):
    said = set()
    for what in WHATS.get(kind, ["x"]):
        for comment_id in ("", "c"):
            for people in (1, 2, 5):
                row = NoticeRow(1, what=what, odds="2.35", amount_minor=12_345, until_us=micros(NOON), comment_id=comment_id)
                shown = [Shown(row, ["ann", "ben"][:people], people, "hm", words_of(each), "EUR") for each in (language, "en")]
                text, english = [TELLINGS[kind].says(each) for each in shown]
                assert "{" not in text
                assert language == "en" or text != english
                said.add(text)
    assert len(said) >= len(WHATS.get(kind, ["x"]))


def test_what_a_catalog_lacks_is_said_in_english_and_so_is_a_language_without_one():
    lacking: dict[str, Catalog] = {"en": CATALOGS["en"], "de": {"like": CATALOGS["de"]["like"]}}
    words = Words("de", lacking)
    assert words.say("kickoff") == "Kick-off in your open bets"
    assert words.say("like", who="Ann") == "Ann gefällt dein Wettschein"
    assert (Words("fr").language, Words("fr").say("kickoff")) == ("en", "Kick-off in your open bets")
    with pytest.raises(KeyError):
        words.say("nothing like that")


def test_people_are_counted_by_the_rules_of_the_language():
    def who(language: str, *handles: str, people: int) -> str:
        return words_of(language).who(handles, people)

    assert [who("en", "ann", "ben", people=count) for count in (1, 2, 3)] == ["ann", "ann and ben", "ann and 2 others"]
    assert who("en", "ann", people=1_235) == "ann and 1,234 others"
    assert [who("de", "ann", people=count) for count in (1, 2, 1_235)] == ["ann", "ann und eine weitere Person", "ann und 1.234 weitere"]
    assert [who("es", "ann", people=count) for count in (0, 2, 3)] == ["ann", "ann y una persona más", "ann y 2 más"]
    assert [words_of("de").say("follow", count, who="x") for count in (1, 2)] == ["x folgt dir", "x folgen dir"]
    assert [words_of("es").say("follow", count, who="x") for count in (1, 2)] == ["x te sigue", "x te siguen"]
    assert [words_of("de").folded(["slip_shared"] * count, 2)[:14] for count in (1, 12)] == ["1 Wettschein v", "12 Wettscheine"]
    assert words_of("es").folded(["like", "comment"], 2) == "2 notificaciones"


def test_money_prices_and_times_are_written_as_the_language_does():
    assert [words_of(language).money(1_234_50, "EUR") for language in LANGUAGES] == ["1,234.50 EUR", "1.234,50 EUR", "1.234,50 EUR"]
    assert [words_of(language).money(1_234, "JPY") for language in LANGUAGES] == ["1,234 JPY", "1.234 JPY", "1.234 JPY"]
    assert [words_of(language).odds("2.350") for language in LANGUAGES] == ["2.350", "2,350", "2,350"]
    assert words_of("de").odds("10/11") == "10/11"
    assert [words_of(language).time(micros(NOON)) for language in LANGUAGES] == [
        "14 June 2026, 12:00 UTC",
        "14. Juni 2026, 12:00 Uhr (UTC)",
        "14 de junio de 2026, 12:00 UTC",
    ]


@given(amount=st.integers(0, 10**12), language=st.sampled_from(LANGUAGES), currency=st.sampled_from(("EUR", "USD", "GBP", "JPY", "BRL")))
def test_no_digit_of_an_amount_is_lost_or_rounded(amount: int, language: str, currency: str):
    written = words_of(language).money(amount, currency)
    assert re.sub(r"\D", "", written).lstrip("0") == str(amount).lstrip("0")
    assert written.endswith(f" {currency}")


@given(text=TEXTS, handle=TEXTS, language=st.sampled_from(LANGUAGES))
def test_what_people_write_is_put_in_as_it_is_and_is_no_template(text: str, handle: str, language: str):
    words = words_of(language)
    hostile = f"{text}{{who}}{{0.__class__}}<b>%s"
    said = words.say("comment", who=handle, text=hostile)
    assert said.count(hostile) >= 1
    assert words.who([hostile, handle], 2).startswith(hostile)
