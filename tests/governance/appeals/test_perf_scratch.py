import time
import pytest
from django.db import connection
from reputation.evidence import incidents as I
from reputation.governance.appeals.units import subject_units
pytestmark = pytest.mark.django_db

def ev(extra=""):
    return "now(), now(), 1, 1, false, 1"

def test_perf():
    n, other = 50_000, 300_000
    with connection.cursor() as c:
        c.execute(f"""INSERT INTO evidence_order(order_id, store_id, anchor_id, buyer_ref, amount, placed_at, ship_by, deliver_by, observed_at, first_observed_at, sent, versions, retracted, batch_id)
        SELECT 'o'||i, CASE WHEN i <= {n} THEN 's1' ELSE 's'||(i%5000+2) END, CASE WHEN i%3=0 THEN CASE WHEN i <= {n} THEN 'a1' ELSE 'a'||(i%1000+2) END END, 'b'||i, 10, now()- (i%{n})*interval '2 min', now()- (i%{n})*interval '2 min' + interval '48h', now()- (i%{n})*interval '2 min'+interval '7 days', now()- (i%{n})*interval '2 min', now()- (i%{n})*interval '2 min', 1,1,false,1
        FROM generate_series(1,{n+other}) i""")
        c.execute(f"""INSERT INTO evidence_shipment(order_id, shipped_at, delivered_at, shipped_known_at, delivered_known_at, observed_at, first_observed_at, sent, versions, retracted, batch_id)
        SELECT order_id, placed_at + CASE WHEN substr(order_id,2)::int % RATE = 0 THEN interval '50h' ELSE interval '20h' END, placed_at+interval '3 days', placed_at+interval '20h', placed_at+interval '3 days', now(), now(), 1,1,false,1 FROM evidence_order""".replace("RATE","40"))
        c.execute("""INSERT INTO evidence_return(return_id, order_id, opened_at, first_reason, refunded_at, refunded_known_at, observed_at, first_observed_at, sent, versions, retracted, batch_id)
        SELECT 'r'||order_id, order_id, placed_at+interval '4 days', CASE WHEN substr(order_id,2)::int % 500=0 THEN 'quality' ELSE 'size' END, placed_at+interval '5 days', placed_at+interval '5 days', placed_at+interval '4 days', placed_at+interval '4 days',1,1,false,1 FROM evidence_order WHERE substr(order_id,2)::int % 10=0""")
        c.execute("""INSERT INTO evidence_response(response_id, order_id, respondent_ref, answered_at, overall, as_described, service, logistics, observed_at, first_observed_at, sent, versions, retracted, batch_id)
        SELECT 'q'||order_id, order_id, buyer_ref, placed_at+interval '4 days', 5,5,5,5, placed_at+interval '4 days', placed_at+interval '4 days',1,1,false,1 FROM evidence_order WHERE substr(order_id,2)::int % 4=0""")
        c.execute("""INSERT INTO subjects_livesession(live_id, anchor_id, started_at, observed_at, first_observed_at, sent, versions, retracted, batch_id) SELECT 'L'||i, 'a'||(i%50+1), now()-i*interval '1 hour', now(), now(),1,1,false,1 FROM generate_series(1,2000) i""")
        c.execute("""INSERT INTO evidence_response(response_id, live_id, respondent_ref, answered_at, false_promotion, hype, observed_at, first_observed_at, sent, versions, retracted, batch_id)
        SELECT 'lq'||i, 'L'||(i%2000+1), 'v'||i, now()-i*interval '1 min', i%30=0, false, now(), now(),1,1,false,1 FROM generate_series(1,100000) i""")
        c.execute("""INSERT INTO evidence_conversation(conversation_id, store_id, started_at, first_reply_at, resolved, observed_at, first_observed_at, sent, versions, retracted, batch_id)
        SELECT 'h'||i, 's'||(i%20+1), now()-i*interval '1 min', now()-i*interval '1 min'+CASE WHEN i%100=0 THEN interval '10 min' ELSE interval '1 min' END, true, now(), now(),1,1,false,1 FROM generate_series(1,200000) i""")
        c.execute("ANALYZE")
    for kind, sid, kw in [("store","s1",{}),("store","s1",{"families":"o"}),("store","s1",{"search":"o4999"}),("store","s1",{"families":"h"}),("anchor","a1",{}),("anchor","a1",{"families":"v"}),("anchor","a1",{"families":"o"}),("store","s77",{})]:
        page=subject_units(kind,sid,**kw)
        t=time.perf_counter(); page=subject_units(kind,sid,**kw); t1=time.perf_counter()-t
        t=time.perf_counter(); p2=subject_units(kind,sid,after=page.after,**kw) if page.after else None; t2=time.perf_counter()-t
        print(kind,sid,kw,len(page.units),f"{t1*1000:.0f} ms; page 2 {t2*1000:.0f} ms", [u.unit for u in page.units[:3]])
    # deepest
    n=0; after=""; t=time.perf_counter(); worst=0
    while True:
        t0=time.perf_counter(); page=subject_units("store","s1",families="o",after=after); worst=max(worst,time.perf_counter()-t0); n+=len(page.units); after=page.after
        if not after: break
    print("all", n, f"{time.perf_counter()-t:.2f}s worst page {worst*1000:.0f} ms")
