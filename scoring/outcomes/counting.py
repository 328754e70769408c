"""From evidence to facts, for every kind of unit."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from scoring.metrics import ASPECTS, CATALOGUE, EXCLUSION_REASONS, Aspect
from scoring.outcomes.clocks import NEVER, Bools, Days, Ints, Times, instants, market_days
from scoring.outcomes.codes import ROLES
from scoring.outcomes.complaints import Complaints, Context, complaints_of
from scoring.outcomes.evidence import Counted, EvidenceFrames, Horizon
from scoring.outcomes.exclusions import Reasons, clears_everything, clears_logistics, reasons_of, stated
from scoring.outcomes.ledger import Ledger, counted
from scoring.outcomes.orders import Orders, Promises, alive, orders_of, promises_of, valid
from scoring.outcomes.others import count_conversations, count_incidents, count_voices
from scoring.outcomes.returns import Returns, returns_of
from scoring.outcomes.rules import ANSWERS, PER_DELIVERY, PER_ORDER
from scoring.outcomes.symptoms import Answers, Symptom, answer_symptoms, complaint_symptoms, first_days
from scoring.outcomes.symptoms import return_symptoms, shipping_symptoms, when
