//! Vectors of windows: what they say at an instant, and what the rooms below share.

mod chains;
mod errors;
mod occurrences;

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
