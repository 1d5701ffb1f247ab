//! Recurrences: when a rule of RFC 5545 recurs on a wall clock, whatever the time zone.
//!
//! Vocabulary: a *local second* is a time on a wall clock, as seconds since 1970-01-01T00:00:00 on
//! that clock, a *day* counts days since then; a *period* is the year, month, week or day that the
//! rule's frequency names, a day for the finer ones. A period that lies a whole number of intervals
//! after the first is *in turn*.
//!
//! A day is tested by itself, it is not reached by counting from the first: a rule without COUNT
//! costs the same in 1970 and in 2200. Below a day, the seconds at which a rule recurs repeat after
//! a number of days, so they are listed once.

use std::ops::{Range, RangeInclusive};

use shakedown_engine::base::time::{SECONDS_PER_DAY, date_of, days_of};

/// How often a rule recurs; finer ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    Yearly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
    Minutely,
    Secondly,
}

/// A second that a rule may name and that no minute here has: there are no leap seconds in SEMANTICS.
pub(super) const LEAP_SECOND: i64 = 60;

/// What a rule says; empty lists for what it does not mention. Numbers are in the ranges of RFC 5545.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) frequency: Frequency,
    /// At least 1.
    pub(super) interval: i64,
    /// At least 1.
    pub(super) count: Option<u64>,
    /// The day on which weeks begin, Monday is 0.
    pub(super) week_start: i64,
    pub(super) months: Vec<i64>,
    pub(super) weeks: Vec<i64>,
    pub(super) year_days: Vec<i64>,
    pub(super) month_days: Vec<i64>,
    /// Which one, 0 for every one, and the day of the week, Monday is 0.
    pub(super) weekdays: Vec<(i64, i64)>,
    pub(super) hours: Vec<i64>,
    pub(super) minutes: Vec<i64>,
    pub(super) seconds: Vec<i64>,
    pub(super) positions: Vec<i64>,
}

/// When a rule recurs.
#[derive(Debug, Clone)]
pub(super) struct Recurrence {
    parts: Parts,
    /// The local second that everything counts from; nothing recurs before it.
    anchor: i64,
    /// The local second after which nothing recurs.
    last: i64,
    times: Times,
}

/// The seconds of the day at which a rule recurs. They are the same again after `cycle` days.
#[derive(Debug, Clone)]
struct Times {
    cycle: i64,
    /// The day within the cycle of each second, ascending.
    days: Vec<i64>,
    /// Ascending for each day.
    seconds: Vec<u32>,
    /// The longest time on one day from one to the next.
    widest: u32,
}

/// In which order days are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Forward,
    Backward,
}

impl Recurrence {
    /// The recurrence of a rule from `anchor` to `last`, both inclusive. What the rule does not state
    /// comes from the anchor (SEMANTICS 8.8).
    pub(super) fn new(mut parts: Parts, anchor: i64, last: i64) -> Self {
        let (first, time) = (day_of(anchor), anchor.rem_euclid(SECONDS_PER_DAY));
        state_day(&mut parts, first);
        state(&mut parts.hours, parts.frequency <= Frequency::Daily, time / 3600, 24);
        state(&mut parts.minutes, parts.frequency <= Frequency::Hourly, time / 60 % 60, 60);
        state(&mut parts.seconds, parts.frequency <= Frequency::Minutely, time % 60, 60);
        let times = Times::of(&parts, time);
        let mut recurrence = Self { parts, anchor, last, times };
        if let Some(mut left) = recurrence.parts.count {
            let mut counted = last;
            recurrence.each_day(first..=day_of(last), Way::Forward, &mut |day, seconds| {
                let found = usize::try_from(left - 1).ok().and_then(|at| seconds.get(at));
                left -= found.map_or(seconds.len() as u64, |_| 0);
                counted = found.map_or(last, |&it| day * SECONDS_PER_DAY + i64::from(it));
                found.is_none()
            });
            recurrence.last = counted;
        }
        recurrence
    }

    /// Whether no two neighbours on one day lie further apart than `seconds`, so that the first and the
    /// last one of a day tell.
    pub(super) fn is_dense(&self, seconds: i64) -> bool {
        self.parts.positions.is_empty() && i64::from(self.times.widest) <= seconds
    }

    /// Calls `visit` with the days of a range on which the rule recurs, and at which seconds of each,
    /// ascending, until it returns false.
    pub(super) fn each_day(
        &self,
        range: RangeInclusive<i64>,
        way: Way,
        visit: &mut dyn FnMut(i64, &[u32]) -> bool,
    ) {
        let (first, last) = (day_of(self.anchor), day_of(self.last));
        let range = *range.start().max(&first)..=*range.end().min(&last);
        let mut at = if way == Way::Forward { *range.start() } else { *range.end() };
        while range.contains(&at) {
            let period = self.period(at);
            if self.is_in_turn(at) && !self.each_day_of(&period, &range, way, visit) {
                return;
            }
            at = if way == Way::Forward { period.end } else { period.start - 1 };
        }
    }

