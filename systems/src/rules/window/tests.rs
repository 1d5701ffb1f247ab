//! Vectors of windows, their occurrences and their errors.

use shakedown_engine::base::time::{HOUR, MINUTE, SimTime};
use shakedown_engine::model::DeploymentWindow;

use super::{Window, Windowed};

fn rule(rrule: &str, timezone: &str, minutes: i32, allow_window: bool) -> DeploymentWindow {
    let (rrule, timezone) = (rrule.to_owned(), timezone.to_owned());
    DeploymentWindow { rrule, duration_minutes: minutes, timezone, allow_window }
}

fn window(rrule: &str, timezone: &str, minutes: i32, allow: bool) -> Window {
    Window::new(&rule(rrule, timezone, minutes, allow)).expect(rrule)
}

/// `01-06 10:00` or `2025-03-30T00:00`, of 2026 and in UTC.
fn at(text: &str) -> SimTime {
    let text = match text.split_once(' ') {
        Some((day, time)) => format!("2026-{day}T{time}"),
        None => text.to_owned(),
    };
    let seconds = if text.len() == 16 { ":00Z" } else { "Z" };
    SimTime::parse(&format!("{text}{seconds}")).expect("a time")
}

const TEN: &str = "FREQ=DAILY;BYHOUR=10";
const NINE: &str = "FREQ=DAILY;BYHOUR=9";

#[test]
fn windows_follow_the_vectors() {
    let open = |start, end| Windowed::Open { start: at(start), end: at(end) };
    let closed = |next| Windowed::Closed { next: Some(at(next)) };
    let denied = |end| Windowed::Denied { end: at(end) };
    let clear = |next| Windowed::Clear { next: Some(at(next)) };
    for (name, allow, now, expected) in [
        ("inside", true, "01-06 11:00", open("01-06 10:00", "01-06 12:00")),
        ("at its end", true, "01-06 12:00", closed("01-07 10:00")),
        (
            "just before its end",
            true,
            "01-06 11:59:59.999999999",
            open("01-06 10:00", "01-06 12:00"),
        ),
        ("after", true, "01-06 15:00", closed("01-07 10:00")),
        ("a second before (D37)", true, "01-06 09:59:59", closed("01-06 10:00")),
        ("a nanosecond before", true, "01-06 09:59:59.999999999", closed("01-06 10:00")),
        ("at its start", true, "01-06 10:00", open("01-06 10:00", "01-06 12:00")),
        ("deny, inside", false, "01-06 11:00", denied("01-06 12:00")),
        ("deny, at its start", false, "01-06 10:00", denied("01-06 12:00")),
        ("deny, at its end", false, "01-06 12:00", clear("01-07 10:00")),
        ("deny, after", false, "01-06 13:00", clear("01-07 10:00")),
    ] {
        let mut window = window(TEN, "UTC", 120, allow);
        assert_eq!(window.judge(at(now)), expected, "8.8 {name}");
        window.turn_to(at(now));
        assert_eq!(window.judge(at(now)), expected, "8.8 {name}, turned to it");
        window.turn_to(at("2200-01-01T00:00"));
        assert_eq!(window.judge(at(now)), expected, "8.8 {name}, turned elsewhere");
    }
}

#[test]
fn rollout_starts_follow_the_vectors() {
    for (name, rrule, minutes, allow, base, start) in [
        ("C-G14 before", NINE, 480, true, "01-06 00:00", "01-06 09:00"),
        ("C-G14 inside", NINE, 480, true, "01-06 10:00", "01-06 10:00"),
        ("C-G14 after", NINE, 480, true, "01-06 18:00", "01-07 09:00"),
        ("C-G16 inside", TEN, 120, false, "01-06 10:00", "01-06 12:00"),
        ("C-G16 outside", TEN, 120, false, "01-06 13:00", "01-06 13:00"),
        ("C-G18 allow", NINE, 480, true, "01-06 07:00", "01-06 09:00"),
        ("C-G18 deny", "FREQ=DAILY;BYHOUR=8;BYMINUTE=30", 60, false, "01-06 07:00", "01-06 07:00"),
        ("exhausted", "FREQ=DAILY;UNTIL=20250101", 60, true, "01-06 07:00", "01-06 07:00"),
    ] {
        let window = window(rrule, "UTC", minutes, allow);
        assert_eq!(window.adjust(at(base)), at(start), "{name}");
    }
}

