"""The page reckons as the book does: odds, money and the slip as a value, in the browser that will run them."""

import pytest

from domain import odds
from domain.bet.facts import BetPlaced, Leg
from domain.bet.lines import folds_of, line_count
from domain.bet.settlement import all_won, each_way_minor
from domain.bet.stake_limit import StakeLimit, largest_stake_minor
from domain.settling import RULES_CURRENT
from domain.settling.each_way import WIN_TO_WIN
from domain.settling.folds import sum_of_folds
from domain.settling.returns import potential_returns_minor
from tests.audit_story import NOON

ODDS = ["1.001", "1.01", "1.5", "1.95", "2", "2.35", "3", "7.6", "10/11", "1/3", "100/30", "47", "501", "1000000", "evens"]


@pytest.fixture(scope="module")
def reckon(browser, page_tree):
    page = browser.new_page()
    page.goto(page_tree.url)

    def reckoned(script: str, *given):
        on = "(name) => import(`/web/js/${name}.js`)"
        return page.evaluate(f"async (given) => await ({script})({on}, ...given)", list(given))

    yield reckoned
    page.close()


def test_odds_read_the_same_in_all_three_forms(reckon):
    parsed = [odds.parse(text) for text in ODDS]
    shown = reckon(
        """async (on, all) => { const { shownOdds } = await on("odds");
            return all.map((each) => ["decimal", "fractional", "american"].map((form) => shownOdds(each, form).replace("\\u2212", "-"))); }""",
        [each.text for each in parsed],
    )
    assert shown == [[each.decimal_text, each.fractional_text, each.american_text] for each in parsed]


def test_returns_are_rounded_half_up_once(reckon):
    legs = ["1.95", "2.35", "10/11"]
    for stake_minor in (1, 2, 3, 7, 11, 10_00, 123_457, 1_000_000_00):
        page = reckon("""async (on, stake, legs) => (await on("odds")).returnsMinor(stake, legs)""", stake_minor, legs)
        assert page == potential_returns_minor(stake_minor, [odds.parse(leg) for leg in legs])


@pytest.mark.parametrize("bet_type", ["single", "multiple", "trixie", "lucky15"])
def test_an_each_way_bet_returns_on_the_page_what_it_returns_when_it_is_struck(reckon, bet_type):
    prices, terms = ["5", "7/2", "10/11", "13"], ["1/4", "1/5", "1/2", "1/1"]
    count = {"single": 1, "multiple": 2, "trixie": 3, "lucky15": 4}[bet_type]
    legs = tuple(
        Leg(f"m-{number}", "a", odds.parse(text), 1, place_terms=(int(part[0]), int(part[2])))
        for number, (text, part) in enumerate(zip(prices, terms, strict=True))
    )
    sizes, lines = folds_of(bet_type, count), line_count(bet_type, count)
    for unit_minor in (1, 7, 2_50):
        stake_minor = 2 * lines * unit_minor
        bet = BetPlaced("a", stake_minor, "EUR", bet_type, legs[:count], "exact", 0, NOON, 2 * lines, RULES_CURRENT, WIN_TO_WIN)
        page = reckon(
            """async (on, stake, odds, terms, folds, lines) => {
                const { paidMinor, ratioEachWay } = await on("odds");
                return paidMinor(stake, ratioEachWay(odds, terms, folds, lines)); }""",
            *(stake_minor, [odds.parse(text).text for text in prices[:count]], terms[:count], list(sizes), lines),
        )
        assert page == each_way_minor(bet, *all_won(bet))


@pytest.mark.parametrize(("bet_type", "count"), [("single", 1), ("multiple", 3), ("trixie", 3), ("lucky15", 4)])
def test_the_largest_stake_on_the_page_is_the_one_that_a_refusal_offers(reckon, bet_type, count):
    prices = [odds.parse(text) for text in ("2.35", "10/11", "7/2", "1.01")][:count]
    sizes, lines = folds_of(bet_type, count), line_count(bet_type, count)
    best = sum_of_folds(sizes, [(price.numerator, price.denominator) for price in prices])
    for payout_minor in (0, 1, 99, 100_00, 123_457, 100_000_000):
        page = reckon(
            """async (on, payout, odds, folds, lines) => {
                const { largestStakeMinor, ratioOfFolds } = await on("odds");
                return largestStakeMinor(payout, ratioOfFolds(odds, folds, lines), lines); }""",
            *(payout_minor, [price.text for price in prices], list(sizes), lines),
        )
        assert page == largest_stake_minor(StakeLimit(payout_minor), best, lines)


def test_money_has_the_places_of_its_currency(reckon):
    cases = [[123_456, "EUR"], [1000, "JPY"], [-300, "EUR"], [5, "GBP"], [1000, "CHF"], [1_234_567, "BHD"], [0, "USD"]]
    shown = reckon(
        """async (on, cases) => { const { money } = await on("money"); return cases.map(([minor, code]) => money(minor, code)); }""", cases
    )
    assert shown == ["€1,234.56", "¥1,000", "\u2212€3.00", "£0.05", "CHF\u00a010.00", "BHD\u00a01,234.567", "$0.00"]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("10", "EUR", 1000),
        ("10,5", "EUR", 1050),
        (" 0.01 ", "EUR", 1),
        ("1.005", "EUR", 0),
        ("1000", "JPY", 1000),
        ("1.5", "JPY", 0),
        ("-3", "EUR", 0),
        ("", "EUR", 0),
        ("1e3", "EUR", 0),
    ],
)
def test_a_stake_is_read_to_the_minor_unit_or_not_at_all(reckon, text, currency, minor):
    assert reckon("""async (on, text, code) => (await on("money")).minorOf(text, code)""", text, currency) == minor


