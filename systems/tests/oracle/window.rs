//! The deployment window rule (SEMANTICS 8.8), for rules as generated worlds have them.
//!
//! Vocabulary: a *wall time* is what a clock in the zone shows, as seconds since 1970-01-01T00:00:00 on it; a rule
//! *recurs* at the wall times that pass all its parts; an *occurrence* is the instant of such a wall time.
//!
//! Recurrences are `[DTSTART[;TZID=zone]:time]` and `FREQ=MONTHLY|WEEKLY|DAILY|HOURLY` with `INTERVAL`, `BYMONTHDAY`,
//! `BYDAY` (no numbers), `BYHOUR`, `BYMINUTE`, `COUNT`, `UNTIL`; others are refused as not modelled. Every minute of
//! every day is tried, block of days by block.
//!
//! In the dialect `today`, deny windows of a rule that touch or overlap are a *chain*, which ends where the last does. A
//! chain that goes on for 400 days goes on for ever: whatever a modelled rule without an end does, it does within a year.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::results::CheckResult;
use super::time::{self, MINUTE, SECOND};
use super::world::{Target, World, integer, text};

const DAY: i64 = 86_400;
const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// A recurrence that was read.
struct Recurrence {
    zone: TimeZone,
    /// Wall time.
    anchor: i64,
    /// Whether the anchor was stated.
    is_anchored: bool,
    parts: BTreeMap<String, String>,
    until: Option<Until>,
}

/// The last moment at which a rule recurs: one of the world, or one that the clock shows.
enum Until {
    Instant(i64),
    Wall(i64),
}

/// The result of a `deploymentWindow` member on a target.
pub(crate) fn window(world: &World, member: &Value, target: &Target) -> CheckResult {
    if world.current_release(target).is_none() {
        return CheckResult::allowed("window.first_deployment", json!({}));
    }
    let Look { inside, next } = look(member, world.now);
    let denied = inside.map(|(start, end)| end_of_denial(world, member, start, end));
    let said = next.map(time::format);
    match (is_allow(member), inside) {
        (true, Some((start, end))) => {
            let params = json!({ "start": time::format(start), "end": time::format(end) });
            let result = CheckResult::allowed("window.open", params).since(start);
            CheckResult { valid_until: Some(end), reworded: next.filter(|at| *at < end), ..result }
        }
        (true, None) => CheckResult::wait("window.closed", json!({ "next": said }), next),
        (false, Some(_)) => {
            let end = denied.flatten();
            let result =
                CheckResult::wait("window.denied", json!({ "end": end.map(time::format) }), end);
            // Of a chain the end is told, of windows that overlap that of the last.
            let reworded = next.filter(|at| !world.today && Some(*at) < end);
            CheckResult { reworded, ..result }
        }
        (false, None) => {
            let result = CheckResult::allowed("window.clear", json!({ "next": said }));
            CheckResult { valid_until: next, ..result }
        }
    }
}

/// When the window that begins at `start` and ends at `end` lets again; `None` for never.
fn end_of_denial(world: &World, member: &Value, start: i64, end: i64) -> Option<i64> {
    if !world.today {
        return Some(end);
    }
    let duration = end - start;
    let mut end = end;
    let mut block = block_of(start) - 1;
    while block_of(end) >= block - 1 {
        if end - start > 400 * DAY * SECOND {
            return None;
        }
        for begin in of_block(member, block) {
            if begin > end {
                return Some(end);
            }
            end = end.max(begin + duration);
        }
        block += 1;
    }
    Some(end)
}

/// The first instant not before `base` at which every window lets; `None` if there is none for 400 days.
pub(crate) fn all_let(world: &World, members: &[&Value], base: i64) -> Option<i64> {
    let key = (format!("{members:?}"), base);
    if let Some(known) = FIRSTS.with_borrow(|known| known.get(&key).copied()) {
        return known;
    }
    let mut at = Some(base);
    while let Some(now) = at.filter(|&at| at < base + 400 * DAY * SECOND) {
        // The first window that does not let, and when it does.
        let shut = members.iter().find_map(|member| {
            let Look { inside, next } = look(member, now);
            match (is_allow(member), inside) {
                (true, None) => Some(next),
                (false, Some((start, end))) => Some(end_of_denial(world, member, start, end)),
                _ => None,
            }
        });
        match shut {
            None => break,
            Some(opens) => at = opens,
        }
    }
    let found = at.filter(|&at| at < base + 400 * DAY * SECOND);
    FIRSTS.with_borrow_mut(|known| known.insert(key, found));
    found
}