    /// The same for the days of a period; whether to go on.
    fn each_day_of(
        &self,
        period: &Range<i64>,
        range: &RangeInclusive<i64>,
        way: Way,
        visit: &mut dyn FnMut(i64, &[u32]) -> bool,
    ) -> bool {
        let mut days: Vec<i64> = period.clone().filter(|&day| self.includes(day)).collect();
        let picks = self.parts.frequency <= Frequency::Daily && !self.parts.positions.is_empty();
        // Every day of the period has the same seconds then.
        let of_day = self.times.seconds.len();
        let picked: Vec<usize> =
            if picks { places(&self.parts.positions, days.len() * of_day) } else { Vec::new() };
        let number = days.len();
        if way == Way::Backward {
            days.reverse();
        }
        let mut buffer = Vec::new();
        for (at, day) in days.into_iter().enumerate() {
            if !range.contains(&day) {
                continue;
            }
            let mut seconds = self.times.on(day - day_of(self.anchor));
            if picks {
                let place = if way == Way::Forward { at } else { number - 1 - at };
                let here = picked.iter().filter(|&&it| it / of_day == place);
                buffer.clear();
                buffer.extend(here.map(|it| self.times.seconds[it % of_day]));
                seconds = &buffer;
            }
            let is_early = |&second: &u32| day * SECONDS_PER_DAY + i64::from(second) < self.anchor;
            seconds = &seconds[seconds.partition_point(is_early)..];
            let is_in_time = |&second: &u32| day * SECONDS_PER_DAY + i64::from(second) <= self.last;
            seconds = &seconds[..seconds.partition_point(is_in_time)];
            if !seconds.is_empty() && !visit(day, seconds) {
                return false;
            }
        }
        true
    }

    /// The days of the period that a day belongs to.
    fn period(&self, day: i64) -> Range<i64> {
        let (year, month, _) = date_of(day);
        match self.parts.frequency {
            Frequency::Yearly => days_of(year, 1, 1)..days_of(year + 1, 1, 1),
            Frequency::Monthly => days_of(year, month, 1)..end_of_month(year, month),
            Frequency::Weekly => {
                let start = self.start_of_week(day);
                start..start + 7
            }
            _ => day..day + 1,
        }
    }

    /// Whether the period that a day belongs to is in turn. Below a day, the seconds tell.
    fn is_in_turn(&self, day: i64) -> bool {
        let number = |day: i64| {
            let (year, month, _) = date_of(day);
            match self.parts.frequency {
                Frequency::Yearly => year,
                Frequency::Monthly => year * 12 + month,
                Frequency::Weekly => self.start_of_week(day).div_euclid(7),
                _ => day,
            }
        };
        let is_fine = self.parts.frequency > Frequency::Daily;
        is_fine || (number(day) - number(day_of(self.anchor))) % self.parts.interval == 0
    }

    /// Whether a day passes every part that speaks of days.
    fn includes(&self, day: i64) -> bool {
        let Parts { months, weeks, year_days, month_days, weekdays, .. } = &self.parts;
        let (year, month, of_month) = date_of(day);
        let month_start = day - of_month + 1;
        let month_length = end_of_month(year, month) - month_start;
        let year_start = days_of(year, 1, 1);
        let year_length = days_of(year + 1, 1, 1) - year_start;
        // "The second Monday" is of the month if the rule speaks of months.
        let of_months = self.parts.frequency == Frequency::Monthly || !months.is_empty();
        let of_year = day - year_start + 1;
        let (place, length) =
            if of_months { (of_month, month_length) } else { (of_year, year_length) };
        (months.is_empty() || months.contains(&month))
            && is_listed(month_days, of_month, month_length)
            && is_listed(year_days, of_year, year_length)
            && (weeks.is_empty() || {
                let (week, count) = self.week(day);
                is_listed(weeks, week, count)
            })
            && (weekdays.is_empty()
                || weekdays.iter().any(|&(which, weekday)| {
                    weekday == weekday_of(day)
                        && (which == 0
                            || which == (place - 1) / 7 + 1
                            || which == -((length - place) / 7 + 1))
                }))
    }

    fn start_of_week(&self, day: i64) -> i64 {
        day - (weekday_of(day) - self.parts.week_start).rem_euclid(7)
    }

    /// The number of a day's week, and how many weeks its year has. The first week of a year is the
    /// first one with at least four days in it, so the fourth day of a week says which year's it is.
    fn week(&self, day: i64) -> (i64, i64) {
        let middle = self.start_of_week(day) + 3;
        let (year, ..) = date_of(middle);
        let number = |middle: i64| (middle - days_of(year, 1, 1)) / 7 + 1;
        let last = self.start_of_week(days_of(year, 12, 28)) + 3;
        (number(middle), number(last))
    }
}

