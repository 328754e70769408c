import cProfile,pstats
from tests.governance.nights.nights import govern, in_force
from tests.governance.world import *
import pytest
@pytest.mark.django_db
def test_x(settings,tmp_path):
    settings.LIVESTAR_VAR=tmp_path
    days=publish(nights=3); in_force(policy(rule())); govern(days[0])
    p=cProfile.Profile(); p.enable(); govern(days[1]); p.disable()
    pstats.Stats(p).sort_stats("cumtime").print_stats(35)
