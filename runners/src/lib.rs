//! eval-runners