/// When a rollout that could start at `base` starts because of a window.
pub(crate) fn adjust(member: &Value, base: i64) -> i64 {
    let Look { inside, next } = look(member, base);
    match (is_allow(member), inside) {
        (true, None) => next.unwrap_or(base),
        (false, Some((_, end))) => end,
        _ => base,
    }
}

/// Whether a member can be read (2.2).
pub(crate) fn check(member: &Value) -> Result<(), String> {
    read(member).map(|_| ())
}

fn is_allow(member: &Value) -> bool {
    member.get("allowWindow").and_then(Value::as_bool).unwrap_or(true)
}

/// What there is around an instant.
struct Look {
    inside: Option<(i64, i64)>,
    next: Option<i64>,
}

fn look(member: &Value, at: i64) -> Look {
    // Modelled rules recur at least once a month, or come to an end within one.
    let blocks = block_of(at) - 1..=block_of(at) + 1;
    let near: Vec<i64> = blocks.flat_map(|block| of_block(member, block)).collect();
    let latest = near.iter().rev().find(|&&it| it <= at);
    let duration = integer(member, "durationMinutes").unwrap_or(0) * MINUTE;
    let inside = latest.map(|&start| (start, start + duration)).filter(|&(_, end)| at < end);
    Look { inside, next: near.iter().copied().find(|&it| at < it) }
}

/// Days that are tried together.
const BLOCK: i64 = 40;

fn block_of(at: i64) -> i64 {
    at.div_euclid(BLOCK * DAY * SECOND)
}

fn of_block(member: &Value, block: i64) -> Vec<i64> {
    occurrences(member, block * BLOCK, block * BLOCK + BLOCK - 1)
}

thread_local! {
    /// Trying every minute takes its time.
    static KNOWN: RefCell<BTreeMap<(String, i64, i64), Vec<i64>>> = RefCell::default();
    /// And so does looking for an instant at which all windows let.
    static FIRSTS: RefCell<BTreeMap<(String, i64), Option<i64>>> = RefCell::default();
}

/// All occurrences whose wall time is within these days, ascending, in nanoseconds since the Unix epoch.
pub(crate) fn occurrences(member: &Value, from: i64, to: i64) -> Vec<i64> {
    let key = (member.to_string(), from, to);
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&key).cloned()) {
        return known;
    }
    let rule = read(member).expect("stored rules were checked");
    let count = rule.parts.get("COUNT").map(|count| count.parse().expect("checked"));
    // Counting begins at the beginning.
    let first = if count.is_some() { rule.anchor.div_euclid(DAY) } else { from };
    let minutes = (first * DAY..(to + 1) * DAY).step_by(60);
    let walls = minutes.map(|minute| minute + rule.anchor.rem_euclid(60));
    let walls = walls.filter(|&wall| rule.recurs(wall)).take(count.unwrap_or(usize::MAX));
    let mut found: Vec<i64> = walls
        .filter(|wall| wall.div_euclid(DAY) >= from)
        .map(|wall| instant(&rule.zone, wall))
        .filter(|&at| !matches!(rule.until, Some(Until::Instant(until)) if at > until))
        .map(|at| at * SECOND)
        .collect();
    found.sort_unstable();
    found.dedup();
    KNOWN.with_borrow_mut(|known| known.insert(key, found.clone()));
    found
}

/// The instant at which a clock shows a time: skipped ones move on by the gap, repeated ones mean the first.
fn instant(zone: &TimeZone, wall: i64) -> i64 {
    let offset =
        |at: i64| i64::from(zone.to_offset(Timestamp::new(at, 0).expect("near")).seconds());
    // Whatever the zone does around that time, one of its offsets of the days before and after applies.
    let (before, after) = (offset(wall - 2 * DAY), offset(wall + 2 * DAY));
    let shows = |at: i64| at + offset(at) == wall;
    let candidates = [wall - before, wall - after];
    let shown: Vec<i64> = candidates.into_iter().filter(|&at| shows(at)).collect();
    shown.into_iter().min().unwrap_or(wall - before)
}

