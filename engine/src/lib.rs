//! The data of Shakedown: a whole fleet of release targets held in memory as an ECS world.
//!
//! This crate decides nothing. It knows what a workspace is made of ([`entity`]), how events and
//! documents describe it ([`event`], [`document`]), which resources a selector picks ([`selector`]
//! over the columns of [`attribute`]), which release targets follow from that ([`target`]), and how
//! an event changes all of it ([`ingest`]). The rules that turn this into jobs live in
//! `shakedown-systems`.

pub mod attribute;
pub mod catalogue;
pub mod digest;
pub mod dirty;
pub mod document;
pub mod entity;
pub mod event;
pub mod fleet;
pub mod hashing;
pub mod identity;
pub mod ids;
pub mod ingest;
pub mod job;
pub mod json;
pub mod preset;
pub mod probe;
pub mod reason;
pub mod relation;
pub mod report;
pub mod schedule;
pub mod selector;
pub mod symbol;
pub mod target;
pub mod time;
pub mod timers;
pub mod view;
