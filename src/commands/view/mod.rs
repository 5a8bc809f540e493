//! `eval view`: the runs of a folder in the browser, served on this machine alone.

mod guard;
mod pages;
mod shelf;
mod trend;

use crate::{
    args::ViewArgs,
    commands::{cost::settings_now, report::open},
    exit::Exit,
    run_folder::RunFolder,
    screen::Screen,
};
use eval_reports::address;
use miette::{IntoDiagnostic, miette};
use shelf::Shelf;
use std::{net::Ipv4Addr, sync::Arc};
use tokio::net::TcpListener;

/// Pages that are made at once: each may read a log.
const AT_ONCE: usize = 4;

pub fn run(args: &ViewArgs, screen: &Screen) -> miette::Result<Exit> {
    let begin = args.run.as_ref().map(|run| RunFolder::find(run, &args.out)).transpose()?;
    let runs = begin.as_ref().map_or_else(|| args.out.clone(), RunFolder::runs);
    let shelf = Arc::new(Shelf::new(runs, args.show_local, settings_now(screen)));
    let page = begin.map(|folder| format!("runs/{}/", address(&folder.id()))).unwrap_or_default();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().max_blocking_threads(AT_ONCE).build().into_diagnostic()?;
    let served = runtime.block_on(serve(shelf, &page, args, screen));
    // A page that is still being made is of no use to anyone.
    runtime.shutdown_background();
    served
}

async fn serve(shelf: Arc<Shelf>, page: &str, args: &ViewArgs, screen: &Screen) -> miette::Result<Exit> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await.map_err(|error| {
        let help = "name another --port, or none, and a free one is taken";
        miette!(help = help, "failed to listen on port {} of this machine: {error}", args.port)
    })?;
    let port = listener.local_addr().into_diagnostic()?.port();
    let place = format!("http://127.0.0.1:{port}/{page}");
    screen.print(&format!("{place}\n"))?;
    screen.note("Ctrl-C ends it.");
    if args.open {
        open(&place)?;
    }
    tokio::select! {
        ended = async { axum::serve(listener, pages::routes(shelf)).await } => ended.into_diagnostic()?,
        () = asked_to_end() => {}
    }
    Ok(Exit::Done)
}

/// Ctrl-C or SIGTERM. A server is ended in no other way, so that this is no interruption.
async fn asked_to_end() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    // Without signals the process is ended by its owner.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
