from tests.governance.appeals.conftest import clock, market, mia

__all__ = ["clock", "market", "mia"]
