//! Windows open when three others say: the oracle, which tries every minute, in zones whose clocks
//! change; python-dateutil, by vectors, for rules that end around such a change; and the crate `rrule`,
//! which counts from the start, for all parts of RFC 5545 in UTC.
//!
//! The crate is a witness and not the implementation because it loses occurrences: 0.14.0 finds none
//! at all for `FREQ=MINUTELY;BYMONTH=2;BYHOUR=3`. Below a day, rules for it do not limit days.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rrule::RRuleSet;
use serde_json::{Value, json};
use shakedown_engine::base::time::{SECONDS_PER_DAY, SimTime, days_of};
use shakedown_engine::model::DeploymentWindow;
use shakedown_systems::kernels::rules::Window;

use crate::generate::{self, Random};
use crate::oracle;

const DAY: i64 = SECONDS_PER_DAY * 1_000_000_000;

fn compile(rrule: &str, timezone: &str) -> Result<Window, String> {
    let (rrule, timezone) = (rrule.to_owned(), timezone.to_owned());
    let rule = DeploymentWindow { rrule, duration_minutes: 1, timezone, allow_window: true };
    Window::new(&rule).map_err(|error| error.to_string())
}

/// The first occurrences from an instant on, forwards, after the same were found backwards.
fn occurrences(window: &Window, from: i64, until: i64) -> Vec<i64> {
    let next = |&at: &SimTime| window.next(at);
    let forwards: Vec<SimTime> = std::iter::successors(window.next(SimTime(from - 1)), next)
        .take_while(|it| it.0 < until)
        .collect();
    let latest = |&at: &SimTime| window.latest(SimTime(at.0 - 1));
    let backwards = std::iter::successors(window.latest(SimTime(until - 1)), latest);
    let mut backwards: Vec<SimTime> = backwards.take_while(|it| it.0 >= from).collect();
    backwards.reverse();
    assert_eq!(forwards, backwards, "backwards is forwards reversed");
    forwards.into_iter().map(|it| it.0).collect()
}

/// Days around which clocks change in Europe, America and Australia, and two on which none does.
const DAYS: [(i64, i64, i64); 8] = [
    (2026, 1, 20),
    (2026, 3, 8),
    (2026, 3, 29),
    (2026, 4, 5),
    (2026, 7, 1),
    (2026, 10, 4),
    (2026, 10, 25),
    (2026, 11, 1),
];

#[test]
fn in_zones_whose_clocks_change() {
    let mut found = 0;
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let member = generate::window(&mut random);
        let text = |name: &str| member[name].as_str().map_or("", |it| it);
        let window = compile(text("rrule"), text("timezone")).expect("generated rules are good");
        let (year, month, day) = random.pick(&DAYS);
        let day = days_of(year, month, day);
        // A day of the zone may reach into the days before and after.
        let theirs = oracle::window::occurrences(&member, day - 4, day + 4);
        let (from, until) = ((day - 2) * DAY, (day + 2) * DAY);
        let theirs: Vec<i64> = theirs.into_iter().filter(|it| (from..until).contains(it)).collect();
        found += theirs.len();
        assert_eq!(occurrences(&window, from, until), theirs, "{member} around day {day}");
    }
    assert!(found > 800, "the rules recur: {found}");
}

/// `dateutil/vectors.py` says how they were made. It takes UNTIL for an instant, as the engine does and
/// the oracle once did not.
#[test]
fn up_to_an_until_around_which_clocks_change() {
    let mut ended_early = 0;
    for line in include_str!("dateutil/vectors.ndjson").lines() {
        let vector: Value = serde_json::from_str(line).expect("a vector");
        let text = |name: &str| vector[name].as_str().expect("a text");
        let window = compile(text("rrule"), text("timezone")).expect("a rule");
        let theirs: Vec<i64> =
            serde_json::from_value(vector["occurrences"].clone()).expect("seconds");
        let (first, last) = (theirs[0] - SECONDS_PER_DAY, theirs[0] + 4 * SECONDS_PER_DAY);
        let ours = occurrences(&window, first * 1_000_000_000, last * 1_000_000_000);
        let ours: Vec<i64> = ours.into_iter().map(|it| it / 1_000_000_000).collect();
        assert_eq!(ours, theirs, "{line}");
        let member = json!({ "rrule": text("rrule"), "timezone": text("timezone") });
        let day = theirs[0] / SECONDS_PER_DAY;
        let oracle = oracle::window::occurrences(&member, day - 2, day + 4);
        let oracle: Vec<i64> = oracle.into_iter().map(|it| it / 1_000_000_000).collect();
        assert_eq!(oracle, theirs, "the oracle: {line}");
        ended_early += usize::from(theirs.len() == 1);
    }
    assert!(ended_early > 10, "some rules end at once: {ended_early}");
}

/// A part of a rule, or nothing.
fn part(name: &'static str, values: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let stated = prop::collection::vec(values, 1..4)
        .prop_map(move |list| format!(";{name}={}", list.join(",")));
    prop_oneof![Just(String::new()), stated].boxed()
}

