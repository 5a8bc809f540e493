//! Ctrl-C and SIGTERM.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::watch;

/// Whether a run was asked to stop.
pub struct Stop {
    sender: watch::Sender<bool>,
    asking: AtomicBool,
}

impl Stop {
    /// Sees when it turns true.
    pub fn subscribe(&self) -> watch::Receiver<bool> {
        self.sender.subscribe()
    }

    /// While cases are asked, the first signal stops the run in order. Else any leaves at once: models load and reports
    /// are written again.
    pub fn asking(&self, asking: bool) {
        self.asking.store(asking, Ordering::SeqCst);
    }

    /// Ends the run in order.
    pub fn now(&self) {
        self.sender.send_replace(true);
    }
}

/// Turns true at the first Ctrl-C (or SIGTERM) while cases are asked. A second one leaves at once, which loses only what
/// is in flight.
///
/// It listens on a thread of its own, because loading a model, and a model that answers at once, leave the runtime no
/// pause to look for signals.
pub fn stop_on_signals() -> Arc<Stop> {
    let stop = Arc::new(Stop { sender: watch::Sender::new(false), asking: AtomicBool::new(false) });
    let heard = stop.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        while runtime.as_ref().is_ok_and(|runtime| runtime.block_on(signal())) {
            if !heard.asking.load(Ordering::SeqCst) || heard.sender.send_replace(true) {
                std::process::exit(130);
            }
        }
    });
    stop
}

#[cfg(unix)]
async fn signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return false };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.is_ok(),
        terminated = terminate.recv() => terminated.is_some(),
    }
}

#[cfg(not(unix))]
async fn signal() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
