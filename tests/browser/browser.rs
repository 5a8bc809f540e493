//! A browser with a page in it.

use crate::webdriver::Session;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    env,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How wide a window is: as on a desk, and as in a hand.
pub const WIDTHS: [(&str, u32); 2] = [("wide", 1280), ("narrow", 360)];
pub const SCHEMES: [&str; 2] = ["light", "dark"];

pub struct Browser {
    session: Session,
    /// What it keeps, gone when it has ended.
    _profile: TempDir,
}

/// A key that has no letter, as WebDriver writes it.
pub const ESCAPE: &str = "\u{e00c}";
pub const ENTER: &str = "\u{e007}";

impl Browser {
    /// `None`, aloud, where there is no browser to test with.
    pub fn start() -> Option<Self> {
        let found = (on_path(&["chromedriver"]), on_path(&["chromium", "chromium-browser", "google-chrome"]));
        let (Some(driver), Some(binary)) = found else {
            assert!(env::var_os("EVAL_BROWSER_REQUIRED").is_none(), "chromedriver or Chromium is missing: {found:?}");
            eprintln!("skipped: chromedriver or Chromium is missing");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let folder = format!("--user-data-dir={}", profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &folder,
        ];
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": binary, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            // A dialog must not be closed before it was seen.
            "unhandledPromptBehavior": "ignore",
        });
        let browser = Self { session: Session::start(driver.to_str().unwrap(), capabilities), _profile: profile };
        browser.look("wide", "light");
        // What the browser's own first page asks for is none of a report's.
        browser.open("about:blank");
        browser.log("performance");
        Some(browser)
    }

    pub fn open(&self, address: &str) {
        self.session.post("url", &json!({"url": address}));
    }

    /// Opens a page of a file and waits until its cases are there.
    pub fn open_report(&self, page: &Path) {
        self.open_report_at(page, "");
    }

    pub fn open_report_at(&self, page: &Path, fragment: &str) {
        self.open(&format!("{}{fragment}", address(page)));
        self.wait("the cases are listed", "return !document.getElementById('case-explorer').hidden");
        if fragment.starts_with("#case=") {
            self.wait("the case is open", "return document.querySelector('#case h3') !== null");
        }
    }

    /// Opens a page as it is where scripts are off.
    pub fn open_without_scripts(&self, address: &str) {
        self.session.chrome("Emulation.setScriptExecutionDisabled", json!({"value": true}));
        self.open(address);
        self.wait("the page is loaded", "return document.readyState === 'complete'");
    }

    /// Sets the width of the window, and light or dark.
    pub fn look(&self, width: &str, scheme: &str) {
        let (_, width) = WIDTHS.into_iter().find(|(name, _)| *name == width).unwrap();
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.session.chrome("Emulation.setDeviceMetricsOverride", size);
        let feature = json!({"name": "prefers-color-scheme", "value": scheme});
        self.session.chrome("Emulation.setEmulatedMedia", json!({"media": "", "features": [feature]}));
    }

    /// What a script in the page returns.
    pub fn script(&self, script: &str) -> Value {
        self.session.post("execute/sync", &json!({"script": script, "args": []}))
    }

    /// What a script gives to the function that is its last argument.
    pub fn script_later(&self, script: &str) -> Value {
        self.session.post("execute/async", &json!({"script": script, "args": []}))
    }

    pub fn is(&self, condition: &str) -> bool {
        self.script(&format!("return Boolean({condition})")) == true
    }

    pub fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({})?.innerText ?? '(none)'", json!(selector));
        self.script(&script).as_str().unwrap().into()
    }

    /// Waits for what a script returns to be true.
    pub fn wait(&self, what: &str, script: &str) {
        let end = Instant::now() + Duration::from_secs(30);
        while self.script(script) != true {
            let page = || self.script("return document.querySelector('#cases')?.innerText ?? document.body.innerText");
            assert!(Instant::now() < end, "waited in vain: {what}\n{}", page());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses keys, one after the other, where the focus is.
    pub fn press(&self, keys: &str) {
        let actions = keys
            .chars()
            .flat_map(|key| [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]);
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": actions.collect::<Vec<_>>()});
        self.session.post("actions", &json!({"actions": [keyboard]}));
    }

    pub fn click(&self, selector: &str) {
        let found = self.session.post("element", &json!({"using": "css selector", "value": selector}));
        let element = found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_string();
        self.session.post(&format!("element/{element}/click"), &json!({}));
    }

    /// Chooses in a select, as a user does.
    pub fn choose(&self, id: &str, value: &str) {
        self.script(&format!(
            "const select = document.getElementById('{id}'); select.value = {}; \
             select.dispatchEvent(new Event('change', {{ bubbles: true }}))",
            json!(value)
        ));
        assert!(self.is(&format!("document.getElementById('{id}').value === {}", json!(value))), "no choice {value}");
    }

    /// Asserts what holds on every page: it fits its window, complains of nothing, and asked for nothing but `own`.
    pub fn assert_quiet(&self, own: &str) {
        let complaints = self.log("browser");
        assert!(complaints.is_empty(), "the console says: {complaints:#?}");
        let asked = self.asked();
        let strange = |url: &&String| !url.starts_with(own) && !url.starts_with("data:") && !url.starts_with("blob:");
        assert_eq!(asked.iter().find(strange), None, "asked for more than {own}");
        assert!(asked.iter().any(|url| url.starts_with(own)), "the log of requests is empty");
        assert!(self.session.try_get("alert/text").is_err(), "a dialog is open");
    }

    pub fn assert_fits(&self, what: &str) {
        let script = "const { scrollWidth, clientWidth } = document.documentElement; return [scrollWidth, clientWidth]";
        let widths = self.script(script);
        let wide = "return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > \
                    document.documentElement.clientWidth + 1).slice(0, 5).map((e) => e.outerHTML.slice(0, 120))";
        assert!(widths[0].as_f64() <= widths[1].as_f64(), "{what}: {widths} {:#}", self.script(wide));
    }

    /// The addresses that were asked for since the last time.
    fn asked(&self) -> Vec<String> {
        let events = self
            .log("performance")
            .into_iter()
            .map(|entry| serde_json::from_str::<Value>(entry["message"].as_str().unwrap()).unwrap()["message"].take());
        let sent = events.filter(|event| {
            ["Network.requestWillBeSent", "Network.webSocketCreated"].iter().any(|method| event["method"] == *method)
        });
        let url = |event: Value| {
            let parameters = &event["params"];
            parameters["request"]["url"].as_str().or(parameters["url"].as_str()).unwrap().to_string()
        };
        sent.map(url).collect()
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        self.session.post("se/log", &json!({"type": kind})).as_array().unwrap().clone()
    }

    /// A picture of what a selector finds, or of the window.
    pub fn picture(&self, selector: Option<&str>) -> Vec<u8> {
        let script = format!(
            "const found = document.querySelector({}); \
             if (!found) {{ scrollTo({{ top: 0, behavior: 'instant' }}); \
             return {{ x: 0, y: 0, width: innerWidth, height: innerHeight }} }} \
             const {{ y, height }} = found.getBoundingClientRect(); \
             return {{ x: 0, y: Math.max(0, y + scrollY - 20), width: innerWidth, height: height + 40 }}",
            json!(selector.unwrap_or("no-such-element"))
        );
        let mut clip = self.script(&script);
        clip["scale"] = json!(1);
        let picture = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        STANDARD.decode(self.session.chrome("Page.captureScreenshot", picture)["data"].as_str().unwrap()).unwrap()
    }

    /// The page on paper.
    pub fn print(&self) -> Vec<u8> {
        let paper =
            json!({"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": false, "printBackground": true});
        STANDARD.decode(self.session.chrome("Page.printToPDF", paper)["data"].as_str().unwrap()).unwrap()
    }

    /// Lays the page out for paper: as wide as A4 between its margins, where a CSS inch has 96 pixels.
    pub fn as_printed(&self) {
        let size = json!({"width": 688, "height": 1017, "deviceScaleFactor": 1, "mobile": false});
        self.session.chrome("Emulation.setDeviceMetricsOverride", size);
        self.session.chrome("Emulation.setEmulatedMedia", json!({"media": "print"}));
    }
}

/// The address of a file.
pub fn address(page: &Path) -> String {
    format!("file://{}", page.display())
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file())
}
