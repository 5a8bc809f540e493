mod comparing;
mod costing;
mod fixture;
mod judging;
mod properties;
mod reading;
mod showing;
