//! Manifests: what `ctrlc apply` takes, one YAML document per thing, told apart by `type`.
//!
//! Facts from ctrlplane's command line tool (github.com/ctrlplanedev/cli, below `cmd/ctrlc/root/apply` and
//! `internal/api/providers`): things are named instead of identified, durations are texts as Go writes them,
//! and policies abbreviate their selectors. What the tool took changed between December 2025 and February
//! 2026, and most types are gone since; both forms are read: `agentType` or `config.type` of an agent,
//! `jobAgent` and `jobAgentConfig` or `agent: {ref, config}` of a deployment. Where the tool makes up an id,
//! the name is one here: of environments and deployments, together with that of their system, in which it is
//! unique.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use crate::base::json::{Json, JsonMap};
use crate::base::time::SimTime;
use crate::model::{
    Deployment, DeploymentWindow, Environment, GradualRollout, JobAgent, Policy, PolicyRule,
    PolicyScope, PolicyTargetSelector, Resource, ResourceVariable, RolloutType, System, SystemIds,
    VersionCooldown,
};
use crate::wire::event::Entity;
use crate::wire::event::decode::{rule, selector, variable};
use crate::wire::event::error::ErrorClass;
use crate::wire::event::field::{Fields, Node, Result};

/// What the manifests of a document call each other.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// The names of systems.
    systems: BTreeSet<String>,
    /// The name of the system that has a slug; of the first, if there are several.
    slugs: BTreeMap<String, String>,
}

impl Names {
    /// Notes what a manifest is called.
    pub(crate) fn note(&mut self, manifest: &Json) {
        let text = |name: &str| manifest.get(name).and_then(Json::as_str).map(str::to_owned);
        if manifest.get("type").and_then(Json::as_str) == Some("System")
            && let Some(name) = text("name")
        {
            if let Some(slug) = text("slug").filter(|it| !it.is_empty()) {
                self.slugs.entry(slug).or_insert_with(|| name.clone());
            }
            self.systems.insert(name);
        }
    }

    /// The id of the system that is called so.
    fn system(&self, called: String) -> String {
        let by_slug = self.slugs.get(&called).filter(|_| !self.systems.contains(&called));
        by_slug.cloned().unwrap_or(called)
    }
}

/// The types of manifest that are read.
pub(crate) const TYPES: [&str; 6] =
    ["System", "JobAgent", "Environment", "Deployment", "Policy", "Resource"];

/// The entities that a manifest of a type states.
pub(super) fn entities(of: &str, fields: &Fields<'_>, names: &Names) -> Result<Vec<Entity>> {
    fields.pass_over(&["type"]);
    let name = fields.id("name");
    Ok(vec![match of {
        "System" => Entity::System(system(fields, name, names)?),
        "JobAgent" => Entity::JobAgent(job_agent(fields, name)?),
        "Environment" => Entity::Environment(environment(fields, name, names)),
        "Deployment" => Entity::Deployment(deployment(fields, name, names)?),
        "Policy" => Entity::Policy(policy(fields, name)),
        _ => return resource(fields, name),
    }])
}

fn system(fields: &Fields<'_>, name: String, names: &Names) -> Result<System> {
    let slug = fields.maybe_text("slug");
    let has = slug.and_then(|slug| names.slugs.get(&slug));
    if let Some(other) = has.filter(|other| **other != name) {
        let expected = format!("a slug of its own: system `{other}` has it");
        return Err(fields.fail("slug", ErrorClass::Conflict, expected));
    }
    Ok(System {
        id: name.clone(),
        name,
        description: fields.maybe_text("description"),
        metadata: fields.labels("metadata"),
        ..System::default()
    })
}

fn job_agent(fields: &Fields<'_>, name: String) -> Result<JobAgent> {
    fields.pass_over(&["description"]);
    let config = fields.map("config");
    let agent_type = fields.maybe_text("agentType").filter(|it| !it.is_empty());
    let agent_type = match (agent_type, config.get("type").and_then(Json::as_str)) {
        (Some(stated), _) => stated,
        (None, Some(stated)) => stated.to_owned(),
        (None, None) => {
            let expected = "a `type` in it, or `agentType` beside it";
            return Err(fields.fail("config", ErrorClass::MissingField, expected));
        }
    };
    Ok(JobAgent {
        id: name.clone(),
        name,
        agent_type,
        config,
        metadata: fields.labels("metadata"),
        ..JobAgent::default()
    })
}

/// An id of a system and a name in it; no two pairs have one.
fn id_in(system: &str, name: &str) -> String {
    let escaped = |text: &str| text.replace('%', "%25").replace('/', "%2F");
    format!("{}/{}", escaped(system), escaped(name))
}

fn environment(fields: &Fields<'_>, name: String, names: &Names) -> Environment {
    let system = names.system(fields.id("system"));
    Environment {
        id: id_in(&system, &name),
        name,
        systems: SystemIds::one(system),
        description: fields.maybe_text("description"),
        resource_selector: selector::optional(fields, "resourceSelector"),
        metadata: fields.labels("metadata"),
        created_at: SimTime::UNSET,
    }
}