impl Times {
    /// `time` is the anchor's second of the day; the parts state hours, minutes and seconds.
    fn of(parts: &Parts, time: i64) -> Self {
        let mut all: Vec<i64> = Vec::new();
        for hour in &parts.hours {
            for minute in &parts.minutes {
                let seconds = parts.seconds.iter().filter(|&&second| second < LEAP_SECOND);
                all.extend(seconds.map(|second| hour * 3600 + minute * 60 + second));
            }
        }
        let unit = match parts.frequency {
            Frequency::Hourly => 3600,
            Frequency::Minutely => 60,
            Frequency::Secondly => 1,
            _ => return Self::cycle(1, all.into_iter().map(|second| (0, second)).collect()),
        };
        let units = SECONDS_PER_DAY / unit;
        let shared = greatest_common_divisor(parts.interval, units);
        let cycle = parts.interval / shared;
        let mut times = Vec::new();
        for turn in 0..units / shared {
            let at = time / unit + turn * parts.interval;
            let (day, start) = (at / units % cycle, at % units * unit);
            let from = all.partition_point(|&second| second < start);
            let to = all.partition_point(|&second| second < start + unit);
            let here = &all[from..to];
            if parts.positions.is_empty() {
                times.extend(here.iter().map(|&second| (day, second)));
            } else {
                let picked = places(&parts.positions, here.len());
                times.extend(picked.into_iter().map(|place| (day, here[place])));
            }
        }
        Self::cycle(cycle, times)
    }

    fn cycle(cycle: i64, mut times: Vec<(i64, i64)>) -> Self {
        times.sort_unstable();
        let days = times.iter().map(|&(day, _)| day).collect();
        let second = |&(_, second): &(i64, i64)| u32::try_from(second).expect("a day is short");
        let seconds: Vec<u32> = times.iter().map(second).collect();
        let pairs = times.windows(2).zip(seconds.windows(2));
        let steps = pairs.filter(|(of, _)| of[0].0 == of[1].0).map(|(_, it)| it[1] - it[0]);
        let widest = steps.max().unwrap_or(0);
        Self { cycle, days, seconds, widest }
    }

    /// The seconds of the day that lies `days` after the anchor's.
    fn on(&self, days: i64) -> &[u32] {
        let day = days.rem_euclid(self.cycle);
        let from = self.days.partition_point(|&it| it < day);
        let to = self.days.partition_point(|&it| it <= day);
        &self.seconds[from..to]
    }
}

/// States the day of a rule that names none: the anchor's.
fn state_day(parts: &mut Parts, anchor: i64) {
    if !(parts.weekdays.is_empty() && parts.month_days.is_empty() && parts.year_days.is_empty()) {
        return;
    }
    let (_, month, of_month) = date_of(anchor);
    match parts.frequency {
        Frequency::Yearly if !parts.weeks.is_empty() => {
            parts.weekdays.push((0, weekday_of(anchor)));
        }
        Frequency::Yearly => {
            if parts.months.is_empty() {
                parts.months.push(month);
            }
            parts.month_days.push(of_month);
        }
        Frequency::Monthly => parts.month_days.push(of_month),
        Frequency::Weekly => parts.weekdays.push((0, weekday_of(anchor))),
        _ => {}
    }
}

/// States hours, minutes or seconds that a rule does not mention: the anchor's if the frequency is
/// coarser, else all.
fn state(list: &mut Vec<i64>, is_coarse: bool, of_anchor: i64, all: i64) {
    if list.is_empty() && is_coarse {
        list.push(of_anchor);
    } else if list.is_empty() {
        list.extend(0..all);
    }
}

/// The day of a local second.
pub(super) fn day_of(local: i64) -> i64 {
    local.div_euclid(SECONDS_PER_DAY)
}

/// Monday is 0; 1970-01-01 was a Thursday.
fn weekday_of(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

fn end_of_month(year: i64, month: i64) -> i64 {
    if month == 12 { days_of(year + 1, 1, 1) } else { days_of(year, month + 1, 1) }
}

/// Whether a list is empty or names a place, counted from 1, or from -1 at the end.
fn is_listed(list: &[i64], place: i64, length: i64) -> bool {
    list.is_empty() || list.iter().any(|&it| it == place || it == place - length - 1)
}

/// The places, from 0 and ascending, that positions name among `length`.
fn places(positions: &[i64], length: usize) -> Vec<usize> {
    let length = i64::try_from(length).expect("a year has fewer seconds");
    let places = positions.iter().map(|&it| if it > 0 { it - 1 } else { length + it });
    let mut places: Vec<usize> =
        places.filter(|it| *it < length).filter_map(|it| usize::try_from(it).ok()).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
