"""Stale is visible: a server that hangs, errs or is unavailable never leaves prices that look live, and trouble reads as words."""

import re


def test_a_hung_server_turns_prices_grey_when_they_are_older_than_their_lifetime(world, open_screen, proxy, ada):
    fixture = world.match()
    market, screen = fixture["markets"][0], open_screen(ada).open()
    screen.pick(market, "home")
    screen.ready()
    proxy.let("GET", "/v1/", "hang")
    screen.stands("offline")
    row = screen.page.locator(f"[data-fixture='{fixture['fixture_id']}']")
    row.locator(".market[data-state=stale]").wait_for()
    price = screen.price(market, "draw")
    assert price.get_attribute("aria-disabled") == "true"
    assert price.get_attribute("aria-label").endswith("not up to date")
    assert re.fullmatch(r"\d+ s", row.locator(".clock small").inner_text())
    screen.says("Prices are not current and cannot be bet.")
    assert screen.page.locator("#pulse").inner_text() == "No connection"
    price.click(force=True)
    assert price.get_attribute("aria-pressed") == "false"
    assert screen.place.get_attribute("aria-disabled") == "true"
    proxy.mend()
    screen.says("Up to date again")
    screen.ready()
    assert row.locator(".market[data-state=stale]").count() == 0


def test_an_html_page_of_a_proxy_reads_as_words_before_and_after_the_board_came(world, open_screen, proxy):
    world.match()
    proxy.let("GET", "/v1/", "html")
    screen = open_screen().open()
    screen.says("Something went wrong on our side")
    proxy.mend()
    screen.page.wait_for_selector("[data-row]")
    proxy.let("GET", "/v1/", "html")
    screen.page.wait_for_selector(".band.bad:visible")
    proxy.mend()
    screen.page.wait_for_selector(".band", state="hidden")
    proxy.let("GET", "/v1/", "html")
    screen.says("Something went wrong on our side")
    body = screen.page.inner_text("body")
    assert "Unexpected token" not in body
    assert "502" not in body


def test_without_a_connection_picks_are_kept_and_nothing_is_sent(world, open_screen, proxy, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).open()
    screen.pick(market, "home")
    screen.ready()
    screen.provokes(0).context.set_offline(True)
    screen.stands("offline")
    screen.says("Your picks are kept; nothing is sent until you press again.")
    screen.place.click(force=True)
    screen.context.set_offline(False)
    screen.ready()
    assert proxy.bets() == []


def test_loading_shows_still_bars_and_an_empty_list_says_so(open_screen, proxy):
    proxy.let("GET", "/v1/fixtures", "delay", seconds=1.2)
    screen = open_screen().open()
    screen.page.wait_for_selector(".bones")
    proxy.mend()
    proxy.let("GET", "/v1/fixtures?status=ended", "empty")
    screen.page.get_by_role("button", name="Finished").click()
    screen.says("Nothing has finished yet.")


def test_refusals_of_protected_accounts_read_as_words(open_screen):
    screen = open_screen().open()
    said = screen.page.evaluate(
        """async () => {
            const { betRefusal, protectionOf } = await import("/web/js/refusing.js");
            const given = { currency: "EUR", format: "decimal", named: () => "Norway" };
            const of = (slug, more = {}) => betRefusal({ type: `urn:slipstream:problem:${slug}`, title: "Raw.", ...more }, given);
            return [
                of("prices-awaited"), of("timed-out-now", { until: "2027-01-03T09:00:00Z" }), of("self-excluded-now", { until: null }),
                of("staff-do-not-bet"), of("unheard-of"), protectionOf({ type: "urn:slipstream:problem:timed-out-now", until: "2027-01-03T09:00:00Z" }),
            ].map(({ title, detail }) => `${title} | ${detail}`);
        }"""
    )
    assert said[0] == "Not placed: fresh prices are awaited | Betting goes on once they are there. Nothing was staked."
    assert said[1].startswith("Not placed: you are in a time-out | It ends Sunday")
    assert said[2] == "Not placed: you excluded yourself | For good. Nothing was staked."
    assert said[3] == "Not placed: this account works for the book | Staff do not bet. Nothing was staked."
    assert said[4] == "Not placed | Raw. Nothing was staked."
    assert said[5].startswith("You are in a time-out until Sunday")
