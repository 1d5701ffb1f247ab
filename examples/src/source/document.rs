//! Fleets from documents: which files, in which dialect, and up to when.

use std::path::{Path, PathBuf};

use clap::Args;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::model::Dialect;
use shakedown_engine::preset::START;
use shakedown_engine::wire::document::{Document, DocumentError, DocumentKind};
use shakedown_systems::diagnostics::{Diagnostic, Places, diagnostics, unread};
use shakedown_systems::load::{Cause, MOST_TARGETS, Playing, Visit, begin, play_on};
use shakedown_terminal::exit::Failure;
use shakedown_terminal::number::grouped;
use shakedown_terminal::progress::Progress;
use shakedown_terminal::sheet::Sheet;

/// The options that say how a document is taken.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Taking {
    /// What happens afterwards: event logs or scenarios, in this order.
    #[arg(long, value_name = "LOG")]
    events: Vec<PathBuf>,
    /// What the document means: `today` or `recorded`, instead of what it says itself.
    #[arg(long)]
    dialect: Option<Dialect>,
    /// Release targets that there may be; each takes about 150 bytes, and its jobs as much again.
    #[arg(long, value_name = "COUNT", default_value_t = MOST_TARGETS)]
    most_targets: u64,
    /// Leave out events that the workspace does not take, and list them.
    #[arg(long)]
    keep_going: bool,
    /// Take every diagnostic, note and left-out event for an error: list them and end with exit code 2.
    #[arg(long)]
    strict: bool,
}

/// A fleet, and what it did not take.
#[derive(Debug)]
pub struct Taken {
    /// The fleet.
    pub fleet: Fleet,
    /// The events that were left out, and why.
    pub refused: Vec<String>,
    /// What is odd about the documents as a whole.
    pub remarks: Vec<String>,
    /// What the documents state and nothing reads.
    unread: Vec<Diagnostic>,
    /// Where what it is made of stands.
    places: Places,
    /// Whether diagnostics are errors.
    strict: bool,
}

impl Taking {
    /// Whether anything is said that only documents know.
    #[must_use]
    pub fn only_for_documents(&self) -> bool {
        let has_room = self.most_targets != MOST_TARGETS;
        self.keep_going || self.strict || has_room || !self.events.is_empty()
    }

    /// The dialect that was asked for, or the default.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect.unwrap_or_default()
    }

    /// Reads the document that everything begins with.
    ///
    /// # Errors
    /// When it cannot be read or decoded.
    pub fn read(&self, file: &Path, progress: &mut Progress) -> Result<Document, Failure> {
        progress.phase(1, &format!("Reading {}", file.display()));
        // What happens afterwards is read when all before it was played.
        self.events.iter().try_for_each(Document::check_readable).map_err(input)?;
        let mut document = Document::read(file, START).map_err(input)?;
        document.dialect = self.dialect.or(document.dialect);
        document.remarks.iter().for_each(|it| progress.note(it));
        Ok(document)
    }

    /// Builds the fleet of a document and of what happens afterwards, up to an instant.
    ///
    /// # Errors
    /// When a file cannot be read, or the fleet does not take one of its entries.
    pub fn play(
        &self,
        document: Document,
        until: Option<SimTime>,
        progress: &mut Progress,
        visit: &mut Visit<'_>,
    ) -> Result<Taken, Failure> {
        let mut fleet = begin(&document, START);
        fleet.set_most_targets(self.most_targets);
        let (mut refused, mut places) = (Vec::new(), Places::default());
        let playing = Playing { until, keep_going: self.keep_going };
        let mut play = |fleet: &mut Fleet, document: Document, progress: &mut Progress| {
            let total = document.entries.len();
            progress.phase(2, &format!("Applying {} entries", grouped(total as u64)));
            let mut done = 0;
            let mut told = |fleet: &Fleet, at: SimTime, cause: Cause<'_>, report: &Report| {
                visit(fleet, at, cause, report);
                if cause != Cause::Timer {
                    done += 1;
                    progress.step(done, total);
                }
            };
            let played = play_on(fleet, document, playing, &mut told);
            let played = played.map_err(|error| without_room(fleet, error.to_string()))?;
            refused.extend(played.refused.into_iter().map(|it| it.to_string()));
            if let Some(last) =
                refused.last_mut().filter(|it| !fleet.has_room() && !it.ends_with(MORE_ROOM))
            {
                *last = format!("{last}; {MORE_ROOM}");
            }
            places.extend(played.places);
            Ok::<_, Failure>(())
        };
        let (mut remarks, mut unread_members) = (document.remarks.clone(), unread(&document));
        play(&mut fleet, document, progress)?;
        for file in &self.events {
            progress.phase(1, &format!("Reading {}", file.display()));
            let mut document = Document::read(file, fleet.now()).map_err(input)?;
            document.dialect = self.dialect.or(document.dialect);
            let refuse = |what: String| Failure::Input(format!("{}: {what}", file.display()));
            if document.kind == DocumentKind::Workspace {
                return Err(refuse("a workspace, expected an event log or a scenario".to_owned()));
            }
            if let Some(dialect) = document.dialect.filter(|&it| it != fleet.dialect()) {
                let own = fleet.dialect();
                return Err(refuse(format!(
                    "events of dialect {dialect}, and the fleet is of {own}"
                )));
            }
            document.remarks.iter().for_each(|it| progress.note(it));
            remarks.extend(document.remarks.iter().cloned());
            unread_members.extend(unread(&document));
            play(&mut fleet, document, progress)?;
        }
        Ok(Taken { fleet, refused, remarks, unread: unread_members, places, strict: self.strict })
    }

    /// Reads a document and builds its fleet.
    ///
    /// # Errors
    /// As for [`Taking::read`] and [`Taking::play`].
    pub fn fleet(&self, file: &Path, progress: &mut Progress) -> Result<Taken, Failure> {
        let document = self.read(file, progress)?;
        self.play(document, None, progress, &mut |_, _, _, _| {})
    }
}

