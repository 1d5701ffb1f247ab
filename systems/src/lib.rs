//! The behaviour of Shakedown: what a fleet decides. [`install`] adds it all to a fleet.
//!
//! Its rooms, from the ground up: [`facts`](kernels::facts) is what rules read; [`handover`](kernels::handover) what phases hand to each
//! other; [`rules`](kernels::rules) has a place for each rule of a policy; [`variables`](kernels::variables) what releases are made of;
//! [`phases`](kernels::phases) the systems, one for each phase of the reconcile schedule; [`record`] decision records,
//! [`diagnostics`], and [`load`], which makes fleets of documents.
//!
//! Invariant: a room imports only rooms before it in this list.
//!
//! # As a library
//!
//! A workspace made by hand, what a new version causes, and time; see [`prelude`] for what there is.
//!
//! ```
//! use shakedown_systems::prelude::*;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut fleet = fleet("acme", "2026-01-01T09:00:00Z".parse()?);
//!     fleet.put(System::new("shop"))?;
//!     fleet.put(JobAgent::new("runner"))?;
//!     let clusters = [("eu-1", "prod"), ("eu-2", "prod"), ("us-1", "prod"), ("lab", "staging")];
//!     fleet.put_all(clusters.map(|(id, stage)| Resource::new(id).label("stage", stage)))?;
//!     for stage in ["staging", "prod"] {
//!         let selector = format!("resource.metadata.stage == '{stage}'");
//!         fleet.put(Environment::new(stage, "shop").select(selector))?;
//!     }
//!     fleet.put(Deployment::new("api", "shop").agent("runner").select("true"))?;
//!     let rollout = GradualRollout::linear(Duration::from_mins(30));
//!     let slowly = PolicyRule::new("slowly").gradual_rollout(rollout);
//!     fleet.put(Policy::new("careful").enabled().select("environment.id == 'prod'").rule(slowly))?;
//!
//!     let report = fleet.put(DeploymentVersion::new("api-1", "api").tag("v1.0.0").ready())?;
//!     for job in fleet.jobs(&report) {
//!         println!("{job}");
//!     }
//!     for target in fleet.targets().iter().filter(|target| target.jobs.is_empty()) {
//!         println!("{target}");
//!     }
//!     let next = next_change(&fleet).map(|at| at.to_string());
//!     println!("next change: {}", next.unwrap_or("none".into()));
//!
//!     for (at, report) in fleet.pass(Duration::from_mins(45))? {
//!         fleet.jobs(&report).for_each(|job| println!("{at}: {job}"));
//!     }
//!     for resource in ["eu-1", "eu-2", "us-1"] {
//!         println!("{}", fleet.target("api", "prod", resource)?);
//!     }
//!     Ok(())
//! }
//! ```

pub mod diagnostics;
mod facts;
mod handover;
pub mod load;
mod phases;
pub mod prelude;
pub mod record;
mod rules;
mod variables;

/// What floors, layouts and benches call and hold: the rooms below the records, with their kernels. It
/// changes as the engine does; programs need no more than the [`prelude`].
pub mod kernels {
    pub mod facts {
        //! What rules read of a fleet.
        pub use crate::facts::*;
    }
    pub mod handover {
        //! What phases hand to each other.
        pub use crate::handover::*;
    }
    pub mod phases {
        //! The phases, and their kernels.
        pub use crate::phases::*;
    }
    pub mod rules {
        //! The rules of policies.
        pub use crate::rules::*;
    }
    pub mod variables {
        //! What releases are made of.
        pub use crate::variables::*;
    }
}

use bevy_ecs::schedule::IntoScheduleConfigs;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::relations::refresh_relations;
use shakedown_engine::model::Dialect;

use phases::{eligibility, job_creation, limits, planning, policies, settle, stops, wake};

/// An empty fleet that reconciles: the workspace `workspace_id` with its clock at `now`.
///
/// ```
/// use shakedown_engine::base::time::SimTime;
///
/// let mut fleet = shakedown_systems::fleet("ws-1", SimTime(0));
/// assert_eq!(fleet.reconcile_all()?.targets, 0);
/// # Ok::<_, shakedown_engine::fleet::Error>(())
/// ```
#[must_use]
pub fn fleet(workspace_id: &str, now: SimTime) -> Fleet {
    fleet_in(Dialect::default(), workspace_id, now)
}

/// The same in a dialect.
#[must_use]
pub fn fleet_in(dialect: Dialect, workspace_id: &str, now: SimTime) -> Fleet {
    let mut fleet = Fleet::in_dialect(dialect, workspace_id, now);
    install(&mut fleet);
    fleet
}

/// Installs the phases after ingest.
pub fn install(fleet: &mut Fleet) {
    fleet.set_policy_check(rules::validate_policy);
    let book = rules::RuleBook::new(fleet.dialect());
    let world = fleet.world_mut();
    world.init_resource::<facts::Agents>();
    world.init_resource::<facts::CandidateLists>();
    world.init_resource::<facts::Demands>();
    world.init_resource::<facts::Edges>();
    world.init_resource::<facts::KeyHashes>();
    world.init_resource::<facts::Satisfied>();
    world.init_resource::<facts::Successes>();
    world.init_resource::<facts::Waivers>();
    world.init_resource::<facts::Waves>();
    world.init_resource::<handover::Work>();
    world.init_resource::<rules::GroupPlaces>();
    world.insert_resource(book);
    world.init_resource::<variables::Variables>();
    world.init_resource::<policies::Applicability>();
    world.init_resource::<policies::Scratches>();
    world.init_resource::<policies::Told>();
    world.init_resource::<wake::Agendas>();
    world.init_resource::<record::Reader>();
    fleet.schedule_mut().add_systems((
        (refresh_relations, variables::refresh_variables)
            .chain()
            .run_if(phases::the_catalogue_changed)
            .in_set(Phase::Relationships),
        (
            rules::refresh_rulebook,
            (
                policies::refresh_applicability,
                facts::refresh_agents,
                facts::refresh_candidates,
                facts::refresh_key_hashes,
                facts::refresh_waivers,
                facts::refresh_edges,
            )
                .chain()
                .run_if(phases::the_catalogue_changed),
            facts::refresh_successes,
            facts::refresh_satisfied,
            policies::mark_reached,
            wake::wake_due,
            limits::count_places,
            variables::resolve_variables,
            variables::complete_releases.run_if(variables::some_are_incomplete),
            policies::evaluate_policies,
        )
            .chain()
            .in_set(Phase::Policies),
        planning::plan_targets.in_set(Phase::Planning),
        (stops::find_stopped, eligibility::check_targets).chain().in_set(Phase::Eligibility),
        job_creation::create_jobs.in_set(Phase::JobCreation),
        settle::settle.in_set(Phase::Settle),
    ));
}