/// (name, zone, rule, minutes, now, when what is denied then ends; `None` for never)
const CHAINS: &[(&str, &str, &str, i32, &str, Option<&str>)] = &[
    ("alone", "UTC", TEN, 120, "01-06 11:00", Some("01-06 12:00")),
    ("touching", "UTC", "FREQ=DAILY;BYHOUR=9,10,11,13", 60, "01-06 09:30", Some("01-06 12:00")),
    ("overlapping", "UTC", "FREQ=DAILY;BYHOUR=9,10,11", 90, "01-06 09:30", Some("01-06 12:30")),
    (
        "a second apart",
        "UTC",
        "FREQ=DAILY;BYHOUR=9,10;BYSECOND=1",
        59,
        "01-06 09:30",
        Some("01-06 09:59:01"),
    ),
    ("over midnight", "UTC", "FREQ=DAILY;BYHOUR=0,1,22,23", 60, "01-06 22:00", Some("01-07 02:00")),
    (
        "all but an hour",
        "UTC",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,17,18,19,20,21,22,23",
        60,
        "01-06 13:30",
        Some("01-06 16:00"),
    ),
    ("an hour every hour", "UTC", "FREQ=HOURLY", 60, "01-06 13:30", None),
    ("a day every day", "UTC", "FREQ=DAILY", 1440, "01-06 13:30", None),
    ("every minute", "UTC", "FREQ=MINUTELY", 1, "01-06 13:30", None),
    ("every second", "UTC", "FREQ=SECONDLY", 1, "01-06 13:30", None),
    (
        "every second but for an hour",
        "UTC",
        "FREQ=SECONDLY;BYHOUR=0,1,2,3",
        1,
        "01-06 01:30",
        Some("01-06 04:00:59"),
    ),
    ("every 11 seconds", "UTC", "FREQ=SECONDLY;INTERVAL=11", 1, "01-06 13:30", None),
    ("every other hour", "UTC", "FREQ=HOURLY;INTERVAL=2", 119, "01-06 12:30", Some("01-06 13:59")),
    ("until", "UTC", "FREQ=HOURLY;UNTIL=20260107T030000Z", 60, "01-06 13:30", Some("01-07 04:00")),
    (
        "counted",
        "UTC",
        "DTSTART:20260106T120000\nRRULE:FREQ=HOURLY;COUNT=100",
        60,
        "01-06 13:30",
        Some("01-10 16:00"),
    ),
    (
        "of weekdays",
        "UTC",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
        1440,
        "01-06 13:30",
        Some("01-10 00:00"),
    ),
    (
        "by position",
        "UTC",
        "FREQ=DAILY;BYHOUR=8,9,10,12;BYSETPOS=1,2,3",
        60,
        "01-06 08:30",
        Some("01-06 11:00"),
    ),
    // An hour that clocks show twice is one window.
    ("in autumn", "America/New_York", "FREQ=HOURLY", 60, "01-06 13:30", Some("2026-11-01T06:00")),
    ("in autumn, long enough", "America/New_York", "FREQ=HOURLY", 120, "01-06 13:30", None),
    (
        "in autumn, by the second",
        "America/New_York",
        "FREQ=SECONDLY",
        1,
        "01-06 13:30",
        Some("2026-11-01T06:00:59"),
    ),
    ("by the second, long enough", "America/New_York", "FREQ=SECONDLY", 61, "01-06 13:30", None),
    // A day that clocks do not show: its times lie among those of the day after.
    (
        "without a day",
        "Pacific/Apia",
        "FREQ=HOURLY;UNTIL=20120102T000000",
        60,
        "2011-12-29T12:00",
        Some("2012-01-01T11:00"),
    ),
    (
        "the end of time",
        "UTC",
        "FREQ=HOURLY;UNTIL=22611231T220000",
        60,
        "01-06 13:30",
        Some("2261-12-31T23:00"),
    ),
    ("the end of time elsewhere", "Asia/Tokyo", "FREQ=HOURLY", 60, "01-06 13:30", None),
];

#[test]
fn chained_deny_windows_end_together() {
    for &(name, zone, rrule, minutes, now, end) in CHAINS {
        let mut window = window(rrule, zone, minutes, false).chained();
        let expected = Windowed::Denied { end: end.map_or(SimTime::NEVER, at) };
        assert_eq!(window.judge(at(now)), expected, "{name}");
        window.turn_to(at(now));
        assert_eq!(window.judge(at(now)), expected, "{name}, turned to it");
        window.turn_to(at(now).plus(-2 * HOUR));
        assert_eq!(window.judge(at(now)), expected, "{name}, turned to before");
        window.turn_to(at(now).plus(30 * MINUTE));
        assert_eq!(window.judge(at(now)), expected, "{name}, turned to after");
    }
}

