//! What members mean: the documentation of the fields that hold them, or else a word of our own.

use std::collections::BTreeMap;

/// The sources of the types that decoders fill.
const SOURCES: [&str; 8] = [
    include_str!("../job.rs"),
    include_str!("../mod.rs"),
    include_str!("../../../model/catalogue.rs"),
    include_str!("../../../model/policy.rs"),
    include_str!("../../../model/relationship.rs"),
    include_str!("../../../model/rule.rs"),
    include_str!("../../../model/variable.rs"),
    include_str!("../../../model/waiver.rs"),
];

/// Members that no field holds as such, of what, and what they mean.
const OWN: &[(&str, &str, &str)] = &[
    ("document", "name", "What it is called."),
    ("document", "description", "Free text."),
    ("document", "workspaceId", "The workspace that it describes."),
    ("document", "dialect", "What it means: see [dialects](dialects.md)."),
    ("document", "now", "The clock at its beginning."),
    ("document", "clock", "Another word for `now`; not both."),
    ("document", "tags", "Free words."),
    ("document", "reason", "Why it exists."),
    ("event", "eventType", "What happens: the heading of its section."),
    ("event", "at", "When; absent is the clock. Not before the clock."),
    ("event", "workspaceId", "The workspace that it is meant for, if it says so."),
    ("event", "timestamp", "When it was sent."),
    ("event", "data", "About what; see there."),
    ("System", "slug", "Systems go by their ids, in manifests by their names or these."),
    ("JobAgent", "description", "Nothing goes by it."),
    ("", "system", "The system that it belongs to: its name, slug or id."),
    ("JobAgent", "agentType", "What runs jobs; absent is `type` of `config`."),
    ("Deployment", "agent", "The same in one; not beside `jobAgent`."),
    ("Deployment", "agent.ref", "The name of the agent that runs its jobs."),
    ("Deployment", "agent.config", "Merged over the agent's config."),
    ("Deployment", "jobAgent", "The name of the agent that runs its jobs."),
    ("Resource", "provider", "The provider that owns it."),
    ("Resource", "variables", "The values that it sets itself, by key."),
    ("PolicyTargetSelector", "deployments", "Absent matches every deployment."),
    ("PolicyTargetSelector", "environments", "Absent matches every environment."),
    ("PolicyTargetSelector", "resources", "Absent matches every resource."),
    ("DeploymentWindow", "duration", "Elapsed time, a minute or more, of whole minutes."),
    ("DeploymentWindow", "allow", "`true`, or absent: only inside; `false`: only outside."),
    ("VersionCooldown", "duration", "Of whole seconds."),
    ("", "systemId", "A system that it belongs to."),
    ("", "systems", "Systems that it belongs to: ids, or objects with an `id`."),
    ("", "systemIds", "The same as ids."),
    ("Policy", "selectors", "Which targets: those that at least one of them matches."),
    (
        "Policy",
        "selector",
        "Which targets, as one CEL text over resource, deployment and environment; not beside `selectors`.",
    ),
    ("PolicyRule", "rollback", "Kept, and not evaluated."),
    ("PolicyRule", "verification", "Kept, and not evaluated."),
    ("PolicyRule", "planValidationOpa", "Kept, and not evaluated."),
    (
        "EnvironmentProgression",
        "minimumSuccessPercentage",
        "How much of an environment must have succeeded; 0 is at least one target.",
    ),
    (
        "EnvironmentProgression",
        "minimumSockTimeMinutes",
        "The spelling that ctrlplane's API has; `minimumSoakTimeMinutes` goes first.",
    ),
    (
        "RelationshipRule",
        "matcher.properties",
        "Pairs of properties, all of which must fit; go before `cel`.",
    ),
    ("RelationshipRule", "matcher.properties[].fromProperty", "Path of a property of the one."),
    ("RelationshipRule", "matcher.properties[].toProperty", "Path of a property of the other."),
    (
        "RelationshipRule",
        "matcher.properties[].operator",
        "How they compare; case and `_` do not matter. Absent: `equals`.",
    ),
    ("RelationshipRule", "matcher.cel", "CEL over `from` and `to`."),
    ("JobAgent", "type", "What runs jobs: any text."),
    ("VariableSetVariable", "id", "Variables of a set go by their keys."),
    ("VariableSetVariable", "variableSetId", "The set says it."),
    (
        "DeploymentVersion",
        "dependencies.*.versionSelector",
        "CEL over the current version of the deployment whose id the member is.",
    ),
    ("SetResources", "providerId", "The provider; need not exist."),
    (
        "SetResources",
        "resources",
        "All its resources; those of its former list that are not here are deleted.",
    ),
    ("JobUpdate", "fieldsToUpdate", "Which values to copy; absent replaces all of them."),
    ("", "resourceId", "The resource."),
    ("", "environmentId", "The environment."),
    ("", "deploymentId", "The deployment."),
    ("RecordedJob", "job", "What happened."),
    ("RecordedJob", "release", "What was released."),
    ("RecordedJob", "job.jobAgentConfig", "Its configuration."),
    ("RecordedJob", "job.jobAgentId", "The agent, if it had one."),
    ("State", "releaseTarget", "The target."),
    ("State", "state", "What it has."),
    ("State", "currentRelease", "The last that succeeded."),
    ("State", "desiredRelease", "What it should have."),
    ("State", "latestJob", "Its last job."),
    ("State", "job", "The job."),
    ("State", "job.dispatchContext", "What its agent was told."),
    ("State", "dispatchContext.release", "The release that it is of."),
    ("State", "verifications", "Nothing is decided by them."),
    ("RecordedJob", "job.completedAt", "When it completed, if it did."),
    ("RecordedJob", "job.metadata", "Nothing is decided by it."),
    ("RecordedJob", "job.updatedAt", "Nothing is decided by it."),
    ("RecordedJob", "job.dispatchContext", "What the agent was told; it is elsewhere."),
    ("RecordedJob", "release.id", "Jobs say it."),
    ("RecordedJob", "release.createdAt", "When it was made; absent is the creation of the job."),
    ("RecordedJob", "release.releaseTarget", "To what."),
    ("RecordedJob", "release.version", "The version of its release, whole or `id` and `tag`."),
    (
        "RecordedJob",
        "release.encryptedVariables",
        "The keys of opaque ones; they are taken to be what they are now.",
    ),
    ("RecordedJob", "resource", "The resource."),
    ("RecordedJob", "environment", "It is in its list."),
    ("RecordedJob", "deployment", "It is in its list."),
];

