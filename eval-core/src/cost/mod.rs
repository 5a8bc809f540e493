//! What a model costs a month, by its volume: by the token, or by the hour of the machines that serve it.

mod hosting;
mod rate;
mod steps;
mod volume;

pub use hosting::{Hosting, Load};
pub use rate::{MeasuredRate, Rate, StatedRate};
pub use steps::{BreakEven, Steps};
pub use volume::Volume;

/// Hours of a month.
pub const MONTH_HOURS: f64 = 730.0;

/// Days of a month.
pub const MONTH_DAYS: f64 = MONTH_HOURS / 24.0;