impl Recurrence {
    fn recurs(&self, wall: i64) -> bool {
        let of = |wall: i64| time::parts(wall * SECOND);
        let (now, anchor) = (of(wall), of(self.anchor));
        let monday = |wall: i64| (wall.div_euclid(DAY) + 3).div_euclid(7);
        let interval: i64 = self.parts.get("INTERVAL").map_or(1, |it| it.parse().expect("checked"));
        let frequency = self.parts["FREQ"].as_str();
        let turns = match frequency {
            "MONTHLY" => (now.year - anchor.year) * 12 + now.month - anchor.month,
            "WEEKLY" => monday(wall) - monday(self.anchor),
            "DAILY" => wall.div_euclid(DAY) - self.anchor.div_euclid(DAY),
            _ => wall.div_euclid(3600) - self.anchor.div_euclid(3600),
        };
        let lists = |part: &str, value: &str| {
            self.parts.get(part).map(|list| list.split(',').any(|it| it == value))
        };
        // A part that is not stated comes from the anchor, if the frequency is coarser than it.
        let number = |part: &str, value: i64, of_anchor: i64, is_finer: bool| {
            lists(part, &value.to_string()).unwrap_or(!is_finer || value == of_anchor)
        };
        let weekday = |day: i64| WEEKDAYS[usize::try_from((day + 6) % 7).expect("in a week")];
        let has = |part: &str| self.parts.contains_key(part);
        wall >= self.anchor
            && !matches!(self.until, Some(Until::Wall(until)) if wall > until)
            && turns % interval == 0
            && number("BYMINUTE", now.minute, anchor.minute, true)
            && number("BYHOUR", now.hour, anchor.hour, frequency != "HOURLY")
            && number("BYMONTHDAY", now.day, anchor.day, frequency == "MONTHLY" && !has("BYDAY"))
            && lists("BYDAY", weekday(now.day_of_week))
                .unwrap_or(frequency != "WEEKLY" || now.day_of_week == anchor.day_of_week)
    }
}

fn read(member: &Value) -> Result<Recurrence, String> {
    let zone = |name: &str| {
        TimeZone::get(name).map_err(|_| format!("invalid_value: {name:?} is no time zone"))
    };
    let named = Some(text(member, "timezone")).filter(|name| !name.is_empty()).unwrap_or("UTC");
    let mut rule = Recurrence {
        zone: zone(named)?,
        anchor: 0,
        is_anchored: false,
        parts: BTreeMap::new(),
        until: None,
    };
    let mut said = text(member, "rrule");
    if let Some((start, rest)) = said.split_once('\n') {
        said = rest;
        let (name, at) = start.split_once(':').ok_or("invalid_value: a line without a colon")?;
        let (wall, is_utc) = wall(at)?;
        (rule.anchor, rule.is_anchored) = (wall, true);
        match name.split_once(";TZID=") {
            _ if is_utc => rule.zone = TimeZone::UTC,
            Some((_, own)) => rule.zone = zone(own)?,
            None => {}
        }
    }
    for part in said.trim_start_matches("RRULE:").split(';') {
        let (name, value) = part.split_once('=').ok_or(format!("invalid_value: part {part:?}"))?;
        let is_known = match name {
            "FREQ" => ["MONTHLY", "WEEKLY", "DAILY", "HOURLY"].contains(&value),
            "INTERVAL" | "COUNT" => value.parse::<usize>().is_ok_and(|number| number > 0),
            "BYDAY" => value.split(',').all(|day| WEEKDAYS.contains(&day)),
            "BYMONTHDAY" | "BYHOUR" | "BYMINUTE" => {
                value.split(',').all(|it| it.parse::<i64>().is_ok_and(|it| (0..60).contains(&it)))
            }
            "UNTIL" => {
                let (at, is_utc) = wall(value)?;
                rule.until = Some(if is_utc { Until::Instant(at) } else { Until::Wall(at) });
                true
            }
            _ => false,
        };
        if !is_known {
            return Err(format!("invalid_value: part {part:?}, or one that is not modelled"));
        }
        rule.parts.insert(name.to_owned(), value.to_owned());
    }
    if !rule.parts.contains_key("FREQ") {
        return Err("invalid_value: no frequency".to_owned());
    }
    if rule.parts.contains_key("COUNT") && !rule.is_anchored {
        return Err("invalid_value: COUNT without DTSTART".to_owned());
    }
    Ok(rule)
}

/// `20260131T093000`, with a `Z` for UTC: the wall time, and whether it is one of UTC.
fn wall(text: &str) -> Result<(i64, bool), String> {
    let digits = text.trim_end_matches('Z');
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or("");
    let (date, clock) =
        ([part(0, 4), part(4, 6), part(6, 8)], [part(9, 11), part(11, 13), part(13, 15)]);
    let instant = time::parse(&format!("{}T{}Z", date.join("-"), clock.join(":")))
        .map_err(|_| format!("invalid_value: time {text:?}"))?;
    Ok((instant / SECOND, digits.len() < text.len()))
}
