//! The data of Shakedown: a whole fleet of release targets held in memory as an ECS world.
//!
//! This crate decides nothing; the rules that turn its data into jobs live in `shakedown-systems`.
//! Its rooms, from the ground up: [`base`] has numbers, words, time and JSON; [`model`] what a
//! workspace is made of; [`select`] which entities a selector picks; [`wire`] events and documents;
//! [`fleet`] the world that holds it all, and how an event changes it; [`read`] how to look at it;
//! [`preset`] fleets of known shape.
//!
//! Invariant: a room imports only rooms before it in this list.

pub mod base;
pub mod fleet;
pub mod model;
pub mod preset;
pub mod read;
pub mod select;
pub mod wire;
