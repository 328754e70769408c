import pytest

from reputation.public import api, front, how
from reputation.ratings.selectors import shown_forget


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """Each test has a market of its own, so nothing of the last one may be remembered."""
    shown_forget()
    api._rating_body.cache_clear()
    api._sanctioned.cache_clear()
    api._LISTS.clear()
    front.front.cache_clear()
    front.spread.cache_clear()
    how.set_aside.cache_clear()
    how.half_stars.cache_clear()
