//! The data of Shakedown: a whole fleet of release targets held in memory as an ECS world.
//!
//! This crate decides nothing. It knows what a workspace is made of ([`entity`]), how events and
//! documents describe it ([`event`], [`document`]), which resources a selector picks
//! ([`selector`] over the columns of [`attribute`]), which release targets follow from that, and
//! what is related to what. The rules that turn this into jobs live in `shakedown-systems`.

pub mod attribute;
pub mod entity;
pub mod event;
pub mod hashing;
pub mod ids;
pub mod json;
pub mod selector;
pub mod symbol;
pub mod time;
