//! How Shakedown behaves, one behaviour per file: this list is the specification, and the first lines of
//! each file say what holds.
//!
//! `oracle` says the same as slow, obvious code, and is read as such; `generate` makes small worlds and
//! what happens to them; `send` drives fleets by events as JSON.

mod generate;
mod oracle;
mod send;

// Decisions, whatever happens.
mod a_fleet_keeps_its_contract;
mod a_rule_of_one_expression_relates_any_kinds;
mod a_target_has_at_most_one_active_job;
mod advancing_in_steps_equals_advancing_at_once;
mod digest_is_the_same_on_any_thread_count;
mod engine_agrees_with_the_oracle;
mod every_target_without_a_job_has_a_reason;
mod facts_equal_a_recount;
mod jobs_are_told_apart_by_their_ids;
mod reading_changes_nothing;
mod reconciling_everything_changes_nothing;
mod recorded_jobs_are_as_if_they_had_been_made;
mod rejected_events_change_nothing;
mod rows_that_move_keep_their_policies;
mod states_of_targets_stand_for_jobs;
mod the_probe_is_told_of_every_phase_and_cohort;
mod version_created_counts_equal_the_oracle;

// What documents mean.
mod a_dialect_is_read_in_few_places;
mod dialects_follow_the_vectors;

// Policies and time.
mod a_waiver_never_blocks;
mod concurrency_limits_follow_the_vectors;
mod instants_after_2261_never_come;
mod successes_mark_only_whom_they_concern;
mod targets_are_counted_before_they_are_made;
mod time_alone_never_closes_a_slot;
mod timers_wake_only_what_is_due;
mod windows_in_two_dialects;
mod windows_open_at_exactly_their_instant;
mod windows_recur_as_others_say;

// Relations and variables.
mod edits_that_nothing_reads_touch_nothing;
mod related_entities_are_listed_in_order;
mod relations_equal_brute_force_over_pairs;
mod relations_survive_bulk_changes_and_churn;
mod relationship_matchers_compare_texts;
mod variable_changes_lead_to_new_releases;
mod variables_equal_fresh_resolution_after_every_event;
mod variables_take_the_first_source_that_resolves;

// What a fleet says of itself.
mod diagnostics_follow_the_state_alone;
mod diagnostics_tell_of_gates_and_windows_that_never_open;
mod diagnostics_tell_of_rollouts_that_windows_cut_short;
mod diagnostics_tell_of_rules_that_block_for_ever;
mod diagnostics_tell_what_names_nothing;
mod diagnostics_tell_what_selectors_fail_on;
mod documents_that_people_try_are_taken_or_refused;
mod every_diagnostic_has_its_row_in_the_documentation;
mod everything_that_a_workspace_refuses_is_told;
mod next_is_when_time_alone_changes_a_record;
mod records_agree_with_the_columns;
mod records_equal_the_oracle;
mod records_follow_the_vectors;
mod rollout_summaries_follow_the_vectors;
mod what_a_provider_must_leave_alone_is_reported;

// A fleet made by hand.
mod a_report_names_the_jobs_it_made;
mod reading_shares_the_fleet;

// The sources.
mod imports_run_down;
mod the_thirty_lines_are_the_same_everywhere;

// The oracle by itself.
mod generated_worlds_settle;
mod oracle_clock;
mod oracle_formulas;
mod oracle_release_ids;
mod oracle_selectors;
