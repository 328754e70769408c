import pytest
from playwright.sync_api import sync_playwright
from tests.evidence.test_voices import scored
from tests.governance.appeals.world import market, member
from tests.governance.appeals.conftest import clock  # noqa

@pytest.mark.django_db(transaction=True)
def test_look(live_server, client, clock, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    market()
    scored("cup-blue-350ml", [1, 2, 5, 5, 5]); scored("hat-straw", [5] * 6); scored("lamp", [1] * 2); scored("bag", [4] * 7)
    client.force_login(member("mia"))
    cookie = client.cookies["sessionid"].value
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width, scheme, lang in ((390, "light", "en"), (390, "dark", "zh-hans"), (1440, "light", "zh-hans"), (1440, "dark", "en")):
            ctx = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale="zh-CN" if lang != "en" else "en")
            ctx.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}, {"name": "django_language", "value": lang, "url": live_server.url}])
            page = ctx.new_page()
            page.goto(live_server.url + "/portal/metric/negative_answer/stores/s1")
            page.screenshot(path=f"/tmp/anonymous/{width}-{scheme}.png", full_page=True)
        browser.close()
