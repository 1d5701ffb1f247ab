//! The check of a policy's windows, which ingest asks before a policy is stored.

use shakedown_engine::model::Policy;
use shakedown_engine::wire::Rejection;
use shakedown_engine::wire::event::{ErrorClass, FieldPath, Step};

use super::{Window, WindowError};

/// Asks whether every window of a policy can be unrolled.
///
/// # Errors
/// `invalid_value`, with the path of the first field that cannot.
pub fn check_windows(policy: &Policy) -> Result<(), Rejection> {
    for (at, rule) in policy.rules.iter().enumerate() {
        let Some(Err(error)) = rule.deployment_window.as_ref().map(Window::new) else { continue };
        let field = if let WindowError::Zone(_) = error { "timezone" } else { "rrule" };
        let key = |name: &str| Step::Key(name.to_owned());
        let path =
            [key("data"), key("rules"), Step::Index(at), key("deploymentWindow"), key(field)];
        return Err(Rejection {
            class: ErrorClass::InvalidValue,
            path: FieldPath(path.into()),
            message: error.to_string(),
        });
    }
    Ok(())
}
