//! Pictures of the pages, to be looked at before a change of theirs is called done.

use crate::{accessibility::looks, browser::Browser, pages};
use std::{
    env, fs,
    path::{Path, PathBuf},
};

#[test]
fn pictures_of_reports() {
    let Some(browser) = Browser::start() else { return };
    let (shop, paired) = (pages::shop(), pages::paired());
    take(&browser, "shop", &shop.page);
    take(&browser, "paired", &paired.page);
    for page in env::var_os("EVAL_PAGES").iter().flat_map(env::split_paths) {
        let name = page.parent().unwrap().file_name().unwrap().to_str().unwrap().to_string();
        take(&browser, &name, &page);
    }
}

fn take(browser: &Browser, name: &str, page: &Path) {
    let save = |part: &str, bytes: &[u8]| save(&format!("{name}-{part}"), bytes);
    for (width, scheme) in looks() {
        browser.look(width, scheme);
        browser.open("about:blank");
        browser.open_report(page);
        for (part, selector) in [
            ("1-first", None),
            ("2-verdict", Some("#verdict")),
            ("3-task", Some("section.task")),
            ("5-provenance", Some("#provenance")),
        ] {
            save(&format!("{part}-{width}-{scheme}.png"), &browser.picture(selector));
        }
        browser.press("j");
        browser.wait("a case", "return !document.getElementById('case').hidden");
        save(&format!("4-cases-{width}-{scheme}.png"), &browser.picture(Some("#cases")));
        save(&format!("0-whole-{width}-{scheme}.png"), &browser.picture(Some("body")));
    }
    browser.look("wide", "light");
    save("6-paper.pdf", &browser.print());
}

/// Writes a file into the folder of the pictures.
pub fn save(name: &str, bytes: &[u8]) {
    let beside = || Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("screenshots");
    let folder = env::var_os("EVAL_SCREENSHOTS").map_or_else(beside, PathBuf::from);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
}