/// A field: its documentation, and the type that it is of, but for what wraps it.
type Field = (String, String);

/// Every public field of a struct in the sources, by struct and name.
fn fields() -> BTreeMap<(String, String), Field> {
    let mut found = BTreeMap::new();
    for line_of in SOURCES {
        let (mut of, mut said) = (String::new(), String::new());
        for line in line_of.lines().map(str::trim) {
            if let Some(text) = line.strip_prefix("///") {
                said = format!("{said} {}", text.trim()).trim().to_owned();
                continue;
            }
            if let Some(name) = line.strip_prefix("pub struct ") {
                name.trim_end_matches([' ', '{']).clone_into(&mut of);
            } else if let Some((name, kind)) =
                line.strip_prefix("pub ").and_then(|it| it.split_once(": "))
            {
                let inner = kind.trim_end_matches(',').trim_end_matches('>');
                let inner = inner.rsplit(['<', ' ']).next().unwrap_or(inner).to_owned();
                found.insert((of.clone(), name.to_owned()), (said.clone(), inner));
            }
            if !line.starts_with("#[") {
                said.clear();
            }
        }
    }
    found
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// What the member at `path` of an `of` means.
///
/// # Panics
/// When nobody says so.
pub(super) fn of(of: &str, path: &str) -> String {
    let own = |of: &str, path: &str| {
        let found = OWN.iter().find(|(it, name, _)| (*it == of || it.is_empty()) && *name == path);
        found.map(|(_, _, means)| (*means).to_owned())
    };
    let fields = fields();
    let (mut holder, mut rest) = (of.to_owned(), path.to_owned());
    loop {
        if let Some(means) = own(&holder, &rest) {
            return means;
        }
        let (head, below) = rest.split_once('.').map_or((&*rest, None), |(a, b)| (a, Some(b)));
        let name = snake(head.trim_end_matches("[]"));
        // A word of the language.
        let name = if name == "type" { "agent_type".to_owned() } else { name };
        let field = fields.get(&(holder.clone(), name));
        let Some(below) = below else {
            let (said, _) = field.unwrap_or_else(|| {
                unreachable!("nobody says what `{path}` of `{of}` means: `{rest}` of `{holder}`")
            });
            return said.clone();
        };
        // Members whose types have no field for them.
        let other = match (&*holder, head) {
            (_, "selectors[]") => Some(("PolicyTargetSelector", below.to_owned())),
            (_, "resources[]") => Some(("Resource", below.to_owned())),
            (_, "version") => Some(("DeploymentVersion", below.to_owned())),
            ("State", "currentRelease" | "desiredRelease" | "release") => {
                Some(("RecordedJob", format!("release.{below}")))
            }
            ("State", "job") if !below.starts_with("dispatchContext") => {
                Some(("RecordedJob", format!("job.{below}")))
            }
            ("State" | "RecordedJob", _) => Some((&*holder, below.to_owned())),
            _ => None,
        };
        let (next, rest_of) = match (other, field) {
            (Some((next, rest)), _) => (next.to_owned(), rest),
            (None, Some((_, kind))) => (kind.clone(), below.to_owned()),
            (None, None) => unreachable!("nobody says what `{path}` of `{of}` means"),
        };
        (holder, rest) = (next, rest_of);
    }
}
