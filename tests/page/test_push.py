"""Web push in the page: asked for by a click alone, listed by device, shown by the service worker, and opened where it leads."""

import json

import pytest

from tests.journeys.process_tree import until
from tests.page.people import person
from tests.page.test_access import findings
from tests.push_service import push_service

WITH_A_PUSH_SERVICE = """(() => {
  const told = %s;
  let made = JSON.parse(sessionStorage.getItem("made"));
  const kept = (it) => { made = it; sessionStorage.setItem("made", JSON.stringify(it)); };
  const subscription = () => made && { endpoint: made.endpoint, toJSON: () => made, unsubscribe: async () => (kept(null), true) };
  PushManager.prototype.getSubscription = async () => subscription();
  PushManager.prototype.subscribe = async (asked) => (kept({ ...told, key: asked.applicationServerKey }), subscription());
})()"""
"""A headless Chromium has no push service: this stands for the one that the tests have."""


@pytest.fixture
def ann(page_tree):
    return person(page_tree, "pushed")


def addresses(who):
    return [(item["device"], item["address"]) for item in who.get("/v1/notifications/addresses").json()["items"]]


def allowed(screen):
    screen.context.grant_permissions(["notifications"])
    return screen


def test_pushes_are_asked_for_by_a_click_and_what_stands_in_the_way_is_said(open_screen, ann):
    screen = open_screen(ann).open("/inbox")
    turn_on = screen.page.get_by_role("button", name="Notify me on this device")
    turn_on.wait_for()
    assert screen.page.evaluate("navigator.serviceWorker.getRegistrations().then((found) => found.length)") == 0
    allowed(screen)
    turn_on.click()
    screen.page.get_by_role("alert").get_by_text("This browser reached no push service.").wait_for()
    assert addresses(ann) == []
    assert findings(screen) == []


@pytest.mark.parametrize("width", [1440, 390])
def test_a_device_is_turned_on_listed_and_removed(page_tree, open_screen, ann, width):
    with push_service(port=page_tree.push_port) as service:
        browser = service.browser("page")
        screen = allowed(open_screen(ann, width=width, height=900 if width > 1000 else 844))
        screen.context.add_init_script(WITH_A_PUSH_SERVICE % json.dumps(browser.asked()))
        page = screen.open("/inbox").page
        page.get_by_role("button", name="Notify me on this device").click()
        listed = page.get_by_role("region", name="Devices").get_by_role("listitem")
        listed.get_by_text("This device, since").wait_for()
        until(lambda: addresses(ann) == [("Chrome on Linux", browser.endpoint)], "the device is kept")
        assert page.evaluate("JSON.parse(sessionStorage.made).key") == ann.get("/v1/notifications/push-key").json()["public_key"]
        page.reload()
        listed.get_by_text("This device, since").wait_for()
        assert page.get_by_role("button", name="Notify me on this device").is_hidden()
        assert findings(screen) == []
        page.get_by_role("button", name="Remove: Chrome on Linux").click()
        page.get_by_text("No device gets pushes.").wait_for()
        assert addresses(ann) == []
        assert page.evaluate("sessionStorage.made") == "null"
        page.get_by_role("button", name="Notify me on this device").click()
        listed.get_by_text("This device, since").wait_for()
        page.evaluate("localStorage.removeItem('slipstream.session'); dispatchEvent(new StorageEvent('storage', { key: null }))")
        page.wait_for_function("sessionStorage.made === 'null'")


def test_the_settings_show_pushes_to_phones_where_the_account_has_a_phone(open_screen, ann):
    body = {"provider": "fcm", "token": "page:APA91bHPRgkF3JUikC4ENAHEeMrd41Zxv3hVZjC9", "device": "Ann's phone"}
    page = open_screen(ann).open("/inbox").page
    page.get_by_role("columnheader", name="Mail").wait_for()
    page.get_by_text("No device gets pushes.").wait_for()
    assert page.get_by_role("columnheader", name="Phone").count() == 0
    assert ann.post("/v1/notifications/devices", body).status_code == 201
    until(lambda: addresses(ann) == [("Ann's phone", body["token"])], "the phone is kept")
    screen = open_screen(ann).open("/inbox")
    page = screen.page
    page.get_by_role("columnheader", name="Phone").wait_for()
    page.get_by_role("switch", name="Comments on my slips, Phone").click()
    setting = {"level": "kind", "channel": "mobile_push", "subject": "comment", "setting": "off"}
    until(lambda: setting in ann.get("/v1/notifications/preferences").json()["items"], "it is switched off")
    page.get_by_role("combobox", name="How often: Phone").wait_for()
    assert findings(screen) == []
    page.get_by_role("button", name="Remove: Ann's phone").click()
    page.get_by_role("columnheader", name="Phone").wait_for(state="detached")


def test_the_service_worker_shows_a_push_once_for_a_topic_and_opens_what_it_is_about(open_screen, ann):
    screen = allowed(open_screen(ann).open("/inbox"))
    page = screen.page
    page.evaluate("navigator.serviceWorker.register('/web/js/service_worker.js', { scope: '/' })")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    session = screen.context.new_cdp_session(page)
    versions = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda told: versions.extend(told["registrations"]))
    session.send("ServiceWorker.enable")
    until(lambda: page.evaluate("1") and versions, "the worker is registered")
    shown = "navigator.serviceWorker.ready.then((at) => at.getNotifications()).then((all) => all.map((it) => [it.tag, it.title, it.body, it.data.path]))"

    def pushed(data, wanted):
        said = {"origin": screen._proxy.url, "registrationId": versions[0]["registrationId"], "data": data}
        session.send("ServiceWorker.deliverPushMessage", said)
        until(lambda: page.evaluate(shown) == wanted, "it is shown")

    message = {"id": "1", "kind": "slip_shared", "title": "ann", "body": "<b>A slip</b> ✓", "path": "/calculator", "topic": "slip-1"}
    pushed(json.dumps(message), [["slip-1", "ann", "<b>A slip</b> ✓", "/calculator"]])
    pushed(json.dumps({**message, "body": "Won"}), [["slip-1", "ann", "Won", "/calculator"]])
    (worker,) = screen.context.service_workers
    clicked = "async () => dispatchEvent(new NotificationEvent('notificationclick', { notification: (await registration.getNotifications())[0] }))"
    worker.evaluate(clicked)
    page.wait_for_url("**/calculator")
    until(lambda: page.evaluate(shown) == [], "it is away")
    elsewhere = {**message, "path": "//evil.test/x"}
    pushed(json.dumps(elsewhere), [["slip-1", "ann", "<b>A slip</b> ✓", "/inbox"]])
    worker.evaluate(clicked)
    page.wait_for_url("**/inbox")
    until(lambda: page.evaluate(shown) == [], "it is away")
    pushed("no JSON", [["", "Slipstream", "", "/inbox"]])
