mod comparing;
mod fixture;
mod judging;
mod properties;
mod reading;
mod showing;
mod simulation;