#[test]
fn a_chain_ends_where_its_windows_do_one_by_one() {
    for (zone, rrule, minutes) in [
        ("America/New_York", "FREQ=HOURLY", 60),
        ("America/New_York", "FREQ=MINUTELY;BYHOUR=0,1,2,3,23", 45),
        ("Australia/Lord_Howe", "FREQ=MINUTELY;INTERVAL=90", 90),
        ("Europe/Berlin", "FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=0,1,2,3,12", 720),
        ("Pacific/Apia", "FREQ=DAILY;BYHOUR=3,20", 1000),
    ] {
        let chained = window(rrule, zone, minutes, false).chained();
        let alone = window(rrule, zone, minutes, false);
        for start in ["2011-12-28T00:00", "2026-03-27T00:00", "2026-10-30T00:00"] {
            for hour in 0..72 {
                let now = at(start).plus(hour * HOUR);
                let mut end = now;
                for _ in 0..500 {
                    let Windowed::Denied { end: later } = alone.judge(end) else { break };
                    end = later;
                }
                let far = alone.judge(end).reason().is_some();
                match chained.judge(now) {
                    Windowed::Denied { end: said } if far => assert!(said > end, "{rrule} {now}"),
                    Windowed::Denied { end: said } => assert_eq!(said, end, "{rrule} {now}"),
                    said => assert_eq!(said, alone.judge(now), "{rrule} {now}"),
                }
            }
        }
    }
}

#[test]
fn chained_windows_never_let_where_none_comes() {
    for (name, rrule, minutes, allow, start) in [
        ("allow, exhausted", "FREQ=DAILY;UNTIL=20250101", 60, true, SimTime::NEVER),
        ("allow", NINE, 60, true, at("01-06 09:00")),
        ("deny, for ever", "FREQ=HOURLY", 60, false, SimTime::NEVER),
        ("deny", "FREQ=DAILY;BYHOUR=6,7,8", 60, false, at("01-06 09:00")),
    ] {
        let window = window(rrule, "UTC", minutes, allow).chained();
        assert_eq!(window.adjust(at("01-06 07:00")), start, "{name}");
    }
}

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