def test_a_frozen_slip_takes_no_change_and_keeps_body_and_key_until_each_answer_is_definite(reckon):
    told = reckon(
        """async (on) => {
            const slips = await on("slip");
            const pick = (id) => ({ key: `${id} home`, market_id: id, fixture_id: id, selection: "home", name: id, odds: "2.35", version: 3 });
            let slip = slips.toggle(slips.toggle(slips.NOTHING, pick("a")), pick("b"));
            slip = slips.setKind(slip, "single");
            const frozen = slips.freeze(slip, { keys: ["k1", "k2"], accept: "exact", currency: "EUR", accountId: "me", at: 1 });
            const edits = [slips.clear, (s) => slips.remove(s, "a home"), (s) => slips.setStake(s, "99"), (s) => slips.toggle(s, pick("c")),
                (s) => slips.accept(s, "a home", "9", 9), (s) => slips.freeze(s, { keys: ["x", "y"], accept: "any", currency: "EUR", accountId: "me", at: 2 })];
            const unmoved = edits.every((edit) => edit(frozen) === frozen);
            const unknown = slips.answered(slips.answered(frozen, "k1", { status: "unknown" }), "k2", { status: "placed", receipt: { bet_id: "1" } });
            const again = slips.answered(unknown, "k2", { status: "refused", problem: {} });
            const bodies = (s) => s.sent.parts.map((part) => part.key + part.body).join();
            const revived = slips.revived(JSON.parse(JSON.stringify(again)));
            const done = slips.answered(revived, "k1", { status: "refused", problem: { type: "x" } });
            return { unmoved, same: bodies(frozen) === bodies(revived), open: again.sent.parts.map((p) => p.status), left: done.picks.map((p) => p.name), placed: done.told.placed.length, sent: done.sent };
        }"""
    )
    assert told == {"unmoved": True, "same": True, "open": ["unknown", "placed"], "left": ["a"], "placed": 1, "sent": None}


def test_a_channel_leaves_out_what_is_older_than_what_it_shows_and_a_slip_that_begins_anew_has_its_comments_read_again(reckon):
    taken, said = reckon(
        """async (on) => {
            const [{ Channels }, { PushedSlips }] = [await on("channels"), await on("pushed_slips")];
            const socket = Object.assign(new EventTarget(), { isOpen: true, accountId: "ann", send(pairs) { this.asked = pairs; } });
            const channels = new Channels(socket);
            const entry = { slip: { slip_id: "one", bet: {} } };
            const slips = new PushedSlips({ api: {}, session: { signedIn: true, accountId: "ann" }, channels }, () => {});
            const taken = [];
            channels.want("match", new Map([["fixture:one", { take: (data) => taken.push(data.position) }]]));
            const push = (channel, data) => socket.dispatchEvent(new CustomEvent("push", { detail: { channel, pub: { offset: 9, data } } }));
            const answer = { epoch: "their", offset: 7, data: { position: "k3J9x_Qa.1f", snapshot: {} }, publications: [{ data: { position: "k3J9x_Qa.1e" } }] };
            socket.asked[0][1]({ subscribe: answer });
            for (const position of ["k3J9x_Qa.1e", "k3J9x_Qa.1f", "k3J9x_Qa.20", "k3J9x_Qa.9", "anotherl.1"]) push("fixture:one", { position, changes: {} });
            slips.look([entry], { lost: () => {} });
            socket.asked[0][1]({ subscribe: { epoch: "their", data: { position: "k3J9x_Qa.1f", snapshot: { likes: 1 } } } });
            const said = [entry.said ?? []];
            push("slip:one", { position: "k3J9x_Qa.21", snapshot: { likes: 2 } });
            return [taken, [...said, entry.said, entry.slip.likes]];
        }"""
    )
    assert taken == ["k3J9x_Qa.1f", "k3J9x_Qa.1f", "k3J9x_Qa.20", "anotherl.1"]
    assert said == [[], [{"again": True}], 2]


def test_a_reply_to_what_was_held_has_the_comments_read_again(reckon):
    items = [{"comment_id": "one", "replies": []}]
    said = [
        [{"comment_id": "r", "parent_id": "one"}],
        [{"comment_id": "two", "parent_id": None}, {"comment_id": "r", "parent_id": "two"}],
        [{"comment_id": "r", "parent_id": "held", "deleted": True}],
        [{"comment_id": "r", "parent_id": "held"}],
    ]
    lacks = reckon(
        """async (on, items, said) => {
            const { lacksParent } = await on("thread_changes");
            return said.map((comments) => lacksParent(items, { comments }));
        }""",
        *(items, said),
    )
    assert lacks == [False, False, False, True]
