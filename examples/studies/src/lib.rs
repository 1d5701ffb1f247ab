//! Studies: many events are measured, and told as curves and pictures.
//!
//! Vocabulary: [`scaling`] asks how costs grow with the size of a fleet, [`latency`] how they spread
//! among the events of a mixed stream.

pub mod latency;
pub mod scaling;
