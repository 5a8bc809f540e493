mod across;
mod cascading;
mod charting;
mod comparing;
mod costing;
mod fixture;
mod judging;
mod paired;
mod parts;
mod passing;
mod pipeline;
mod planning;
mod properties;
mod reading;
mod rules;
mod showing;
mod simulation;

pub(crate) use simulation::Random;
