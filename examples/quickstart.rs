//! The thirty lines of the README: a workspace made by hand, what a new version causes, and time.

#![expect(clippy::print_stdout, reason = "it shows what a program of one's own would print")]

use shakedown_systems::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut fleet = fleet("acme", "2026-01-01T09:00:00Z".parse()?);
    fleet.put(System::new("shop"))?;
    fleet.put(JobAgent::new("runner"))?;
    let clusters = [("eu-1", "prod"), ("eu-2", "prod"), ("us-1", "prod"), ("lab", "staging")];
    fleet.put_all(clusters.map(|(id, stage)| Resource::new(id).label("stage", stage)))?;
    for stage in ["staging", "prod"] {
        let selector = format!("resource.metadata.stage == '{stage}'");
        fleet.put(Environment::new(stage, "shop").select(selector))?;
    }
    fleet.put(Deployment::new("api", "shop").agent("runner").select("true"))?;
    let rollout = GradualRollout::linear(Duration::from_mins(30));
    let slowly = PolicyRule::new("slowly").gradual_rollout(rollout);
    fleet.put(Policy::new("careful").enabled().select("environment.id == 'prod'").rule(slowly))?;

    let report = fleet.put(DeploymentVersion::new("api-1", "api").tag("v1.0.0").ready())?;
    for job in fleet.jobs(&report) {
        println!("{job}");
    }
    for target in fleet.targets().iter().filter(|target| target.jobs.is_empty()) {
        println!("{target}");
    }
    let next = next_change(&fleet).map(|at| at.to_string());
    println!("next change: {}", next.unwrap_or("none".into()));

    for (at, report) in fleet.pass(Duration::from_mins(45))? {
        fleet.jobs(&report).for_each(|job| println!("{at}: {job}"));
    }
    for resource in ["eu-1", "eu-2", "us-1"] {
        println!("{}", fleet.target("api", "prod", resource)?);
    }
    Ok(())
}
