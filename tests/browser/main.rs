//! The pages in a real browser: Chromium, driven by chromedriver. Where they are missing the tests say so and pass, unless
//! EVAL_BROWSER_REQUIRED is set.
//!
//! EVAL_AXE names a folder or file that holds `axe.min.js`, for the rules of accessibility. EVAL_SCREENSHOTS names the
//! folder of the pictures, which are there to be looked at [default: `target/screenshots`]; EVAL_PAGES names further pages
//! to take pictures of, parted by colons.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../common/mod.rs"]
mod common;

mod accessibility;
mod browser;
mod explorer;
mod hostile;
mod pages;
mod paper;
mod pictures;
mod served;
mod webdriver;
