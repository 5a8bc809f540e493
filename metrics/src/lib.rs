//! eval-metrics
