//! The behaviour of Shakedown: one module per phase of the reconcile schedule, one file per policy rule.
