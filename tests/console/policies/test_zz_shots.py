import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from reputation.base.time import market_day, now
from reputation.governance import trials
from reputation.governance.models import *
from reputation.governance.services import policy_advance, policy_save
from reputation.governance.trials import trial_ask, trial_run
from tests.governance.world import policy, publish, rule
from tests.people import staff_member
from tests.scoring.toy_market import LAST_DAY

pytestmark = [pytest.mark.django_db(transaction=True)]
OUT = Path("/tmp/rules/shots")


def test_shots(live_server, client, monkeypatch, django_db_serialized_rollback=None):
    monkeypatch.setattr(trials, "command_start", lambda *a: None)
    publish(nights=1, last=LAST_DAY - timedelta(days=100))
    publish(nights=30)
    today = market_day(now())
    text = Path("policies/default.yaml").read_text()
    a = policy_save(content=policy(rule(than="0.05")), today=today, by="operator:li")
    PolicyVersion.objects.filter(pk=1).update(state="live", live_from=LAST_DAY - timedelta(days=60))
    b = policy_save(
        content=text.replace("than: 0.10}", "than: 0.02}"), today=today, by="user:sun", note="the first one", base=1
    )
    policy_advance(version=2, to="shadow", today=today, by="user:sun", note="let us see")
    from reputation.accounts.roles import roles_write

    roles_write()
    sun = staff_member("sun", "senior", password="a long enough phrase")
    t = trial_ask(version=2, by=sun, first=LAST_DAY - timedelta(days=100))
    trial_run(t.pk)
    for n in range(12):
        night = LAST_DAY - timedelta(days=n)
        PolicyNight.objects.create(
            policy=b,
            night=night,
            mode="shadow",
            made_at=now(),
            figures={"rules": {}, "all": {"flagged": 20 + n % 5, "new": 2, "gone": 1}, "tiers": {}},
        )
        PolicyNight.objects.create(
            policy=a,
            night=night,
            mode="live",
            made_at=now(),
            figures={"rules": {}, "all": {"flagged": 14 + n % 3, "new": 2, "gone": 1}, "tiers": {}},
        )
    ShadowFlag.objects.create(
        policy=b,
        rule="late_dispatch_notice",
        kind="store",
        subject_id="s00001",
        first_night=LAST_DAY,
        last_night=LAST_DAY,
        readings=[
            {
                "metric": "late_dispatch",
                "window": 30,
                "read": "low",
                "op": ">=",
                "than": 0.02,
                "value": 0.063,
                "n": 12,
                "d": 130,
            }
        ],
    )
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    client.force_login(sun)
    cookie = client.cookies["sessionid"].value
    pages = {
        "list": "policies",
        "new": "policies/new",
        "policy": "policy/2",
        "announce": "policy/2?announce",
        "edit": "policy/2/edit",
        "rule": "policy/2/edit?rule=late_dispatch_notice",
        "rule2": "policy/2/edit?rule=quality_returns",
        "rule3": "policy/2/edit?rule=false_advertising_repeated",
        "file": "policy/2/file",
        "backtest": "policy/2/backtest",
        "shadow": "policy/2/shadow",
    }
    wanted = os.environ.get("SHOTS", "").split(",") if os.environ.get("SHOTS") else list(pages)
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width, scheme, lang in (
            (1440, "light", "en"),
            (390, "light", "en"),
            (1440, "dark", "zh-hans"),
            (390, "dark", "zh-hans"),
        ):
            ctx = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            ctx.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
            page = ctx.new_page()
            bad = []
            page.on("console", lambda m: bad.append(m.text) if m.type == "error" else None)
            for name in wanted:
                path = pages[name]
                page.goto(f"{live_server.url}/console/{path}{'&' if '?' in path else '?'}lang={lang}")
                page.screenshot(path=OUT / f"{name}-{width}-{lang}.png", full_page=True)
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    print("OVERFLOW", name, width, wide)
            print(width, bad)
        browser.close()
