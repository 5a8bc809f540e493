//! eval-reports
