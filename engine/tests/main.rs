//! What the data of Shakedown promises, one behaviour per file: this list is the specification, and the
//! first lines of each file say what holds.
//!
//! `record` is what the tests of selectors share.

mod record;

// Documents, events and entities.
mod a_bad_document_names_file_line_and_field;
mod a_bad_event_names_its_field_and_class;
mod a_file_that_cannot_be_read_says_why;
mod a_fleet_of_15000_resources_loads;
mod absent_null_and_empty_fields_have_their_defaults;
mod documents_are_told_apart_by_content;
mod entities_round_trip_through_their_json;
mod every_event_type_has_its_payload;
mod every_fault_of_a_document_is_told;
mod exports_are_read_file_by_file;
mod hostile_documents_are_refused_early;
mod json_is_read_as_serde_reads_it;
mod manifests_are_what_ctrlc_apply_takes;
mod members_that_nothing_reads_are_told;
mod percentages_are_exact_millionths;
mod values_are_classified_in_order;

// Attributes, and what is asked of them.
mod attribute_table_follows_its_rows;
mod matcher_equality_conjuncts;
mod property_paths_lead_to_values;
mod selector_agrees_with_the_interpreter;
mod selector_costs_are_bounded;
mod selector_functions;
mod selector_never_overflows;
mod selector_never_panics;
mod selector_patterns_are_re2;
mod selector_select_equals_matches;
mod selector_texts_of_workspaces;
mod selector_vectors_of_cel;
mod selector_vectors_of_json;

// A fleet made by hand.
mod a_fleet_without_systems_comes_to_rest;
mod a_refused_entity_names_what_is_in;
mod targets_are_found_by_what_they_are_called;
mod what_is_built_by_hand_is_what_is_decoded;
