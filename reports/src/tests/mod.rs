mod across;
mod comparing;
mod costing;
mod explorer;
mod fixture;
mod judging;
mod page;
mod paired;
mod parts;
mod passing;
mod planning;
mod properties;
mod reading;
mod rules;
mod showing;
mod simulation;

pub(crate) use fixture::with_reference;
pub(crate) use simulation::Random;
