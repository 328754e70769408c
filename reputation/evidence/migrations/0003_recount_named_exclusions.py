from django.db import migrations

# An exclusion that names a subject clears that subject alone since now: of an order its other party was cleared as well,
# and of a store's span the anchor's low answers about late parcels. The next night counts these orders anew.
MARK = """
INSERT INTO evidence_dirtyunit (unit)
SELECT 'o:' || order_id FROM evidence_exclusion
WHERE order_id IS NOT NULL AND subject_kind IS NOT NULL AND subject_id IS NOT NULL
UNION SELECT 'e:' || exclusion_id FROM evidence_exclusion
WHERE order_id IS NULL AND subject_kind = 'store' AND subject_id IS NOT NULL
  AND coalesce(reason, '') NOT IN ('force_majeure', 'carrier_event')
"""


class Migration(migrations.Migration):
    dependencies = [("evidence", "0002_of_anchors")]

    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop)]
