//! The index of diagnostics: what an accepted entity may mean to do and cannot (X5). `docs/diagnostics.md`
//! says of each what to do about it.

super::status::named! {
    /// What is told of an entity, an order or a report.
    DiagnosticCode {
        /// A document states what nothing reads.
        MemberUnknown = "member.unknown",
        /// A selector has no answer for some of its subjects.
        SelectorFails = "selector.fails",
        /// An environment or deployment has no selector, so it selects nothing.
        SelectorAbsent = "selector.absent",
        /// A selector of an environment or deployment matches no resource.
        SelectorMatchesNothing = "selector.matches_nothing",
        /// What something names does not exist.
        NameUnknown = "name.unknown",
        /// An environment or deployment belongs to no system.
        SystemAbsent = "system.absent",
        /// Two entities of a system have one name.
        NameRepeated = "name.repeated",
        /// A deployment has no job agent.
        AgentAbsent = "agent.absent",
        /// A dependency of a version can never be met.
        DependencyDenies = "dependency.denies",
        /// A relationship rule relates nothing.
        RelationshipRelatesNothing = "relationship.relates_nothing",
        /// A policy is switched off.
        PolicyDisabled = "policy.disabled",
        /// A policy applies to no target.
        PolicyAppliesToNothing = "policy.applies_to_nothing",
        /// A member of a rule is kept and has no effect.
        RuleInert = "rule.inert",
        /// A rule checks nothing.
        RuleChecksNothing = "rule.checks_nothing",
        /// A rule denies every version.
        RuleDenies = "rule.denies",
        /// A limit that its targets cannot reach.
        LimitUnreachable = "limit.unreachable",
        /// A window that never opens again, or never ends.
        WindowBlocks = "window.blocks",
        /// Windows that are never open at the same time.
        WindowsNeverMeet = "window.never_together",
        /// The time zone of a window is overruled by its start.
        WindowZoneVoid = "window.zone_void",
        /// A rollout that its windows interrupt, so that many targets go out at once.
        RolloutCutShort = "rollout.cut_short",
        /// A gate that waits for environments of which there are none.
        GateWithoutUpstream = "gate.no_upstream",
        /// A gate that waits for successes where the deployment has no targets.
        GateEmpty = "gate.empty",
        /// A gate for which nothing counts as a success.
        GateWithoutStatus = "gate.no_status",
        /// A gate whose soak takes longer than what succeeded may be old.
        GateOutlived = "gate.outlived",
        /// Gates that wait for each other.
        GateCircle = "gate.circle",
        /// A bypass that names no type of check.
        WaiverEmpty = "waiver.empty",
        /// A provider states a resource that belongs to another one.
        ResourceSkipped = "resource.skipped",
        /// A recorded job is of what the workspace lacks.
        JobLost = "job.lost",
        /// Jobs succeeded, but nobody said when.
        JobWithoutCompletion = "job.no_completion",
        /// A report on a job that there is not.
        ReportWithoutJob = "report.no_job",
    }
}