fn numbers(range: std::ops::Range<i32>) -> BoxedStrategy<String> {
    range.prop_map(|it| it.to_string()).boxed()
}

fn places(most: i32) -> BoxedStrategy<String> {
    (1..=most, any::<bool>())
        .prop_map(|(place, back)| if back { -place } else { place }.to_string())
        .boxed()
}

/// Days of the week, all numbered or none: the crate takes `MO,-1MO` for the last Monday only.
fn weekdays(may_be_numbered: bool) -> BoxedStrategy<String> {
    let day = prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
    let plain = part("BYDAY", day.clone().prop_map(str::to_owned).boxed());
    if !may_be_numbered {
        return plain;
    }
    let numbered = (places(4), day).prop_map(|(which, day)| format!("{which}{day}"));
    prop_oneof![plain, part("BYDAY", numbered.boxed())].boxed()
}

/// `FREQ=..;..`
fn rules() -> BoxedStrategy<String> {
    let names = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"].to_vec();
    let rule = |frequency: &'static str| {
        let is = move |names: &[&str]| names.contains(&frequency);
        let only = |when: bool, part: BoxedStrategy<String>| {
            if when { part } else { Just(String::new()).boxed() }
        };
        let is_fine = is(&["HOURLY", "MINUTELY", "SECONDLY"]);
        let days = (
            only(!is_fine, part("BYMONTH", numbers(1..13))),
            only(is(&["YEARLY", "MONTHLY", "DAILY"]), part("BYMONTHDAY", places(31))),
            only(is(&["YEARLY"]), part("BYYEARDAY", places(366))),
            only(!is_fine, weekdays(is(&["YEARLY", "MONTHLY"]))),
        );
        let times = (
            part("BYHOUR", numbers(0..24)),
            part("BYMINUTE", numbers(0..60)),
            only(!is(&["SECONDLY"]), part("BYSECOND", numbers(0..60))),
        );
        // In the week of the start, the crate counts positions from the start.
        let position = only(!is_fine && !is(&["WEEKLY"]), part("BYSETPOS", places(4)));
        let week_start = prop_oneof![Just(""), Just(";WKST=SU"), Just(";WKST=WE")];
        (1..6, days, times, position, week_start).prop_map(
            move |(interval, (a, b, c, d), (e, f, g), position, week_start)| {
                let days_and_times = [a, b, c, d, e, f, g].concat();
                let position = if days_and_times.is_empty() { String::new() } else { position };
                format!(
                    "FREQ={frequency};INTERVAL={interval}{days_and_times}{position}{week_start}"
                )
            },
        )
    };
    prop::sample::select(names).prop_flat_map(rule).boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn for_all_parts_of_the_standard(
        rule in rules(),
        (day, second) in (1u32..29, 0u32..86_400),
        count in prop_oneof![Just(None), (1u32..40).prop_map(Some)],
    ) {
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let start = format!("DTSTART:202601{day:02}T{hour:02}{minute:02}{second:02}Z");
        let count = count.map_or(String::new(), |count| format!(";COUNT={count}"));
        let text = format!("{start}\nRRULE:{rule}{count}");
        let set: RRuleSet = text.parse().expect(&text);
        let theirs: Vec<i64> = (&set.limit())
            .into_iter()
            .map(|it| it.timestamp())
            .take_while(|&it| it < days_of(2262, 1, 1) * SECONDS_PER_DAY)
            .take(30)
            .collect();
        match compile(&text, "America/New_York") {
            Ok(window) => {
                let next = |&at: &SimTime| window.next(at);
                let ours = std::iter::successors(window.next(SimTime::UNSET), next);
                let ours: Vec<i64> = ours.take(30).map(|it| it.0 / 1_000_000_000).collect();
                prop_assert_eq!(ours, theirs, "{}", text);
            }
            Err(error) => {
                prop_assert_eq!(error, "the rule never recurs between the years 1678 and 2261");
                prop_assert!(theirs.is_empty(), "{}", text);
            }
        }
    }
}

/// Weeks are those of ISO 8601, as the crate `jiff` numbers them.
#[test]
fn weeks_are_numbered_as_in_the_standard() {
    let (first, last) = (date(2020, 1, 1), date(2090, 12, 31));
    for week in [1, 2, 20, 52, 53, -1, -2, -53] {
        let rule = format!("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYWEEKNO={week}");
        let window = compile(&rule, "UTC").expect(&rule);
        let second = |day: Date| day.to_zoned(TimeZone::UTC).expect("near").timestamp().as_second();
        let theirs = first.series(1.day()).take_while(|&day| day <= last).filter(|day| {
            let weeks = day.iso_week_date().weeks_in_year();
            day.iso_week_date().week() == if week > 0 { week } else { weeks + 1 + week }
        });
        let theirs: Vec<i64> = theirs.map(|day| second(day) * 1_000_000_000).collect();
        let (from, until) = (second(first), second(last) + SECONDS_PER_DAY);
        let ours = occurrences(&window, from * 1_000_000_000, until * 1_000_000_000);
        assert_eq!(ours, theirs, "{rule}");
    }
}
