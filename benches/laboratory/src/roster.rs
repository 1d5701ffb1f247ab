//! Rosters: which targets a fleet has, cohort by cohort, and in which order their rows lie.

use std::ops::Range;
use std::sync::Arc;

use shakedown_engine::base::ids::{CohortIx, ResourceIx};
use shakedown_engine::base::row_set::RowSet;
use shakedown_engine::fleet::matrix::{Cohort, Cohorts, MemberSet, TargetRow};

/// The order in which rows lie in their cohort, and cohorts share a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// By resource, as after a rebuild.
    ByKey,
    /// At random.
    Shuffled,
    /// By resource, but every fifth target left and came back, and lies at the end.
    Churned,
}

impl Order {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::ByKey, Self::Shuffled, Self::Churned];

    /// The name in options and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ByKey => "by-key",
            Self::Shuffled => "shuffled",
            Self::Churned => "churned",
        }
    }
}

/// The targets of a fleet, one seat per cohort, the seats of a deployment side by side.
#[derive(Debug, Clone)]
pub struct Roster {
    /// The cohort in each seat.
    pub cohorts: Vec<(CohortIx, Cohort)>,
    /// Where the rows of each seat begin if all lie one after the other, and the number of rows.
    pub starts: Vec<usize>,
    /// The order of rows.
    pub order: Order,
}

impl Roster {
    /// Seats the cohorts that have targets, in the order in which the engine decides them.
    ///
    /// With `by_resource` a cohort has a row for each of so many resources, live or not.
    #[must_use]
    pub fn new(cohorts: &Cohorts, order: Order, by_resource: Option<usize>) -> Self {
        let mut seats: Vec<(CohortIx, Cohort)> = cohorts
            .iter()
            .filter(|(_, cohort)| cohort.targets > 0)
            .map(|(ix, cohort)| (ix, cohort.clone()))
            .collect();
        seats.sort_unstable_by_key(|(_, cohort)| (cohort.shard, cohort.start));
        for (ix, cohort) in &mut seats {
            let members: Vec<_> = cohorts.live_members(*ix).map(|it| it.resource).collect();
            match by_resource {
                Some(resources) => seat_by_resource(cohort, members, resources),
                None => seat_members(cohort, members, order),
            }
        }
        let mut rows = 0;
        let mut starts = Vec::with_capacity(seats.len() + 1);
        for (_, cohort) in &seats {
            starts.push(rows);
            rows += cohort.used() as usize;
        }
        starts.push(rows);
        Self { cohorts: seats, starts, order }
    }

    /// Number of rows, live or not.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.starts[self.cohorts.len()]
    }

    /// Number of rows of some seats.
    #[must_use]
    pub fn rows_in(&self, seats: &Range<usize>) -> usize {
        self.starts[seats.end] - self.starts[seats.start]
    }

    /// The rows of a seat, never reconciled, in position order.
    pub fn rows_of(&self, seat: usize) -> impl Iterator<Item = TargetRow> + '_ {
        let (ix, cohort) = &self.cohorts[seat];
        resources_of(cohort).into_iter().map(|resource| TargetRow::new(resource, *ix))
    }

    /// The seats of each deployment.
    #[must_use]
    pub fn deployments(&self) -> Vec<Range<usize>> {
        let mut first = 0;
        let chunks = self.cohorts.chunk_by(|(_, a), (_, b)| a.deployment == b.deployment);
        chunks
            .map(|seats| {
                let range = first..first + seats.len();
                first = range.end;
                range
            })
            .collect()
    }

    /// Where the rows of each seat are if every deployment has a table: its number, and the rows there.
    #[must_use]
    pub fn by_deployment(&self) -> Vec<(usize, Range<usize>)> {
        let numbered = self.deployments().into_iter().enumerate();
        let placed = numbered.flat_map(|(number, seats)| {
            let offset = self.starts[seats.start];
            seats.map(move |seat| {
                (number, self.starts[seat] - offset..self.starts[seat + 1] - offset)
            })
        });
        placed.collect()
    }

    /// Every (seat, row) in the order in which a layout without an order of its own stores them: seat
    /// by seat, or at random where rows lie at random.
    ///
    /// # Panics
    /// When there are 2^32 rows or more.
    #[must_use]
    pub fn storage(&self) -> Vec<(u32, u32)> {
        let number = |at: usize| u32::try_from(at).expect("fewer than 2^32 rows");
        let in_seat = |seat: usize| {
            let rows = self.starts[seat + 1] - self.starts[seat];
            (0..number(rows)).map(move |row| (number(seat), row))
        };
        let mut all: Vec<_> = (0..self.cohorts.len()).flat_map(in_seat).collect();
        if self.order == Order::Shuffled {
            shuffle(&mut all, 1);
        }
        all
    }
}

/// The resources of a cohort's rows in use, in row order.
pub(crate) fn resources_of(cohort: &Cohort) -> Vec<ResourceIx> {
    let mut late = cohort.late.clone();
    late.sort_unstable_by_key(|&(_, position)| position);
    cohort.base.iter().chain(late.into_iter().map(|(resource, _)| resource)).collect()
}

/// One row per member, in some order.
fn seat_members(cohort: &mut Cohort, members: Vec<ResourceIx>, order: Order) {
    let used = u32::try_from(members.len()).expect("a cohort has fewer than 2^32 rows");
    let (base, mut late): (Vec<_>, Vec<_>) = match order {
        Order::ByKey => (members, Vec::new()),
        Order::Shuffled => {
            let mut members = members;
            shuffle(&mut members, u64::from(cohort.environment.0) + 2);
            (Vec::new(), members)
        }
        Order::Churned => {
            let numbered = members.into_iter().enumerate();
            let (late, base): (Vec<_>, Vec<_>) = numbered.partition(|(at, _)| at % 5 == 0);
            let resources = |list: Vec<(usize, ResourceIx)>| list.into_iter().map(|(_, it)| it);
            (resources(base).collect(), resources(late).collect())
        }
    };
    let first = used - u32::try_from(late.len()).expect("no more than all");
    cohort.late = (first..).zip(late.drain(..)).map(|(row, resource)| (resource, row)).collect();
    cohort.late.sort_unstable();
    cohort.base = Arc::new(MemberSet::from_sorted(base));
    cohort.capacity = used;
    cohort.targets = used;
    cohort.live = RowSet::leading(used as usize, used as usize);
    cohort.released.clear();
}

/// One row per resource of the fleet.
fn seat_by_resource(cohort: &mut Cohort, members: Vec<ResourceIx>, resources: usize) {
    cohort.late.clear();
    cohort.live = RowSet::for_rows(resources);
    for member in members {
        cohort.live.insert(member.slot());
    }
    cohort.base = Arc::new(MemberSet::from_sorted((0..resources).map(ResourceIx::at).collect()));
    cohort.capacity = u32::try_from(resources).expect("fewer than 2^32 resources");
    cohort.released.clear();
}

/// Puts a list in an order that depends on the seed alone (Fisher and Yates, `SplitMix64`).
pub(crate) fn shuffle<T>(list: &mut [T], seed: u64) {
    let mut state = seed;
    for at in (1..list.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = state;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        drawn ^= drawn >> 31;
        let other = drawn % (at as u64 + 1);
        list.swap(at, usize::try_from(other).expect("no more than a position"));
    }
}
