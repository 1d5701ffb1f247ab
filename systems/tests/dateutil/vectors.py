#!/usr/bin/env python3
"""Writes vectors.ndjson: when python-dateutil says that rules recur, in zones whose clocks change.

    pip install python-dateutil tzdata && python3 vectors.py > vectors.ndjson

Its UNTIL is an instant, compared with instants; a skipped time moves on by the gap, a repeated one
means the first, as `zoneinfo` has it with fold=0. One line per rule: the text, the zone, and the
occurrences as seconds since the Unix epoch.
"""

import itertools
import json
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

# Zone, and the UTC instants at which its clocks were or will be changed.
CHANGES = [
    ("Europe/Amsterdam", "2020-03-29T01:00", "2020-10-25T01:00"),
    ("America/New_York", "2026-03-08T07:00", "2026-11-01T06:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30", "2026-04-04T15:00"),
    ("America/Sao_Paulo", "2018-11-04T03:00", "2019-02-17T02:00"),
    ("Asia/Kolkata", "2026-03-29T01:00", "2026-10-25T01:00"),
]
RULES = ["FREQ=DAILY", "FREQ=HOURLY;INTERVAL=1", "FREQ=HOURLY;INTERVAL=3;BYMINUTE=0,30"]


def rules():
    for zone, *instants in CHANGES:
        for instant, rule in itertools.product(instants, RULES):
            at = datetime.fromisoformat(instant).replace(tzinfo=timezone.utc)
            for before in (timedelta(hours=23, minutes=30), timedelta(hours=24, minutes=15)):
                start = (at - before).astimezone(ZoneInfo(zone)).strftime("%Y%m%dT%H%M%S")
                for minutes in (-61, -30, 0, 30, 59, 60, 90, 120):
                    until = (at + timedelta(minutes=minutes)).strftime("%Y%m%dT%H%M%SZ")
                    yield f"DTSTART;TZID={zone}:{start}\nRRULE:{rule};UNTIL={until}", zone


for text, zone in rules():
    found = {round(it.timestamp()) for it in rrulestr(text, tzids=ZoneInfo)}
    print(json.dumps({"rrule": text, "timezone": zone, "occurrences": sorted(found)}))
