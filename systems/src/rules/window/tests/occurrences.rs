//! Occurrences: the instants at which windows begin, forwards and backwards.

use super::*;

/// The occurrences in a span, both ends included.
fn between(window: &Window, from: &str, to: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut after = at(from).plus(-1);
    while let Some(next) = window.next(after).filter(|&next| next <= at(to)) {
        let previous = window.latest(SimTime(next.0 - 1));
        assert!(previous.is_none_or(|it| it < next), "latest lies behind next");
        assert_eq!(window.latest(next), Some(next), "latest finds what next finds");
        found.push(next.to_string());
        after = next;
    }
    found
}

/// (zone, rule, from, to, occurrences): the days on which clocks are changed.
const CLOCK_CHANGES: &[(&str, &str, &str, &str, &[&str])] = &[
    (
        "Europe/Berlin",
        "FREQ=DAILY;BYHOUR=2;BYMINUTE=30",
        "2026-03-28T00:00",
        "2026-03-30T12:00",
        &["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"],
    ),
    (
        "Europe/Berlin",
        "FREQ=HOURLY",
        "2026-03-28T23:00",
        "2026-03-29T03:00",
        &[
            "2026-03-28T23:00:00Z",
            "2026-03-29T00:00:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-29T02:00:00Z",
            "2026-03-29T03:00:00Z",
        ],
    ),
    (
        // 02:30 moves past 03:00.
        "Europe/Berlin",
        "FREQ=MINUTELY;INTERVAL=30",
        "2026-03-29T00:30",
        "2026-03-29T02:00",
        &[
            "2026-03-29T00:30:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-29T01:30:00Z",
            "2026-03-29T02:00:00Z",
        ],
    ),
    (
        "Europe/Berlin",
        "FREQ=HOURLY",
        "2026-10-24T23:00",
        "2026-10-25T03:00",
        &[
            "2026-10-24T23:00:00Z",
            "2026-10-25T00:00:00Z",
            "2026-10-25T02:00:00Z",
            "2026-10-25T03:00:00Z",
        ],
    ),
    (
        "America/New_York",
        "FREQ=DAILY;BYHOUR=1,2;BYMINUTE=30",
        "2026-03-08T00:00",
        "2026-03-09T12:00",
        &[
            "2026-03-08T06:30:00Z",
            "2026-03-08T07:30:00Z",
            "2026-03-09T05:30:00Z",
            "2026-03-09T06:30:00Z",
        ],
    ),
    (
        "America/New_York",
        "FREQ=DAILY;BYHOUR=1;BYMINUTE=30",
        "2026-10-31T00:00",
        "2026-11-02T12:00",
        &["2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
    ),
    (
        // Half an hour is skipped at 02:00, and repeated from 01:30 on.
        "Australia/Lord_Howe",
        "FREQ=DAILY;BYHOUR=2;BYMINUTE=15",
        "2026-10-02T00:00",
        "2026-10-05T00:00",
        &["2026-10-02T15:45:00Z", "2026-10-03T15:45:00Z", "2026-10-04T15:15:00Z"],
    ),
    (
        "Australia/Lord_Howe",
        "FREQ=DAILY;BYHOUR=1;BYMINUTE=45",
        "2026-04-03T00:00",
        "2026-04-06T00:00",
        &["2026-04-03T14:45:00Z", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"],
    ),
    (
        "Asia/Kolkata",
        "FREQ=DAILY;BYHOUR=2;BYMINUTE=30",
        "2026-03-28T00:00",
        "2026-03-30T00:00",
        &["2026-03-28T21:00:00Z", "2026-03-29T21:00:00Z"],
    ),
    (
        // 30 December 2011 was skipped: what it would have had comes a day later.
        "Pacific/Apia",
        "FREQ=DAILY;BYHOUR=9,10",
        "2011-12-29T00:00",
        "2011-12-31T20:00",
        &[
            "2011-12-29T19:00:00Z",
            "2011-12-29T20:00:00Z",
            "2011-12-30T19:00:00Z",
            "2011-12-30T20:00:00Z",
            "2011-12-31T19:00:00Z",
            "2011-12-31T20:00:00Z",
        ],
    ),
    (
        // Only the skipped day, then only the day after it.
        "Pacific/Apia",
        "DTSTART:20111230T090000\nFREQ=DAILY;INTERVAL=3650",
        "2011-12-28T00:00",
        "2012-01-05T00:00",
        &["2011-12-30T19:00:00Z"],
    ),
    (
        // UNTIL of UTC is an instant, in the hour that is shown twice (X2) ..
        "Europe/Amsterdam",
        "DTSTART;TZID=Europe/Amsterdam:20201024T023000\nRRULE:FREQ=DAILY;UNTIL=20201025T010000Z",
        "2020-10-20T00:00",
        "2020-11-20T00:00",
        &["2020-10-24T00:30:00Z", "2020-10-25T00:30:00Z"],
    ),
    (
        // .. and in the hour that is skipped,
        "Europe/Amsterdam",
        "DTSTART;TZID=Europe/Amsterdam:20200328T023000\nRRULE:FREQ=DAILY;UNTIL=20200329T010000Z",
        "2020-03-20T00:00",
        "2020-04-20T00:00",
        &["2020-03-28T01:30:00Z"],
    ),
    (
        // while one of the wall clock is compared on it: 02:30 of both hours lies before 02:45,
        "Europe/Amsterdam",
        "DTSTART:20201024T023000\nRRULE:FREQ=DAILY;UNTIL=20201025T024500",
        "2020-10-20T00:00",
        "2020-11-20T00:00",
        &["2020-10-24T00:30:00Z", "2020-10-25T00:30:00Z"],
    ),
    (
        // and 02:30 is written before 02:45, although it comes at 03:30.
        "Europe/Amsterdam",
        "DTSTART:20200328T023000\nRRULE:FREQ=DAILY;UNTIL=20200329T024500",
        "2020-03-20T00:00",
        "2020-04-20T00:00",
        &["2020-03-28T01:30:00Z", "2020-03-29T01:30:00Z"],
    ),
    (
        // The last instant itself counts, a second less does not reach it.
        "America/New_York",
        "FREQ=HOURLY;UNTIL=20261101T060000Z",
        "2026-11-01T03:00",
        "2026-11-02T00:00",
        &["2026-11-01T03:00:00Z", "2026-11-01T04:00:00Z", "2026-11-01T05:00:00Z"],
    ),
    (
        "Asia/Kolkata",
        "FREQ=DAILY;BYHOUR=2;BYMINUTE=30;UNTIL=20260328T205959Z",
        "2026-03-27T00:00",
        "2026-03-30T00:00",
        &["2026-03-27T21:00:00Z"],
    ),
];

#[test]
fn occurrences_follow_the_wall_clock() {
    for &(zone, rrule, from, to, expected) in CLOCK_CHANGES {
        let window = window(rrule, zone, 1, true);
        assert_eq!(between(&window, from, to), expected, "{rrule} in {zone}");
    }
}

/// (rule, from, to, occurrences), in UTC.
const RULES: &[(&str, &str, &str, &[&str])] = &[
    (
        "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9",
        "01-01 00:00",
        "01-12 09:00",
        &["2026-01-05T09:00:00Z", "2026-01-12T09:00:00Z"],
    ),
    (
        "FREQ=WEEKLY",
        "01-01 00:00",
        "01-14 00:00",
        &["2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z"],
    ),
    (
        "FREQ=MONTHLY",
        "01-01 00:00",
        "02-28 00:00",
        &["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
    ),
    (
        "FREQ=YEARLY",
        "01-01 00:00",
        "2027-01-01T00:00",
        &["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"],
    ),
    (
        "freq=monthly;byday=-1fr;byhour=18",
        "01-01 00:00",
        "02-28 00:00",
        &["2026-01-30T18:00:00Z", "2026-02-27T18:00:00Z"],
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "01-01 00:00",
        "03-01 00:00",
        &["2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"],
    ),
    (
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "01-01 00:00",
        "03-01 00:00",
        &["2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"],
    ),
    (
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "01-01 00:00",
        "2033-01-01T00:00",
        &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"],
    ),
    (
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO",
        "01-01 00:00",
        "2033-01-01T00:00",
        &["2026-12-28T00:00:00Z", "2032-12-27T00:00:00Z"],
    ),
    ("FREQ=YEARLY;BYWEEKNO=20", "01-01 00:00", "2027-01-01T00:00", &["2026-05-14T00:00:00Z"]),
    (
        "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=3;BYMINUTE=7",
        "01-01 00:00",
        "2033-01-01T00:00",
        &["2028-02-29T03:07:00Z", "2032-02-29T03:07:00Z"],
    ),
    (
        "FREQ=SECONDLY;BYHOUR=9;BYMINUTE=0;BYSECOND=0;BYDAY=TU",
        "01-01 00:00",
        "01-14 00:00",
        &["2026-01-06T09:00:00Z", "2026-01-13T09:00:00Z"],
    ),
    (
        "FREQ=HOURLY;INTERVAL=7;BYHOUR=1",
        "01-01 00:00",
        "01-14 00:00",
        &["2026-01-03T01:00:00Z", "2026-01-10T01:00:00Z"],
    ),
    (
        "FREQ=HOURLY;BYMINUTE=0,20,40;BYSETPOS=2",
        "01-01 00:00",
        "01-01 02:00",
        &["2026-01-01T00:20:00Z", "2026-01-01T01:20:00Z"],
    ),
    ("FREQ=SECONDLY;INTERVAL=1000000", "01-01 00:00", "01-20 00:00", &["2026-01-09T23:06:40Z"]),
    (
        "DTSTART:20260101T101530Z\nRRULE:FREQ=DAILY;COUNT=2",
        "01-01 00:00",
        "02-01 00:00",
        &["2026-01-01T10:15:30Z", "2026-01-02T10:15:30Z"],
    ),
    (
        "DTSTART;TZID=Europe/Berlin:20260101T090000\r\nRRULE:FREQ=DAILY;COUNT=1",
        "01-01 00:00",
        "02-01 00:00",
        &["2026-01-01T08:00:00Z"],
    ),
    (
        "DTSTART;VALUE=DATE:20260105\nFREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE",
        "01-01 00:00",
        "01-20 00:00",
        &["2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z", "2026-01-19T00:00:00Z"],
    ),
    (
        "DTSTART:20260106T000000\nFREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
        "01-01 00:00",
        "01-25 00:00",
        &["2026-01-06T00:00:00Z", "2026-01-18T00:00:00Z", "2026-01-20T00:00:00Z"],
    ),
    (
        "FREQ=DAILY;BYHOUR=9;UNTIL=20260102T090000Z",
        "01-01 00:00",
        "02-01 00:00",
        &["2026-01-01T09:00:00Z", "2026-01-02T09:00:00Z"],
    ),
    (
        // A day means that whole day (X2).
        "FREQ=DAILY;BYHOUR=9;UNTIL=20260102",
        "01-01 00:00",
        "02-01 00:00",
        &["2026-01-01T09:00:00Z", "2026-01-02T09:00:00Z"],
    ),
    (
        "FREQ=DAILY;BYHOUR=9;UNTIL=20260102T000000",
        "01-01 00:00",
        "02-01 00:00",
        &["2026-01-01T09:00:00Z"],
    ),
    (
        // The 61st second of a minute is accepted, and no minute has one (X4).
        "FREQ=DAILY;BYHOUR=9;BYSECOND=0,60",
        "01-01 00:00",
        "01-02 12:00",
        &["2026-01-01T09:00:00Z", "2026-01-02T09:00:00Z"],
    ),
    (
        "FREQ=MINUTELY;BYHOUR=9;BYMINUTE=0;BYSECOND=30,60;BYSETPOS=-1",
        "01-01 00:00",
        "01-01 12:00",
        &["2026-01-01T09:00:30Z"],
    ),
    ("FREQ=DAILY;BYHOUR=9;BYSECOND=60", "01-01 00:00", "2027-01-01T00:00", &[]),
    (
        "FREQ=DAILY;UNTIL=99991231T235959Z",
        "01-01 00:00",
        "01-02 00:00",
        &["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
    ),
    (
        "DTSTART:19700101T000000\nFREQ=SECONDLY;COUNT=4294967295",
        "2106-02-07T06:28:13",
        "2106-02-08T00:00",
        &["2106-02-07T06:28:13Z", "2106-02-07T06:28:14Z"],
    ),
];

#[test]
fn rules_recur_as_rfc_5545_says() {
    for &(rrule, from, to, expected) in RULES {
        assert_eq!(between(&window(rrule, "UTC", 1, true), from, to), expected, "{rrule}");
    }
}

#[test]
fn an_until_is_a_local_time_or_one_of_utc() {
    for (until, expected) in
        [("20260102T090000", 2), ("20260102T140000Z", 2), ("20260102T135959Z", 1)]
    {
        let rrule = format!("FREQ=DAILY;BYHOUR=9;UNTIL={until}");
        let window = window(&rrule, "America/New_York", 1, true);
        assert_eq!(between(&window, "01-01 00:00", "02-01 00:00").len(), expected, "{until}");
    }
}