fn deployment(fields: &Fields<'_>, name: String, names: &Names) -> Result<Deployment> {
    let system = names.system(fields.id("system"));
    let slug = fields.maybe_text("slug").filter(|it| !it.is_empty());
    let slug = slug.unwrap_or_else(|| slug_of(&name));
    if slug.is_empty() {
        let expected = "a name with a letter or a digit, for want of a `slug`";
        return Err(fields.fail("name", ErrorClass::InvalidValue, expected));
    }
    let agent = fields.optional("agent", |node| {
        let agent = node.fields()?;
        Ok((agent.maybe_text("ref"), agent.map("config")))
    });
    let older = (fields.maybe_text("jobAgent"), fields.map("jobAgentConfig"));
    if agent.is_some() && older != (None, JsonMap::new()) {
        let expected = "no `jobAgent` and `jobAgentConfig` beside it, which say the same";
        return Err(fields.fail("agent", ErrorClass::InvalidValue, expected));
    }
    let (job_agent_id, job_agent_config) = agent.unwrap_or(older);
    Ok(Deployment {
        id: id_in(&system, &slug),
        name,
        slug,
        systems: SystemIds::one(system),
        description: fields.maybe_text("description"),
        job_agent_id,
        job_agent_selector: None,
        job_agent_config,
        resource_selector: selector::optional(fields, "resourceSelector"),
        metadata: fields.labels("metadata"),
    })
}

/// Letters and digits in lower case, and one `-` for whatever stands between them.
fn slug_of(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).map(str::to_lowercase);
    words.collect::<Vec<_>>().join("-")
}

fn policy(fields: &Fields<'_>, name: String) -> Policy {
    let selectors = fields.or_default("selectors", |node| node.list(target_selector));
    Policy {
        id: name.clone(),
        name,
        workspace_id: String::new(),
        description: fields.maybe_text("description"),
        priority: fields.or_default("priority", Node::int64),
        enabled: fields.optional("enabled", Node::flag),
        metadata: fields.labels("metadata"),
        created_at: SimTime::UNSET,
        rules: fields.or_default("rules", |node| node.list(policy_rule)),
        scope: PolicyScope::Selectors(selectors),
    }
}

fn target_selector(node: Node<'_>) -> Result<PolicyTargetSelector> {
    let fields = node.fields()?;
    Ok(PolicyTargetSelector {
        id: None,
        deployment_selector: selector::optional(&fields, "deployments"),
        environment_selector: selector::optional(&fields, "environments"),
        resource_selector: selector::optional(&fields, "resources"),
    })
}

fn policy_rule(node: Node<'_>) -> Result<PolicyRule> {
    let fields = node.fields()?;
    let verification = fields.any("verification").map(|it| ("verification".to_owned(), it));
    Ok(PolicyRule {
        any_approval: fields.optional("anyApproval", rule::any_approval),
        environment_progression: fields
            .optional("environmentProgression", rule::environment_progression),
        gradual_rollout: fields.optional("gradualRollout", gradual_rollout),
        deployment_window: fields.optional("deploymentWindow", deployment_window),
        version_cooldown: fields.optional("versionCooldown", version_cooldown),
        retry: fields.optional("retry", rule::retry),
        inert: verification.into_iter().collect(),
        // What it is called, the dialect says.
        ..PolicyRule::default()
    })
}

fn gradual_rollout(node: Node<'_>) -> Result<GradualRollout> {
    let fields = node.fields()?;
    Ok(GradualRollout {
        time_scale_interval: fields.stated("timeScaleInterval", |node| in_units(node, 1)),
        rollout_type: fields.named_or("rolloutType", RolloutType::Linear),
    })
}

fn deployment_window(node: Node<'_>) -> Result<DeploymentWindow> {
    let fields = node.fields()?;
    let duration = |node: Node<'_>| {
        let minutes = in_units(node, 60)?;
        let none = || node.fail(ErrorClass::InvalidValue, "a duration of a minute or more");
        if minutes > 0 { Ok(minutes) } else { Err(none()) }
    };
    Ok(rule::window(&fields, fields.stated("duration", duration), "allow"))
}

fn version_cooldown(node: Node<'_>) -> Result<VersionCooldown> {
    let interval_seconds = node.fields()?.stated("duration", |node| in_units(node, 1));
    Ok(VersionCooldown { interval_seconds })
}

/// A duration of whole units of so many seconds, none of which gets lost.
fn in_units(node: Node<'_>, unit: i64) -> Result<i32> {
    node.expects("duration");
    let parse = |text: &str| match text {
        "0" => Some(SignedDuration::ZERO),
        text => text.parse::<SignedDuration>().ok(),
    };
    let duration = node.value.as_str().and_then(parse);
    let duration = duration
        .filter(|it| !it.is_negative() && it.subsec_nanos() == 0 && it.as_secs() % unit == 0);
    let units = duration.and_then(|it| i32::try_from(it.as_secs() / unit).ok());
    let expected = match unit {
        1 => "a duration of whole seconds, such as `90s` or `1h30m`",
        _ => "a duration of whole minutes, such as `90m` or `1h30m`",
    };
    units.ok_or_else(|| node.fail(ErrorClass::InvalidValue, expected))
}

/// A resource, and its variables.
fn resource(fields: &Fields<'_>, name: String) -> Result<Vec<Entity>> {
    let identifier = fields.id("identifier");
    let variables: Vec<Entity> = fields.or_default("variables", |node| {
        let members = node.any_fields()?;
        let variable = |(key, node): (&String, Node<'_>)| {
            let value = variable::classify(node)?;
            let variable = ResourceVariable::new(identifier.as_str(), key.as_str(), value);
            Ok(Entity::ResourceVariable(variable))
        };
        Ok(members.members().filter_map(|it| members.noted(variable(it))).collect())
    });
    let resource = Resource {
        id: identifier.clone(),
        identifier,
        name,
        kind: fields.required_text("kind"),
        version: fields.required_text("version"),
        config: fields.map("config"),
        metadata: fields.labels("metadata"),
        provider_id: fields.maybe_text("provider").filter(|it| !it.is_empty()),
        ..Resource::default()
    };
    Ok(std::iter::once(Entity::Resource(resource)).chain(variables).collect())
}
