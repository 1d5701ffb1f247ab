//! What is compared: layouts, and the axes along which they are.

use std::num::NonZeroUsize;

use shakedown_engine::base::nearest::nearest;
use shakedown_terminal::exit::Failure;

use shakedown_laboratory::{DirtyDensity, Entry, Operation, Order, Scale, layouts};

use crate::Case;

/// Layouts and axes.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The layouts.
    pub layouts: Vec<&'static Entry>,
    /// What they do.
    pub operations: Vec<Operation>,
    /// How many targets there are.
    pub scales: Vec<Scale>,
    /// How many rows are dirty, of those densities at which an operation differs.
    pub densities: Vec<DirtyDensity>,
    /// How rows lie.
    pub orders: Vec<Order>,
    /// Threads that share the work.
    pub threads: Vec<NonZeroUsize>,
    /// Cohorts that a thread takes at a time, where several share the work.
    pub chunks: Vec<NonZeroUsize>,
    /// How often every layout is built and measured, by turns.
    pub rounds: usize,
    /// How often a case is measured in a round; until enough time has passed if `None`.
    pub iterations: Option<usize>,
}

impl Selection {
    /// The cases in which a layout is measured.
    ///
    /// What would only repeat another case is none: rows that lie by resource have no other order, and
    /// threads share neither every operation nor every layout.
    #[must_use]
    pub fn cases(&self, entry: &Entry) -> Vec<Case> {
        let mut cases = Vec::new();
        for (threads, chunk) in self.sharing() {
            let shared = |it: &Operation| threads == 1 || (it.is_parallel() && entry.parallel);
            for &order in self.orders.iter().filter(|&&it| it == Order::ByKey || !entry.by_resource)
            {
                for &scale in &self.scales {
                    for operation in self.operations.iter().copied().filter(shared) {
                        let differs = |it: &&DirtyDensity| operation.densities().contains(it);
                        cases.extend(self.densities.iter().filter(differs).map(|&density| Case {
                            operation,
                            scale,
                            density,
                            order,
                            threads,
                            chunk,
                        }));
                    }
                }
            }
        }
        cases
    }

    /// Threads, each number with the chunks that they take.
    fn sharing(&self) -> Vec<(usize, usize)> {
        let mut sharing = Vec::new();
        for threads in self.threads.iter().map(|it| it.get()) {
            let chunks = self.chunks.iter().map(|it| it.get());
            let most = if threads == 1 { 1 } else { usize::MAX };
            sharing.extend(chunks.map(|chunk| (threads, chunk.min(most))));
        }
        sharing.dedup();
        sharing
    }

    /// Leaves out operations of which there is nothing to measure, and returns them.
    ///
    /// # Errors
    /// When no layout has a case.
    pub fn drop_empty(&mut self) -> Result<Vec<Operation>, Failure> {
        let cases: Vec<Case> = self.layouts.iter().flat_map(|entry| self.cases(entry)).collect();
        let has_case = |it: &Operation| cases.iter().any(|case| case.operation == *it);
        let (kept, empty) = self.operations.iter().copied().partition(has_case);
        self.operations = kept;
        if cases.is_empty() { Err(nothing()) } else { Ok(empty) }
    }
}

/// The failure to measure anything.
pub(crate) fn nothing() -> Failure {
    let operations = |is: fn(&Operation) -> bool| {
        listed(Operation::ALL.into_iter().filter(is).map(Operation::name))
    };
    let layouts =
        |is: fn(&&Entry) -> bool| listed(layouts().iter().filter(is).map(|entry| entry.name));
    let dense = operations(|operation| operation.densities().len() > 1);
    let shared = operations(|operation| operation.is_parallel());
    let alone = layouts(|entry| !entry.parallel);
    let by_resource = layouts(|entry| entry.by_resource);
    Failure::Input(format!(
        "nothing to measure: only {dense} know other densities than all; more than one thread shares \
         only {shared}, from 16,384 rows on, and not of {alone}; {by_resource} knows no order but by-key"
    ))
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// What is named in an option, each once, in the order of `all`; everything if nothing is.
///
/// # Errors
/// When a name is unknown; says which are nearest to it.
pub fn choose<T: Copy>(
    what: &str,
    wanted: &[String],
    all: impl IntoIterator<Item = T>,
    name: impl Fn(T) -> &'static str,
) -> Result<Vec<T>, Failure> {
    let all: Vec<T> = all.into_iter().collect();
    let known = || all.iter().map(|&it| name(it));
    if let Some(unknown) = wanted.iter().find(|it| known().all(|name| name != **it)) {
        return Err(Failure::missing(what, unknown, &nearest(unknown, known())));
    }
    let is_wanted = |it: &T| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name(*it));
    Ok(all.iter().copied().filter(is_wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everything() -> Selection {
        Selection {
            layouts: layouts().iter().collect(),
            operations: Operation::ALL.to_vec(),
            scales: vec![Scale::Thousand],
            densities: DirtyDensity::ALL.to_vec(),
            orders: Order::ALL.to_vec(),
            threads: [1, 2].map(|it| NonZeroUsize::new(it).unwrap()).to_vec(),
            chunks: [1, 4].map(|it| NonZeroUsize::new(it).unwrap()).to_vec(),
            rounds: 1,
            iterations: None,
        }
    }

    #[test]
    fn no_case_repeats_another() {
        for entry in layouts() {
            let mut cases = everything().cases(entry);
            let shared = cases.iter().filter(|case| case.threads > 1);
            let shared: Vec<Operation> = shared.map(|case| case.operation).collect();
            assert!(shared.iter().all(|it| entry.parallel && it.is_parallel()), "{shared:?}");
            assert_eq!(shared.is_empty(), !entry.parallel);
            let ordered = cases.iter().any(|case| case.order != Order::ByKey);
            assert_eq!(ordered, !entry.by_resource, "{}", entry.name);
            let all = cases.len();
            cases.sort_unstable();
            cases.dedup();
            assert_eq!(cases.len(), all, "{}", entry.name);
        }
    }

    #[test]
    fn an_empty_selection_is_a_failure() {
        assert_eq!(everything().drop_empty().ok(), Some(Vec::new()));
        let of_one = vec![DirtyDensity::One];
        let operations = vec![Operation::Lock, Operation::Transition];
        let mut part = Selection { operations, densities: of_one.clone(), ..everything() };
        assert_eq!(part.drop_empty().ok(), Some(vec![Operation::Lock]));
        assert_eq!(part.operations, [Operation::Transition]);
        let mut empty =
            Selection { operations: vec![Operation::Lock], densities: of_one, ..everything() };
        let Err(Failure::Input(message)) = empty.drop_empty() else { panic!("it has cases") };
        assert!(message.contains("only reconcile_one, transition know"), "{message}");
    }

    #[test]
    fn names_choose_in_the_order_of_all() {
        let chosen = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&it| it.to_owned()).collect();
            choose("scale", &names, Scale::ALL, Scale::name)
        };
        assert_eq!(chosen(&[]).ok(), Some(Scale::ALL.to_vec()));
        let two = vec![Scale::Thousand, Scale::ThreeMillion];
        assert_eq!(chosen(&["3m", "1k", "3m"]).ok(), Some(two));
        let Err(Failure::Input(message)) = chosen(&["1k", "2k"]) else { panic!("2k is none") };
        assert!(message.starts_with("there is no scale `2k`; the nearest are 1k,"), "{message}");
    }
}
