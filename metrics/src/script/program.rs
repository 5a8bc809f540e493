//! Runs a program of the suite: without a shell, without keys in its environment, with a limit on its time and on what
//! it prints.

use crate::text::cut;
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

/// All that a program sees of the environment: where things are, and which language is spoken. Keys of providers are not
/// handed on.
const PASSED: [&str; 14] = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "PATHEXT",
    "VIRTUAL_ENV",
    "PYTHONPATH",
];

/// The most that is read of what a program prints, in bytes.
const MOST: u64 = 1 << 20;

/// Endings of files that an interpreter is told to run.
const RUN: [&str; 14] = ["py", "sh", "bash", "js", "mjs", "cjs", "ts", "rb", "pl", "php", "lua", "r", "jl", "ps1"];

/// How often a program is asked whether it has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// A program with its arguments.
pub(super) struct Program {
    path: PathBuf,
    command: Vec<String>,
    folder: PathBuf,
    limit: Duration,
}

impl Program {
    /// Finds the program: a path within the suite's folder, or a name among the folders of `PATH`.
    pub(super) fn find(command: Vec<String>, folder: &Path, limit: Duration) -> Result<Self, String> {
        let name = command.first().ok_or("needs a program in `command`")?;
        let is_run = |word: &str| {
            let ending = Path::new(word).extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| RUN.contains(&ending.to_ascii_lowercase().as_str()))
        };
        let mut words =
            command[1..].iter().filter(|word| is_run(word) && !word.starts_with('-') && !word.contains(' '));
        if let Some(missing) = words.find(|word| !folder.join(word).is_file()) {
            return Err(format!("names `{missing}`, which is no file of the suite's folder"));
        }
        let is_path = Path::new(name).components().count() > 1 || name.starts_with('.');
        let path = if is_path {
            Some(folder.join(name)).filter(|path| path.is_file())
        } else {
            let folders = std::env::var_os("PATH").unwrap_or_default();
            let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
            std::env::split_paths(&folders)
                .map(|folder| folder.join(&file))
                .find(|path| path.is_file() && may_run(path))
        };
        match path {
            Some(path) if !may_run(&path) => {
                Err(format!("may not execute `{name}`: chmod +x, or name its interpreter before it"))
            }
            Some(path) => Ok(Self { path, command, folder: folder.into(), limit }),
            None if is_path => Err(format!("cannot find the program `{name}` in the suite's folder")),
            None => Err(format!("cannot find the program `{name}`; one of the suite's folder is named `./{name}`")),
        }
    }

    /// The command in backticks.
    pub(super) fn name(&self) -> String {
        format!("`{}`", cut(&self.command.join(" ")))
    }

    /// What it prints when it is told `input`; the error completes a sentence that begins with its name.
    pub(super) fn run(&self, input: &str) -> Result<Vec<u8>, String> {
        let end = Instant::now() + self.limit;
        let mut child = self.start().map_err(|error| format!("cannot be started: {error}"))?;
        tell(&mut child, input.as_bytes().to_vec());
        let (said, complained) = (listen(child.stdout.take()), listen(child.stderr.take()));
        let status = wait(&mut child, end).ok_or_else(|| self.too_long())?;
        // A program that it started may hold its output open.
        let rest = |end: Instant| end.saturating_duration_since(Instant::now()).max(PAUSE);
        let said = said.recv_timeout(rest(end)).map_err(|_| {
            stop(&mut child);
            self.too_long()
        })?;
        if said.len() as u64 > MOST {
            return Err(format!("printed more than {} MB", MOST >> 20));
        }
        if !status.success() {
            let complaint = complained.recv_timeout(rest(end)).unwrap_or_default();
            return Err(failed(status, &complaint));
        }
        Ok(said)
    }

    fn start(&self) -> std::io::Result<Child> {
        let mut command = Command::new(&self.path);
        command.args(&self.command[1..]).current_dir(&self.folder).env_clear();
        command.envs(PASSED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        // A group of its own: Ctrl-C ends the run and lets it finish, and it can be ended with all that it started.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    }

    fn too_long(&self) -> String {
        format!("took longer than {} s", self.limit.as_secs_f64())
    }
}

/// Writes to a program in the background: it need not read before it prints, nor read at all.
fn tell(child: &mut Child, input: Vec<u8>) {
    if let Some(mut stdin) = child.stdin.take() {
        thread::spawn(move || stdin.write_all(&input));
    }
}

/// Reads in the background what a program prints, and a byte more than is taken.
fn listen(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    if let Some(stream) = stream {
        thread::spawn(move || {
            let mut said = Vec::new();
            // What was printed before an error counts.
            let _ = stream.take(MOST + 1).read_to_end(&mut said);
            let _ = sender.send(said);
        });
    }
    receiver
}

/// How a program ended; `None`: it was ended because its time was up.
fn wait(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(PAUSE),
            _ => {
                stop(child);
                return None;
            }
        }
    }
}

/// Ends a program with all that it started.
fn stop(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn failed(status: ExitStatus, complaint: &[u8]) -> String {
    let complaint = String::from_utf8_lossy(complaint);
    // The last line of what a program complains is what went wrong, as a rule.
    match complaint.lines().rfind(|line| !line.trim().is_empty()) {
        Some(line) => format!("ended with {status}: {}", cut(line)),
        None => format!("ended with {status}"),
    }
}
/// Whether the file may be executed by anyone.
#[cfg(unix)]
fn may_run(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn may_run(_: &Path) -> bool {
    true
}
