//! What is read of a workspace, and in which order.
//!
//! Jobs come first: what they mention was there before them, and is found in the lists that are read
//! after. What happens to the workspace meanwhile may be seen in one list and not in another.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use shakedown_terminal::exit::Failure;
use shakedown_terminal::progress::Progress;

use crate::client::Client;
use crate::folder::{Folder, LAST};
use crate::list::{List, Reader, kind};
use crate::segment::segment;

/// What was read of the paths of one form.
#[derive(Debug)]
pub struct Tally {
    /// Their form, such as `deployments/{id}/versions`.
    pub form: &'static str,
    /// How many of them the server has; each is a file.
    pub files: u64,
    /// What is in them.
    pub entries: u64,
}

/// What became of a crawl.
#[derive(Debug)]
pub struct Crawled {
    /// The name of the workspace, or its id if it has none.
    pub workspace: String,
    /// Every form, in the order of reading.
    pub tallies: Vec<Tally>,
    /// Paths that the server does not have.
    pub absent: Vec<String>,
}

/// Reads the workspace of this id or slug into the folder, `page_size` entries at a time.
///
/// # Errors
/// When something has no answer, or an answer is not what it should be, or cannot be written.
pub fn crawl(
    client: &mut Client,
    folder: &Folder,
    workspace: &str,
    page_size: u64,
    progress: &mut Progress,
) -> Result<Crawled, Failure> {
    progress.phase(1, "Looking for the workspace");
    let found = find(client, workspace)?;
    let mut crawl = Crawl {
        root: format!("workspaces/{}", segment(&found.id)),
        client,
        folder,
        page_size,
        progress,
        phases: 1,
        tallies: Vec::new(),
        absent: Vec::new(),
    };
    crawl.write("workspace", &found.answer)?;
    crawl.everything()?;
    let address = crawl.client.address().to_string();
    crawl.write(LAST, &crawl.summary(&address, &found.id))?;
    let Crawl { tallies, absent, .. } = crawl;
    let name = found.answer.get("name").and_then(Value::as_str).unwrap_or(&found.id);
    Ok(Crawled { workspace: name.to_owned(), tallies, absent })
}

struct Workspace {
    id: String,
    answer: Value,
}

fn find(client: &mut Client, workspace: &str) -> Result<Workspace, Failure> {
    let place = if is_uuid(workspace) { "workspaces" } else { "workspaces/slug" };
    let path = format!("{place}/{}", segment(workspace));
    let Some(answer) = client.get(&path)? else {
        let what = format!(
            "there is no workspace `{workspace}`, or the token may not see it, or this is not \
             the address of ctrlplane"
        );
        return Err(client.failure(&path, &what));
    };
    let id = answer.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    let fail = || client.failure(&path, &format!("no workspace but {} without id", kind(&answer)));
    Ok(Workspace { id: id.ok_or_else(fail)?.to_owned(), answer })
}

/// Whether it is written as ids of workspaces are, and no slug.
fn is_uuid(text: &str) -> bool {
    let parts = text.split('-');
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.clone().map(str::len).eq([8, 4, 4, 4, 12]) && parts.clone().all(is_hex)
}

struct Crawl<'a> {
    client: &'a mut Client,
    folder: &'a Folder,
    /// Where the workspace is, below `/api/v1/`.
    root: String,
    page_size: u64,
    progress: &'a mut Progress,
    phases: usize,
    tallies: Vec<Tally>,
    absent: Vec<String>,
}

impl Crawl<'_> {
    fn everything(&mut self) -> Result<(), Failure> {
        self.list("jobs")?;
        let systems = self.needed_list("systems")?;
        self.each("systems/{id}", &systems, Self::object)?;
        self.needed_list("environments")?;
        let deployments = self.needed_list("deployments")?;
        self.each("deployments/{id}/versions", &deployments, Self::list_at)?;
        self.each("deployments/{id}/variables", &deployments, Self::list_at)?;
        self.list("job-agents")?;
        self.list("policies")?;
        self.list("relationship-rules")?;
        let resources = self.needed_list("resources")?;
        self.each("resources/identifier/{id}/variables", &resources, Self::list_at)?;
        self.list("variable-sets")?;
        Ok(())
    }

    /// A list without which nothing can be known; returns the ids in it, which are those of all entries.
    fn needed_list(&mut self, name: &'static str) -> Result<BTreeSet<String>, Failure> {
        let at = self.at(name);
        let what = match self.list(name)? {
            None => "the server does not have it, 404 Not Found",
            Some(list) if list.ids.len() as u64 != list.entries => "an entry has no id",
            Some(list) if list.ids.contains("") => "an entry has an empty id",
            Some(list) => return Ok(list.ids),
        };
        Err(self.client.failure(&at, what))
    }

    fn list(&mut self, name: &'static str) -> Result<Option<List>, Failure> {
        self.begin(name);
        self.read(name, true)
    }

    /// Reads what there is of each id, at the path that has it in place of `{id}`.
    fn each(
        &mut self,
        form: &'static str,
        ids: &BTreeSet<String>,
        read: fn(&mut Self, &str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.begin(form);
        for (done, id) in ids.iter().enumerate() {
            self.progress.step(done, ids.len());
            read(self, &form.replace("{id}", &segment(id)))?;
        }
        self.progress.step(ids.len(), ids.len());
        Ok(())
    }

    fn list_at(&mut self, path: &str) -> Result<(), Failure> {
        self.read(path, false)?;
        Ok(())
    }

    fn object(&mut self, path: &str) -> Result<(), Failure> {
        let at = self.at(path);
        match self.client.get(&at)? {
            Some(answer) if answer.is_object() => {
                self.write(path, &answer)?;
                self.count(1);
            }
            Some(answer) => {
                let what = format!("the answer is no object but {}", kind(&answer));
                return Err(self.client.failure(&at, &what));
            }
            None => self.absent.push(path.to_owned()),
        }
        Ok(())
    }

    fn read(&mut self, path: &str, is_shown: bool) -> Result<Option<List>, Failure> {
        let at = self.at(path);
        let mut reader = Reader {
            client: self.client,
            folder: self.folder,
            page_size: self.page_size,
            progress: is_shown.then_some(&mut *self.progress),
        };
        let list = reader.read(&at, path)?;
        match &list {
            Some(list) => self.count(list.entries),
            None => self.absent.push(path.to_owned()),
        }
        Ok(list)
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }

    fn begin(&mut self, form: &'static str) {
        self.phases += 1;
        self.progress.phase(self.phases, &format!("Reading {form}"));
        self.tallies.push(Tally { form, files: 0, entries: 0 });
    }

    fn count(&mut self, entries: u64) {
        if let Some(tally) = self.tallies.last_mut() {
            tally.files += 1;
            tally.entries += entries;
        }
    }

    fn write(&self, name: &str, value: &Value) -> Result<(), Failure> {
        let mut writer = self.folder.create(name)?;
        writer.write(&format!("{value:#}\n"))?;
        writer.finish()
    }

    /// What the last file says: from where, of when and how much; `absent` only if something is.
    fn summary(&self, address: &str, workspace: &str) -> Value {
        let lists = self.tallies.iter().filter(|it| it.files > 0 && !it.form.contains('/'));
        let counts: Map<String, Value> =
            lists.map(|it| (it.form.to_owned(), it.entries.into())).collect();
        let at = format!("{:.3}", Timestamp::now());
        let mut summary =
            json!({ "address": address, "workspace": workspace, "at": at, "counts": counts });
        if !self.absent.is_empty() {
            summary["absent"] = json!(self.absent);
        }
        summary
    }
}
