//! Reads a workspace from ctrlplane's API and leaves it in a folder.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::builder::RangedU64ValueParser;
use shakedown_export::address::{self, Address};
use shakedown_export::client::{Client, Traffic};
use shakedown_export::crawl::{Crawled, crawl};
use shakedown_export::folder::{Existing, Folder};
use shakedown_export::patience::Patience;
use shakedown_export::token::Token;
use shakedown_terminal::arguments::run_with;
use shakedown_terminal::exit::{Answer, Failure, write_out};
use shakedown_terminal::number::grouped;
use shakedown_terminal::progress::Progress;
use shakedown_terminal::sheet::Sheet;
use shakedown_terminal::table::Table;

/// Reads a workspace from ctrlplane's API and leaves it in a folder.
///
/// Needs an address, a token and a workspace. `CTRLPLANE_URL`, `CTRLPLANE_API_KEY` and
/// `CTRLPLANE_WORKSPACE` say what options do not, as for ctrlplane's own tool. The token comes from the
/// environment or a file, never from the command line, which others can see.
///
/// Only reads: all requests are GET, one after the other, to that address alone. No redirect is
/// followed, since the token would go with it. Plain http is for this machine; another needs
/// --allow-plain-http. A proxy of the environment (`HTTPS_PROXY`) is used for https only.
///
/// Writes the answer of each list to FOLDER/PATH.json, all pages in one file, an entry a line, with ids
/// percent-encoded; last comes FOLDER/export.json: address, workspace, instant, counts, and `absent`,
/// the paths that the server does not have, if any. Where the token stands in an answer, it is taken
/// out. The folder is there when it is whole: until then it is FOLDER.partial, which a crawl that fails
/// removes, and one that is interrupted does not. So what FOLDER held is not lost, and a crawl always
/// starts anew.
///
/// Every system and resource costs a request, every deployment two. Broken connections, 429 and 5xx are
/// tried again; a server that asks to wait is waited for, two minutes at most. Exit code 2 if something
/// cannot be read or written.
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment, after_long_help = EXAMPLE)]
struct Arguments {
    /// The folder to make; the one that it stands in is there already.
    folder: PathBuf,
    /// Where ctrlplane is, from the scheme on; `CTRLPLANE_URL` unless given.
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// Id or slug of the workspace; `CTRLPLANE_WORKSPACE` unless given.
    #[arg(long)]
    workspace: Option<String>,
    /// The file that holds the token; `CTRLPLANE_API_KEY` does unless given.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Put the export in the place of the one that is in the folder.
    #[arg(long)]
    replace: bool,
    /// Send the token unencrypted to another machine.
    #[arg(long)]
    allow_plain_http: bool,
    /// Certificates to trust in place of the public ones, in PEM.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Entries to ask for at once.
    #[arg(long, default_value = "500", value_parser = RangedU64ValueParser::<u64>::new().range(1..=1_000))]
    page_size: u64,
    /// Seconds until a request that is not answered is given up.
    #[arg(long, value_name = "S", default_value = "120", value_parser = RangedU64ValueParser::<u64>::new().range(1..))]
    timeout_s: u64,
    /// How often a request is tried again.
    #[arg(long, default_value_t = 5)]
    retries: u32,
    /// Milliseconds until it is tried again, twice as many each time, up to half a minute.
    #[arg(long, value_name = "MS", default_value_t = 500)]
    pause_ms: u64,
    /// No progress on stderr.
    #[arg(long)]
    quiet: bool,
}

/// How it is used.
const EXAMPLE: &str = "\
Example, with the token in CTRLPLANE_API_KEY:
  cargo run --release --example export -- \\
    --address https://ctrlplane.example --workspace shop shop-export";

#[expect(clippy::disallowed_types, reason = "people see how long it took; nothing depends on it")]
type Moment = std::time::Instant;

fn main() -> ExitCode {
    run_with(run)
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let start = Moment::now();
    let mut progress = Progress::new(arguments.quiet);
    let workspace = given(arguments.workspace.as_ref(), "--workspace", "CTRLPLANE_WORKSPACE")?;
    let address = given(arguments.address.as_ref(), "--address", address::VARIABLE)?;
    let address = Address::parse(&address)?;
    if !arguments.allow_plain_http {
        address.check_private()?;
    }
    let token = Token::read(arguments.token_file.as_deref())?;
    let patience = Patience {
        timeout: Duration::from_secs(arguments.timeout_s),
        retries: arguments.retries,
        pause: Duration::from_millis(arguments.pause_ms),
    };
    let mut client = Client::new(address, token, patience, arguments.ca_file.as_deref())?;
    let existing = if arguments.replace { Existing::Replace } else { Existing::Keep };
    let folder = Folder::open(&arguments.folder, existing)?;
    let crawled = crawl(&mut client, &folder, &workspace, arguments.page_size, &mut progress)?;
    folder.publish()?;
    write_out(&sheet(arguments, &client, &crawled, start.elapsed()))?;
    Ok(Answer::Yes)
}

/// What an option says, or else the environment.
fn given(option: Option<&String>, name: &str, variable: &str) -> Result<String, Failure> {
    let given = option.cloned().or_else(|| std::env::var(variable).ok());
    let fail = || Failure::Input(format!("nothing says {name}, nor does {variable}"));
    given.filter(|text| !text.trim().is_empty()).ok_or_else(fail)
}

fn sheet(arguments: &Arguments, client: &Client, crawled: &Crawled, took: Duration) -> String {
    let Traffic { requests, retries, hidden } = client.traffic();
    let mut sheet = Sheet::default();
    sheet.heading("Export");
    sheet.entry("Address", client.address());
    sheet.entry("Workspace", &crawled.workspace);
    sheet.entry("Folder", arguments.folder.display());
    sheet.entry("Seconds", format_args!("{:.1}", took.as_secs_f64()));
    sheet.entry("Requests", grouped(requests));
    sheet.entry("Retries", grouped(retries));
    if hidden > 0 {
        sheet.entry("Texts with the token, cleared", grouped(hidden));
    }

    sheet.heading("What is in it");
    let mut table = Table::new(["Path", "Files", "Entries"]).numbers_in(1..=2);
    for tally in &crawled.tallies {
        table.row([tally.form, &grouped(tally.files), &grouped(tally.entries)]);
    }
    sheet.table(&table);

    if !crawled.absent.is_empty() {
        sheet.heading(format_args!("The server does not have: {}", crawled.absent.len()));
        for path in crawled.absent.iter().take(MAX_ROWS) {
            sheet.line(path);
        }
        if crawled.absent.len() > MAX_ROWS {
            sheet.line("..; export.json has all");
        }
    }
    sheet.into_text()
}

/// Absent paths beyond these are counted, not printed.
const MAX_ROWS: usize = 20;
