//! JSON values: canonical strings, equality by value, deep merge.
