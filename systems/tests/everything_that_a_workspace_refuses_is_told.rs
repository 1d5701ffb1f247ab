//! A workspace document of which several entries are refused tells of all of them, and nobody gets the fleet.

use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::document::Document;
use shakedown_systems::load::{Playing, begin, load, play_on};

fn refused(yaml: &str) -> Vec<String> {
    let document = Document::parse("w.yaml", yaml, SimTime(0)).expect("it decodes");
    let error = load(document, SimTime(0), &mut |_| {}).expect_err("the workspace refuses it");
    error.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn with_their_places() {
    let told = refused(
        "\
environments:
  - {id: a, systemId: s, resourceSelector: 'no such ('}
  - {id: b, systemId: s, resourceSelector: 'true'}
  - {id: c, systemId: s, resourceSelector: 'nobody.knows()('}
policies:
  - id: p
    rules:
      - {id: w, deploymentWindow: {rrule: never, durationMinutes: 5}}
",
    );
    let expected = [
        // Whatever restrains versions is stated first.
        "w.yaml:8:43: policies[0].rules[0].deploymentWindow.rrule: ",
        "w.yaml:2:44: environments[0].resourceSelector: ",
        "w.yaml:4:44: environments[2].resourceSelector: ",
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (line, begin) in told.iter().zip(expected) {
        assert!(line.starts_with(begin), "{line}");
    }
}

#[test]
fn what_is_there_twice_too() {
    let twice = "  - {id: a}\n  - {id: a}\n  - {id: b}\n  - {id: b}\n";
    let told = refused(&format!("resources:\n{twice}"));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("w.yaml:3:10: resources[1].id: this resource is"), "{told:?}");
    assert!(told[1].starts_with("w.yaml:5:10: resources[3].id: "), "{told:?}");
    let many = refused(&format!("resources:\n{}", "  - {id: a}\n".repeat(50)));
    assert_eq!(many.len(), 21, "twenty and a word that there may be more: {many:?}");
}

/// A scenario that is played after something else goes on where it says, in the workspace that it names.
#[test]
fn a_scenario_begins_where_it_says() {
    let text = |now: &str, workspace: &str| {
        format!(
            "now: '{now}'\nworkspaceId: {workspace}\nevents:\n  - {{eventType: system.created, data: {{id: s}}}}\n"
        )
    };
    let scenario = |text: String| Document::parse("s.yaml", &text, SimTime(0)).expect("it decodes");
    let first = scenario(text("2026-01-02T00:00:00Z", "ws-1"));
    let mut fleet = begin(&first, SimTime(0));
    let mut play = |document| {
        play_on(&mut fleet, document, Playing::default(), &mut |_, _, _, _| {})
            .map(|_| fleet.now().to_string())
    };
    assert_eq!(play(first).ok().as_deref(), Some("2026-01-02T00:00:00Z"));
    let later = play(scenario(text("2026-01-03T00:00:00Z", "ws-1")));
    assert_eq!(later.ok().as_deref(), Some("2026-01-03T00:00:00Z"));
    for (now, workspace, expected) in [
        (
            "2026-01-01T00:00:00Z",
            "ws-1",
            "s.yaml: begins at 2026-01-01T00:00:00Z, before the clock, 2026-01-03T00:00:00Z",
        ),
        (
            "2026-01-04T00:00:00Z",
            "other",
            "s.yaml: of workspace `other`, and the fleet is of `ws-1`",
        ),
    ] {
        let error = play(scenario(text(now, workspace))).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    }
}
