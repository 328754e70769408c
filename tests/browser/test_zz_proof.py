import pytest
from tests.browser.test_accessibility import *
pytestmark=[pytest.mark.browser, pytest.mark.django_db(transaction=True)]
del test_no_page_shuts_anybody_out, test_every_address_is_a_page_here_or_said_to_be_none
@pytest.mark.parametrize("look",LOOKS)
def test_x(browser, live_server,look):
    c=context_of(browser,live_server,"signed out",LOOKS[look]); p=c.new_page(); p.goto("/api/docs"); p.wait_for_timeout(3000)
    for v in Axe().run(p,options=RULES).response["violations"]:
        print(look,v["id"],v["impact"])
        for n in v["nodes"][:25]: print("   ",n["target"],(n["any"] or n["all"] or n["none"])[0]["message"][:160])
    p.screenshot(path=f"/tmp/proof/api-{look}.png")
