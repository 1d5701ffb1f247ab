//! Chains of deny windows: when what is denied ends.

use super::*;

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
