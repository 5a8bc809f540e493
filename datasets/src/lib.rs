//! eval-datasets
