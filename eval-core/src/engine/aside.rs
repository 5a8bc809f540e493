use super::Job;
use crate::{Response, Score};

/// The scores of metrics that wait for another program, got on another thread: answers that come in meanwhile are read,
/// and their time is measured as it was.
pub(super) async fn scores_aside(job: &Job, response: &Response) -> Vec<(String, Score)> {
    if !job.scorer.metrics.iter().any(|metric| metric.waits()) {
        return Vec::new();
    }
    let (scorer, case, response) = (job.scorer.clone(), job.case.clone(), response.clone());
    let scores = tokio::task::spawn_blocking(move || {
        let waiting = scorer.metrics.iter().filter(|metric| metric.waits());
        waiting.map(|metric| (metric.name().to_string(), metric.score(&case, &response))).collect()
    });
    scores.await.unwrap_or_else(|_| {
        let waiting = job.scorer.metrics.iter().filter(|metric| metric.waits());
        waiting.map(|metric| (metric.name().to_string(), Score::Failed("it broke off".into()))).collect()
    })
}