impl Taken {
    /// What there is to tell of the fleet as it is now, with places.
    ///
    /// # Errors
    /// With `--strict`, if there is anything, or anything odd about the documents, or left out; the
    /// first of it is listed.
    pub fn diagnostics(&self) -> Result<Vec<Diagnostic>, Failure> {
        let mut of_fleet = diagnostics(&self.fleet);
        self.places.find(&mut of_fleet);
        let found: Vec<Diagnostic> = self.unread.iter().cloned().chain(of_fleet).collect();
        let told = found.iter().map(|it| {
            let place = it.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
            format!("{place}{}: {it}", it.code)
        });
        let odd = self.remarks.iter().chain(&self.refused).cloned().chain(told);
        let odd: Vec<String> = if self.strict { odd.collect() } else { Vec::new() };
        if odd.is_empty() {
            return Ok(found);
        }
        let count = match odd.len() {
            1 => "one diagnostic, which".to_owned(),
            many => format!("{} diagnostics, which", grouped(many as u64)),
        };
        let mut lines = vec![format!("{count} --strict takes for an error")];
        lines.extend(odd.iter().take(MAX_LINES).cloned());
        if odd.len() > MAX_LINES {
            lines.push(format!(".. and {} more", grouped((odd.len() - MAX_LINES) as u64)));
        }
        Err(Failure::Input(lines.join("\n")))
    }

    /// Says what was left out, if anything was.
    pub fn tell(&self, sheet: &mut Sheet) {
        if self.refused.is_empty() {
            return;
        }
        sheet.heading(format_args!("Left out: {}", self.refused.len()));
        self.refused.iter().take(MAX_LINES).for_each(|it| sheet.line(it));
        sheet.more(self.refused.len().saturating_sub(MAX_LINES));
    }
}

/// Lines beyond these are counted, not printed.
const MAX_LINES: usize = 200;

/// What lets a fleet have more targets than it may.
const MORE_ROOM: &str = "--most-targets says how many";

/// Why a fleet did not take something, and what would make it.
fn without_room(fleet: &Fleet, told: String) -> Failure {
    Failure::Input(if fleet.has_room() { told } else { format!("{told}; {MORE_ROOM}") })
}

fn input(error: DocumentError) -> Failure {
    Failure::Input(error.to_string())
}