#[test]
fn what_cannot_be_unrolled_says_why() {
    for (rrule, timezone, expected) in [
        (TEN, "Mars/Olympus", "`Mars/Olympus` is no IANA time zone, such as `America/New_York`"),
        (TEN, "Etc/Unknown", "`Etc/Unknown` is no IANA time zone, such as `America/New_York`"),
        ("", "UTC", "`` is no part of a recurrence rule, such as `BYHOUR=9`"),
        ("every day", "UTC", "`every day` is no part of a recurrence rule, such as `BYHOUR=9`"),
        ("FREQ=DAILY;", "UTC", "nothing stands before or after a `;` of the rule"),
        (
            "0 9 * * *",
            "UTC",
            "`0 9 * * *` is a cron expression: write it as in RFC 5545, such as `FREQ=DAILY;BYHOUR=9`",
        ),
        ("FREQ=DAILY;FOO=1", "UTC", "`FOO=1` is no part of a recurrence rule, such as `BYHOUR=9`"),
        ("BYHOUR=9", "UTC", "FREQ is missing"),
        (
            "FREQ=SOMETIMES",
            "UTC",
            "`SOMETIMES` is no value of FREQ, which takes YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY or SECONDLY",
        ),
        ("FREQ=DAILY;FREQ=WEEKLY", "UTC", "FREQ is given twice"),
        (
            "FREQ=DAILY;INTERVAL=0",
            "UTC",
            "`0` is no value of INTERVAL, which takes numbers from 1 to 4294967295",
        ),
        (
            "FREQ=DAILY;INTERVAL=99999999999999999999",
            "UTC",
            "`99999999999999999999` is no value of INTERVAL, which takes numbers from 1 to 4294967295",
        ),
        (
            "FREQ=DAILY;BYHOUR=24",
            "UTC",
            "`24` is no value of BYHOUR, which takes numbers from 0 to 23",
        ),
        (
            "FREQ=DAILY;BYSECOND=61",
            "UTC",
            "`61` is no value of BYSECOND, which takes numbers from 0 to 60",
        ),
        ("FREQ=DAILY;BYHOUR=", "UTC", "`` is no value of BYHOUR, which takes numbers from 0 to 23"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "UTC",
            "`0` is no value of BYMONTHDAY, which takes numbers from 1 to 31, and from -31 to -1",
        ),
        (
            "FREQ=MONTHLY;BYDAY=0MO",
            "UTC",
            "`0` is no value of BYDAY, which takes numbers from 1 to 53, and from -53 to -1",
        ),
        (
            "FREQ=MONTHLY;BYDAY=é",
            "UTC",
            "`é` is no value of BYDAY, which takes MO, TU, WE, TH, FR, SA and SU",
        ),
        ("FREQ=DAILY;BYDAY=1MO", "UTC", "a numbered day in BYDAY needs FREQ=MONTHLY or YEARLY"),
        (
            "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO",
            "UTC",
            "a numbered day in BYDAY does not go with BYWEEKNO",
        ),
        ("FREQ=MONTHLY;BYWEEKNO=1", "UTC", "BYWEEKNO needs FREQ=YEARLY"),
        (
            "FREQ=DAILY;BYYEARDAY=1",
            "UTC",
            "BYYEARDAY does not go with FREQ=DAILY, WEEKLY or MONTHLY",
        ),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "UTC", "BYMONTHDAY does not go with FREQ=WEEKLY"),
        ("FREQ=DAILY;BYSETPOS=1", "UTC", "BYSETPOS needs another BY part"),
        ("FREQ=DAILY;COUNT=3", "UTC", "COUNT needs a DTSTART to count from"),
        (
            "DTSTART:20260101\nFREQ=DAILY;COUNT=3;UNTIL=20260105",
            "UTC",
            "COUNT and UNTIL exclude each other",
        ),
        (
            "DTSTART:20260101\nFREQ=DAILY;COUNT=0",
            "UTC",
            "`0` is no value of COUNT, which takes numbers from 1 to 4294967295",
        ),
        (
            "FREQ=DAILY;UNTIL=tomorrow",
            "UTC",
            "`tomorrow` is no value of UNTIL, which takes a time such as `20260131T093000`, with a `Z` for UTC",
        ),
        (
            "FREQ=DAILY;UNTIL=20260230",
            "UTC",
            "`20260230` is no value of UNTIL, which takes a time such as `20260131T093000`, with a `Z` for UTC",
        ),
        (
            "DTSTART:2026-01-01\nFREQ=DAILY",
            "UTC",
            "`2026-01-01` is no value of DTSTART, which takes a time such as `20260131T093000`, with a `Z` for UTC",
        ),
        (
            "DTSTART:20260101\u{e9}\nFREQ=DAILY",
            "UTC",
            "`20260101é` is no value of DTSTART, which takes a time such as `20260131T093000`, with a `Z` for UTC",
        ),
        (
            "DTSTART;TZID=Mars/Olympus:20260101T000000\nFREQ=DAILY",
            "UTC",
            "`Mars/Olympus` is no IANA time zone, such as `America/New_York`",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20260101T000000Z\nFREQ=DAILY",
            "UTC",
            "`TZID=Europe/Berlin` is no parameter of DTSTART: TZID and VALUE are",
        ),
        (
            "DTSTARTING:20260101\nFREQ=DAILY",
            "UTC",
            "`DTSTARTING:20260101` is out of place: a recurrence is one rule, after a DTSTART line if it has one",
        ),
        ("DTSTART:15000101\nFREQ=DAILY", "UTC", "DTSTART lies outside the years 1678 to 2261"),
        (
            "RRULE:FREQ=DAILY\nEXDATE:20260101T000000",
            "UTC",
            "`EXDATE:20260101T000000` is out of place: single days are deny or allow windows of their own",
        ),
        (
            "RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY",
            "UTC",
            "`RRULE:FREQ=WEEKLY` is out of place: a recurrence is one rule, after a DTSTART line if it has one",
        ),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
            "UTC",
            "the rule never recurs between the years 1678 and 2261",
        ),
        (
            "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
            "UTC",
            "the rule never recurs between the years 1678 and 2261",
        ),
        (
            "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1",
            "UTC",
            "the rule never recurs between the years 1678 and 2261",
        ),
        (
            "FREQ=YEARLY;BYDAY=MO;BYSETPOS=366",
            "UTC",
            "the rule never recurs between the years 1678 and 2261",
        ),
        (
            "FREQ=DAILY;UNTIL=19691231",
            "UTC",
            "the rule never recurs between the years 1678 and 2261",
        ),
    ] {
        let error = Window::new(&rule(rrule, timezone, 1, true)).expect_err(rrule);
        assert_eq!(error.to_string(), expected, "{rrule}");
    }
}

#[test]
fn durations_beyond_the_end_of_time_are_endless() {
    let window = window(TEN, "UTC", i32::MAX, true);
    let end = SimTime::NEVER;
    assert_eq!(window.judge(at("01-06 09:00")), Windowed::Open { start: at("01-05 10:00"), end });
}

/// More instants than are remembered, each asked when others were asked in between.
#[test]
fn what_was_asked_before_changes_no_answer() {
    for allow in [true, false] {
        let asked = window(NINE, "Europe/Berlin", 90, allow);
        let days = (1..=12).chain((1..=12).rev());
        for (day, time) in days.flat_map(|day| ["06:30", "08:30", "11:00"].map(|time| (day, time)))
        {
            let instant = at(&format!("03-{:02} {time}", day + 19));
            let fresh = window(NINE, "Europe/Berlin", 90, allow);
            assert_eq!(asked.judge(instant), fresh.judge(instant), "{instant}, allow {allow}");
            assert_eq!(asked.adjust(instant), fresh.adjust(instant), "{instant}, allow {allow}");
        }
    }
}
